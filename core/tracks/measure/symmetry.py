"""The symmetry index of left and right."""

from dataclasses import dataclass

import numpy as np

from core.tracks.motion import Series


@dataclass(frozen=True, slots=True)
class Symmetry:
    """A quantity on both sides."""

    left: float
    right: float

    @property
    def index_percent(self) -> float:
        """(right - left) / mean of both, in percent: 0 is symmetric, positive is more right.

        Robinson, Herzog, Nigg, J. Manipulative Physiol. Ther. 10 (1987) 172. NaN where the mean
        is 0.
        """
        mean = (self.left + self.right) / 2
        return 100.0 * (self.right - self.left) / mean if mean else float("nan")


def range_of_motion(values: Series) -> float:
    """Spread from the 2nd to the 98th percentile, which a few bad frames cannot stretch; or NaN."""
    known = values[np.isfinite(values)]
    return float(np.subtract(*np.percentile(known, (98, 2)))) if len(known) else float("nan")


def symmetries(angles: dict[str, Series]) -> dict[str, Symmetry]:
    """Ranges of motion in degrees of the joints that have both sides, by joint."""
    return {
        name.removeprefix("left_"): Symmetry(
            range_of_motion(angles[name]), range_of_motion(angles["right" + name[4:]])
        )
        for name in angles
        if name.startswith("left_") and "right" + name[4:] in angles
    }
