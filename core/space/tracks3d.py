"""Skeletons in space, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.space.camera import Array


@dataclass(frozen=True, slots=True, eq=False)
class Tracks3D:
    """R rows, one a common time and person, ordered by time, then id. World: metres, z up."""

    frames: NDArray[np.int64]  # (R,) number of the common time
    times_s: Array  # (R,) common clock
    ids: NDArray[np.int64]  # (R,)
    points: Array  # (R, K, 3) m, NaN where not known
    deviations: Array  # (R, K) m, standard deviation along an axis; NaN where filled or not known
    cameras: NDArray[np.int64]  # (R, K) how many rays made the point; 0: filled or not known
    covariance: Array  # (R, K, 3, 3) m^2 as measured
    reprojection_px: Array  # (R, C) mean distance of the joints to what each camera saw
    track_ids: NDArray[np.int64]  # (R, C) 2D id in each camera, NOBODY where it did not see them
    camera_names: tuple[str, ...]  # (C,)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Tracks3D":
        columns: dict[str, Any] = {name: getattr(self, name)[rows] for name in _columns()}
        return replace(self, **columns)

    @property
    def people(self) -> NDArray[np.int64]:
        """The ids, ascending, each once."""
        return np.unique(self.ids)


def joined(parts: Sequence[Tracks3D]) -> Tracks3D:
    """All rows of one or more tables of the same cameras."""
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _columns()
    }
    return replace(parts[0], **columns)


def _columns() -> list[str]:
    return [field.name for field in fields(Tracks3D) if field.name != "camera_names"]
