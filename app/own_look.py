"""Weights that were taught at a clip look at it as they were taught to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.model.checkpoint import find_weights
from core.model.estimator_settings import EstimatorSettings
from core.model.look import ClipLook, look_of_weights


@dataclass(frozen=True, slots=True)
class Chosen:
    """Weights, and how they look at pictures."""

    weights: Path | None
    estimator: EstimatorSettings


def look_with(weights: Path | None, now: Chosen, usual: Chosen) -> EstimatorSettings:
    """How other weights look at pictures: as they remember it.

    What the weights of now brought of their look goes with them, but for what somebody changed
    since; `usual`, what the program began with, is what takes its place.
    """
    old, new = _remembered(now.weights), _remembered(weights)
    estimator = now.estimator
    if old is not None:
        begun = usual.weights == now.weights  # then what they brought is no usual value
        estimator = _without(estimator, old, usual.estimator, begun)
    return estimator if new is None else new.within(estimator)


def _without(
    estimator: EstimatorSettings, old: ClipLook, usual: EstimatorSettings, begun: bool
) -> EstimatorSettings:
    now, brought = asdict(ClipLook.of(estimator)), asdict(old)
    before, plain = asdict(ClipLook.of(usual)), asdict(ClipLook())
    for name, value in brought.items():
        if now[name] == value:
            now[name] = plain[name] if begun and before[name] == value else before[name]
    return ClipLook(**now).within(estimator)


def with_own_look(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of settings with the look of their weights, where they say nothing else."""
    weights, given = values.get("weights"), values.get("estimator") or {}
    look = None if weights is None else _remembered(Path(str(weights)))
    if look is None or not isinstance(given, Mapping):
        return dict(values)
    return {**values, "estimator": {**asdict(look), **given}}


def _remembered(weights: Path | None) -> ClipLook | None:
    try:
        return None if weights is None else look_of_weights(find_weights(str(weights)))
    except ModelError:
        return None  # who loads them is told what is wrong
