"""How a network looks at the pictures of one place, which weights that were taught there remember.

Without torch.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import ModelError, SettingsError
from core.model.checkpoint import read_history
from core.model.estimator_settings import EstimatorSettings
from core.settings import build

_USUAL = EstimatorSettings()
KEY = "look"  # in the history of weights
_MIRRORED_TIMES, _PYRAMID_TIMES = 2.0, 1.25  # as long
_FACTORS = (1.25, 1.5, 1.875)  # of the size
_STRIDE = 64  # px
_WORTH = 0.01  # of AP: what a look that takes twice as long must find more


@dataclass(frozen=True, slots=True)
class ClipLook:
    """The part of `EstimatorSettings` that suits a clip or not."""

    size: int = _USUAL.size  # px, longest side of the network's input
    pyramid: bool = _USUAL.pyramid
    flip: bool = _USUAL.flip

    def __post_init__(self) -> None:
        EstimatorSettings(size=self.size)  # the same limits

    @classmethod
    def of(cls, settings: EstimatorSettings) -> "ClipLook":
        """What settings have of it."""
        return cls(settings.size, settings.pyramid, settings.flip)

    def within(self, settings: EstimatorSettings) -> EstimatorSettings:
        """Settings with this look."""
        return replace(settings, **asdict(self))

    def times(self, other: "ClipLook") -> float:
        """How many times as long as another look this one takes, about."""
        return self._work / other._work

    @property
    def _work(self) -> float:
        times = (_MIRRORED_TIMES if self.flip else 1) * (_PYRAMID_TIMES if self.pyramid else 1)
        return self.size**2 * times


def look_of_weights(weights: Path) -> ClipLook | None:
    """The look that weights remember; None for those that remember none or cannot be read."""
    try:
        told = read_history(weights).get(KEY)
        return build(ClipLook, told) if isinstance(told, Mapping) else None
    except (ModelError, SettingsError):
        return None  # who loads them is told what is wrong


def remembered(look: ClipLook) -> dict[str, Any]:
    """The part of a history that `look_of_weights` reads."""
    return {KEY: asdict(look)}


def larger_looks(now: ClipLook, side: int, slowest: float) -> Iterator[ClipLook]:
    """Looks at more of pictures whose longer side is `side` px, up to `slowest` times as long.

    None is a whole stride (64 px) larger than the pictures are, and none comes twice.
    """
    before = now.size
    for factor in _FACTORS:
        size = round(factor * now.size / _STRIDE) * _STRIDE
        look = replace(now, size=size)
        if before < size < side + _STRIDE and look.times(now) <= slowest:
            before = size
            yield look


def other_looks(look: ClipLook, now: ClipLook, slowest: float) -> Iterator[ClipLook]:
    """The same size looked at in other ways, up to `slowest` times as long as `now`."""
    ways = (replace(look, flip=not look.flip), replace(look, pyramid=not look.pyramid))
    return (way for way in ways if way.times(now) <= slowest)


def worth(ap: float, look: ClipLook, now: ClipLook) -> float:
    """AP less what the look costs: twice the time must give 0.01."""
    return ap - _WORTH * math.log2(look.times(now))
