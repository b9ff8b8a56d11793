"""How good poses are in frames that a person checked, and how good they are in the whole clip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.skeleton import COCO_17
from core.tracks.improve.average_precision import average_precisions
from core.tracks.improve.bootstrap import Estimate, estimate, resampled
from core.tracks.improve.match import NEAR, FrameMatch
from core.types import FloatArray

_SHARES = ("ap", "near", "miss", "false")

Sums = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class JointAccuracy:
    """One joint over all frames looked at; None where no label says anything."""

    name: str
    labelled: int
    near: float | None  # share within NEAR of the torso
    error_px: float | None
    error_cm: float | None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What `frames` frames drawn at random say of the clip; None where they say nothing.

    A joint of a person who was missed counts as not near, and has no error.
    """

    frames: int
    people: int
    ap: Estimate | None  # OKS AP as COCO defines it
    near: Estimate | None  # share of joints within NEAR of the torso
    error_px: Estimate | None  # mean distance of the joints of those who were found
    error_cm: Estimate | None  # None without a scale
    miss: Estimate | None  # share of people who were not found
    false: Estimate | None  # share of those found who are nobody
    joints: tuple[JointAccuracy, ...]

    @property
    def sentence(self) -> str:
        """The figure that says most."""
        seen = f"{self.frames} frame" + "s" * (self.frames != 1)
        if self.near is None:
            return f"With {seen}: nothing can be said yet."
        low, high = np.floor(100 * self.near.low), np.ceil(100 * self.near.high)
        return (
            f"With {seen}: between {low:.0f} and {high:.0f} % of the joints are "
            f"within {100 * NEAR:.0f} % of the torso."
        )


def accuracy(frames: Sequence[FrameMatch], seed: int = 0) -> Accuracy:
    """Figures of frames with 95 % intervals by drawing them again; the same ones every time."""
    count = len(frames)
    figures: dict[str, Estimate | None] = dict.fromkeys(_FIGURES)
    if count:
        once, weights = np.ones((1, count)), resampled(count, seed)
        without = 1 - np.eye(count)
        for name, figure in _FIGURES.items():
            value, draws, jackknife = (figure(frames, w) for w in (once, weights, without))
            figures[name] = estimate(float(value[0]), draws, jackknife, name in _SHARES)
    return Accuracy(
        frames=count,
        people=sum(frame.people for frame in frames),
        joints=_joints(frames) if count else (),
        **figures,
    )


def _joints(frames: Sequence[FrameMatch]) -> tuple[JointAccuracy, ...]:
    near, measured = _total(frames, "near"), _total(frames, "measured")
    labelled, found = _total(frames, "labelled"), _total(frames, "found_joints")
    px, cm = _total(frames, "error_px"), _total(frames, "error_cm")

    def share(above: Sums, below: Sums, joint: int) -> float | None:
        value = _ratio(above[joint], below[joint])
        return float(value) if np.isfinite(value) else None

    return tuple(
        JointAccuracy(
            name,
            int(labelled[joint]),
            share(near, measured, joint),
            share(px, found, joint),
            share(cm, found, joint),
        )
        for joint, name in enumerate(COCO_17.names)
    )


def _total(frames: Sequence[FrameMatch], name: str) -> Sums:
    return np.asarray(sum(getattr(frame, name) for frame in frames), np.float64)


def _of_sums(above: str, below: str) -> Callable[[Sequence[FrameMatch], Sums], Sums]:
    """A figure that is one sum over frames by another, for frames drawn so often (B, F) -> (B,)."""

    def figure(frames: Sequence[FrameMatch], weights: Sums) -> Sums:
        sums = [
            np.array([np.sum(getattr(frame, name)) for frame in frames], np.float64)
            for name in (above, below)
        ]
        return _ratio(weights @ sums[0], weights @ sums[1])

    return figure


def _ap(frames: Sequence[FrameMatch], weights: Sums) -> Sums:
    return average_precisions(
        scores=_joined([frame.scores for frame in frames]),
        right=np.concatenate([frame.right for frame in frames], axis=1),
        owner=np.repeat(np.arange(len(frames)), [len(frame.scores) for frame in frames]),
        people=np.array([frame.people for frame in frames], np.float64),
        weights=weights,
    )


def _joined(parts: Sequence[FloatArray]) -> FloatArray:
    joined: FloatArray = np.concatenate(parts)
    return joined


def _ratio(above: Sums, below: Sums) -> Sums:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(below > 0, above / below, np.nan), np.float64)


_FIGURES: dict[str, Callable[[Sequence[FrameMatch], Sums], Sums]] = {
    "ap": _ap,
    "near": _of_sums("near", "measured"),
    "error_px": _of_sums("error_px", "found_joints"),
    "error_cm": _of_sums("error_cm", "found_joints"),
    "miss": _of_sums("missed", "people"),
    "false": _of_sums("false", "given"),
}
