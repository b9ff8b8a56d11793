"""Skeletons in space as TRC (OpenSim: metres, y up) and C3D (millimetres, z up), one a person."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.part_file import whole_file, write_whole
from core.space.camera import Array
from core.space.tracks3d import Tracks3D
from core.tracks.formats.extras import library
from core.tracks.formats.people import Clip, rate_hz
from core.tracks.formats.trc import markers_of, trc_text


def write_trc(folder: Path, tracks: Tracks3D, clip: Clip) -> list[Path]:
    """`NAME_person01.trc`, ...; X, Y, Z are y, z, x of the world. Raises OutputError.

    A joint that is not known has empty cells.
    """
    paths = []
    for person in tracks.people:
        frames, times_s, points, _ = _even(tracks, int(person))
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
    ezc3d = library("ezc3d", "C3D")
    paths = []
    for person in tracks.people:
        frames, times_s, points, deviations = _even(tracks, int(person))
        known = np.isfinite(points).all(axis=2)
        file = ezc3d.c3d()
        file["parameters"]["POINT"]["RATE"]["value"] = [rate_hz(times_s)]
        file["parameters"]["POINT"]["LABELS"]["value"] = list(clip.skeleton.names)
        file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
        file["header"]["points"]["first_frame"] = int(frames[0])
        data = np.ones((4, len(clip.skeleton), len(frames)))
        data[:3] = 1000 * points.transpose(2, 1, 0)
        file["data"]["points"] = data
        residuals = np.where(known, np.nan_to_num(1000 * deviations), -1.0)
        file["data"]["meta_points"]["residuals"] = residuals.T[None]
        paths.append(folder / f"{clip.name}_person{person:02d}.c3d")
        with whole_file(paths[-1]) as part:
            named = part.with_name(f"{part.name}.c3d")  # ezc3d writes to no other ending
            file.write(str(named))
            named.replace(part)
    return paths


def _even(tracks: Tracks3D, person: int) -> tuple[NDArray[np.int64], Array, Array, Array]:
    """Every common time from a person's first to their last; NaN where they were not seen."""
    own = tracks[tracks.ids == person]
    frames = np.arange(own.frames[0], own.frames[-1] + 1)
    rows = own.frames - own.frames[0]
    points = np.full((len(frames), *own.points.shape[1:]), np.nan)
    deviations = np.full(points.shape[:2], np.nan)
    points[rows], deviations[rows] = own.points, own.deviations
    times_s = np.interp(frames, own.frames, own.times_s)
    return frames, times_s, points, deviations
