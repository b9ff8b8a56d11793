"""C3D marker files, one a person, through ezc3d: a fixed rate, so no times of frames."""

import errno
import os
from pathlib import Path

import numpy as np

from core.errors import OutputError
from core.part_file import whole_file
from core.tracks.formats.extras import library
from core.tracks.formats.people import Clip, frames_of, people_of
from core.tracks.formats.people import rate_hz as rate_of
from core.tracks.measure.scale import Scale
from core.tracks.table import TrackTable

_BLOCK_BYTES, _POINT_BYTES = 512, 16  # x, y, z and residual as float32
_LAST = 65_535  # its frame numbers have 16 bits


def write_c3d(
    folder: Path, table: TrackTable, clip: Clip, scale: Scale | None = None
) -> list[Path]:
    """`NAME_person01.c3d`, ...: x to the right, y 0, z up, as laboratories have them.

    Millimetres where a scale is given, else pixels with z = -row. Every frame of the table
    is a frame of the file; a missing keypoint has a residual of -1. Raises OutputError.
    """
    ezc3d = library("ezc3d", "C3D")
    frames, times_s = frames_of(table)
    if frames[0] + len(frames) > _LAST:
        raise OutputError(
            f"{folder / clip.name}: C3D counts frames up to {_LAST:,}, but the tracks end at "
            f"{frames[0] + len(frames):,}; choose another format or cut the clip"
        )
    paths = []
    for person in people_of(table):
        flat = (
            person.keypoints * np.array([1.0, -1.0])
            if scale is None
            else 1000.0 * scale.metres(person.keypoints)
        )
        points = np.zeros((4, len(clip.skeleton), len(frames)))
        points[0], points[2], points[3] = flat[..., 0].T, flat[..., 1].T, 1.0
        points[1] = np.where(np.isfinite(points[0]), 0.0, np.nan)
        file = ezc3d.c3d()
        file["parameters"]["POINT"]["RATE"]["value"] = [rate_of(times_s)]
        file["parameters"]["POINT"]["LABELS"]["value"] = list(clip.skeleton.names)
        file["parameters"]["POINT"]["UNITS"]["value"] = ["px" if scale is None else "mm"]
        file["header"]["points"]["first_frame"] = int(frames[0])
        file["data"]["points"] = points
        paths.append(folder / f"{clip.name}_person{person.track_id:02d}.c3d")
        with whole_file(paths[-1]) as part:
            named = part.with_name(f"{part.name}.c3d")  # ezc3d writes to no other ending
            try:
                file.write(str(named))
                _check_whole(named, points.shape[1] * points.shape[2])
                named.replace(part)
            finally:
                named.unlink(missing_ok=True)
    return paths


def _check_whole(path: Path, points: int) -> None:
    """ezc3d says nothing of a full disk. Raises OSError where the file ends too early."""
    with path.open("rb") as file:
        header = file.read(_BLOCK_BYTES)
    start = int.from_bytes(header[16:18], "little")  # word 9: the block at which data begin
    if start == 0 or path.stat().st_size < (start - 1) * _BLOCK_BYTES + points * _POINT_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
