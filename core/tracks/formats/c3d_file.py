"""C3D marker files, one a person, through ezc3d: a fixed rate, so no times of frames."""

import errno
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from core.errors import OutputError
from core.part_file import whole_file
from core.tracks.formats.extras import library
from core.tracks.formats.people import Clip, frames_of, people_of
from core.tracks.formats.people import rate_hz as rate_of
from core.tracks.measure.scale import Scale
from core.tracks.motion import Series
from core.tracks.table import TrackTable

_BLOCK_BYTES, _POINT_BYTES = 512, 16  # x, y, z and residual as float32
_LAST = 65_535  # its frame numbers have 16 bits
Units = Literal["px", "mm"]


def write_c3d(
    folder: Path, table: TrackTable, clip: Clip, scale: Scale | None = None
) -> list[Path]:
    """`NAME_person01.c3d`, ...: x to the right, y 0, z up, as laboratories have them.

    Millimetres where a scale is given, else pixels with z = -row. Every frame of the table
    is a frame of the file; a missing keypoint has a residual of -1. Raises OutputError.
    """
    frames, times_s = frames_of(table)
    paths = []
    for person in people_of(table):
        flat = (
            person.keypoints * np.array([1.0, -1.0])
            if scale is None
            else 1000.0 * scale.metres(person.keypoints)
        )
        points = np.stack([flat[..., 0], 0.0 * flat[..., 0], flat[..., 1]], axis=2)
        paths.append(folder / f"{clip.name}_person{person.track_id:02d}.c3d")
        units: Units = "px" if scale is None else "mm"
        save_points(paths[-1], points, clip.skeleton.names, units, int(frames[0]), times_s)
    return paths


def save_points(
    path: Path,
    points: Series,
    names: Sequence[str],
    units: Units,
    first_frame: int,
    times_s: Series,
    residuals: Series | None = None,
) -> None:
    """Write points (F, K, 3) in `units`, z up; residuals (F, K) where they are known.

    A point that is NaN has a residual of -1. Raises OutputError, also for frames beyond what the
    format can count.
    """
    ezc3d = library("ezc3d", "C3D")
    if first_frame + len(points) > _LAST:
        raise OutputError(
            f"{path}: C3D counts frames up to {_LAST:,}, but the tracks end at "
            f"{first_frame + len(points):,}; choose another format or cut the clip"
        )
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [rate_of(times_s)]
    file["parameters"]["POINT"]["LABELS"]["value"] = list(names)
    file["parameters"]["POINT"]["UNITS"]["value"] = [units]
    file["header"]["points"]["first_frame"] = first_frame
    data = np.ones((4, points.shape[1], len(points)))
    data[:3] = points.transpose(2, 1, 0)
    file["data"]["points"] = data
    if residuals is not None:
        known = np.isfinite(points).all(axis=2)
        shown = np.where(known, np.nan_to_num(residuals), -1.0)
        file["data"]["meta_points"]["residuals"] = shown.T[None]
    with whole_file(path) as part:
        named = part.with_name(f"{part.name}.c3d")  # ezc3d writes to no other ending
        try:
            file.write(str(named))
            _check_whole(named, len(points) * points.shape[1])
            shutil.copyfile(named, part)  # which is open: it keeps its place
        finally:
            named.unlink(missing_ok=True)


def _check_whole(path: Path, points: int) -> None:
    """ezc3d says nothing of a full disk. Raises OSError where the file ends too early."""
    with path.open("rb") as file:
        header = file.read(_BLOCK_BYTES)
    start = int.from_bytes(header[16:18], "little")  # word 9: the block at which data begin
    if start == 0 or path.stat().st_size < (start - 1) * _BLOCK_BYTES + points * _POINT_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
