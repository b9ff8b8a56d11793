"""Skeletons in space as TRC (OpenSim: metres, y up) and C3D (millimetres, z up), one a person."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.part_file import write_whole
from core.space.camera import Array
from core.space.tracks3d import Tracks3D
from core.tracks.formats.c3d_file import save_points
from core.tracks.formats.people import Clip
from core.tracks.formats.trc import markers_of, trc_text


def write_trc(folder: Path, tracks: Tracks3D, clip: Clip) -> list[Path]:
    """`NAME_person01.trc`, ...; X, Y, Z are y, z, x of the world. Raises OutputError.

    A joint that is not known has empty cells.
    """
    paths = []
    for person in tracks.people:
        frames, times_s, points, _ = even_points(tracks, int(person))
        known: Array = np.where(np.isfinite(points).all(axis=2), 1.0, 0.0)
        markers = markers_of(points, known, clip)[..., [1, 2, 0]]
        paths.append(folder / f"{clip.name}_person{person:02d}.trc")
        text = trc_text(paths[-1].name, frames + 1, times_s, markers, clip, blank=True)
        write_whole(paths[-1], text)
    return paths


def write_c3d(folder: Path, tracks: Tracks3D, clip: Clip) -> list[Path]:
    """`NAME_person01.c3d`, ...; the residual is the deviation in mm, -1 where nothing is known.

    Raises OutputError.
    """
    paths = []
    for person in tracks.people:
        frames, times_s, points, deviations = even_points(tracks, int(person))
        paths.append(folder / f"{clip.name}_person{person:02d}.c3d")
        save_points(
            paths[-1],
            1000 * points,
            clip.skeleton.names,
            "mm",
            int(frames[0]),
            times_s,
            1000 * deviations,
        )
    return paths


def even_points(tracks: Tracks3D, person: int) -> tuple[NDArray[np.int64], Array, Array, Array]:
    """Every common time from a person's first to their last; NaN where they were not seen."""
    own = tracks[tracks.ids == person]
    frames = np.arange(own.frames[0], own.frames[-1] + 1)
    rows = own.frames - own.frames[0]
    points = np.full((len(frames), *own.points.shape[1:]), np.nan)
    deviations = np.full(points.shape[:2], np.nan)
    points[rows], deviations[rows] = own.points, own.deviations
    times_s = np.interp(frames, own.frames, own.times_s)
    return frames, times_s, points, deviations
