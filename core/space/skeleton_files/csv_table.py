"""`NAME.3d.csv`: skeletons in space, one row a common time and person.

`frame,time_s,track_id,<keypoint>_x,_y,_z,_sd,_cameras,...,id_<camera>,...`: metres, z up, seconds
of the common clock; `_sd` in metres along an axis, `_cameras` how many saw it (0: filled); and the
person's id in the tracks of each camera.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.errors import TableError
from core.part_file import write_whole
from core.skeleton import COCO_17, Skeleton
from core.space.camera import Array
from core.space.tracks3d import Tracks3D
from core.tracks.table import NOBODY

_FIRST = ("frame", "time_s", "track_id")
_PARTS = ("x", "y", "z", "sd", "cameras")


def write_tracks3d(path: Path, tracks: Tracks3D) -> None:
    """Raises OutputError."""
    write_whole(path, "".join(f"{line}\n" for line in _lines(tracks, COCO_17)))


def _lines(tracks: Tracks3D, skeleton: Skeleton) -> Iterator[str]:
    cameras = (f"id_{plain_name(name)}" for name in tracks.camera_names)
    yield ",".join((*_FIRST, *_keypoint_columns(skeleton), *cameras))
    for row in range(len(tracks)):
        cells = [str(tracks.frames[row]), f"{tracks.times_s[row]:.6f}", str(tracks.ids[row])]
        for point, sd, count in zip(
            tracks.points[row].tolist(),
            tracks.deviations[row].tolist(),
            tracks.cameras[row].tolist(),
            strict=True,
        ):
            if point[0] != point[0]:
                cells.append(",,,,")
                continue
            place = ",".join(f"{value:.5f}" for value in point)
            cells.append(f"{place},{'' if sd != sd else f'{sd:.5f}'},{count}")
        ids = tracks.track_ids[row].tolist()
        cells += ["" if own == NOBODY else str(own) for own in ids]
        yield ",".join(cells)


def is_tracks3d(path: Path) -> bool:
    """Whether a file begins as those of `write_tracks3d` do."""
    try:
        with path.open("rb") as file:
            header = file.readline(4096).decode("utf-8-sig", errors="replace")
    except OSError:
        return False  # whoever reads it says why
    cells = header.strip().split(",")
    return tuple(cells[:3]) == _FIRST and any(cell.endswith("_z") for cell in cells)


def read_tracks3d(path: Path) -> Tracks3D:
    """What `write_tracks3d` wrote; covariances are round, of the deviations. Raises TableError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path}: is not a CSV file of 3D tracks ({error})") from error
    expected = [*_FIRST, *_keypoint_columns(COCO_17)]
    header = lines[0] if lines else []
    if header[: len(expected)] != expected:
        raise TableError(f"{path}: is not a CSV file of 3D tracks: its header is another one")
    if len(lines) < 2:
        raise TableError(f"{path}: holds no rows")
    values = _numbers(path, lines)
    _check_order(path, values)
    count = len(COCO_17)
    body = values[:, 3 : 3 + 5 * count].reshape(-1, count, 5)
    ids = values[:, 3 + 5 * count :]
    known = np.isfinite(body[..., 0])
    deviations = np.where(known, body[..., 3], np.nan)
    return Tracks3D(
        frames=values[:, 0].astype(np.int64),
        times_s=values[:, 1],
        ids=values[:, 2].astype(np.int64),
        points=body[..., :3],
        deviations=deviations,
        cameras=np.nan_to_num(body[..., 4]).astype(np.int64),
        covariance=deviations[..., None, None] ** 2 * np.eye(3),
        reprojection_px=np.full(ids.shape, np.nan),
        track_ids=np.where(np.isnan(ids), NOBODY, ids).astype(np.int64),
        camera_names=tuple(name.removeprefix("id_") for name in header[len(expected) :]),
    )


def _numbers(path: Path, lines: list[list[str]]) -> Array:
    width = len(lines[0])
    values = np.full((len(lines) - 1, width), np.nan)
    for number, cells in enumerate(lines[1:], start=2):
        if len(cells) != width:
            raise TableError(f"{path}: line {number} has {len(cells)} cells instead of {width}")
        try:
            values[number - 2] = [float(cell) if cell else np.nan for cell in cells]
        except ValueError as error:
            raise TableError(f"{path}: line {number}: {error}") from error
    whole = values[:, [0, 2]]
    if not (np.isfinite(values[:, :3]).all() and (whole == whole.round()).all()):
        raise TableError(f"{path}: frame, time_s and track_id must be numbers in every row")
    if np.abs(values[np.isfinite(values)]).max() > 1e9:
        raise TableError(f"{path}: holds a number beyond a thousand million")
    return values


def _check_order(path: Path, values: Array) -> None:
    """Each person goes forward, and nobody is twice in one frame. Raises TableError."""
    for person in np.unique(values[:, 2]):
        rows = np.flatnonzero(values[:, 2] == person)
        wrong = (np.diff(values[rows, :2], axis=0) <= 0).any(axis=1)
        if wrong.any():
            raise TableError(
                f"{path}: line {rows[int(wrong.argmax()) + 1] + 2}: frame and time_s of person "
                f"{person:.0f} must be above those of the row before"
            )


def _keypoint_columns(skeleton: Skeleton) -> list[str]:
    return [f"{name}_{part}" for name in skeleton.names for part in _PARTS]


def plain_name(name: str) -> str:
    """A camera's name as a part of a column's or a file's."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
