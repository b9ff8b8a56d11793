"""Small valid files of three dimensions: calibrations of every program, clocks, tracks, a board."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from board_scene import BOARD, CAMERAS, shown, write_clips
from space_scene import truth

# Loaded here: a child that loads them itself takes half a second.
import app.commands.calibrate
import app.commands.measure
import app.commands.report  # noqa: F401
from campaign.seeds import Seed
from core.space.calibration_files.formats import FORMATS
from core.space.calibration_files.own_toml import write_calibration
from core.space.camera import CameraSet
from core.space.resample import ClockMap
from core.space.skeleton_files.csv_table import write_tracks3d
from core.space.sync.sync_file import write_sync
from core.space.tracks3d import Tracks3D

OURS = "cameras.toml"
CLOCKS = "sync.toml"
NAMES = tuple(camera.name for camera in CAMERAS.cameras)


def calibrations(folder: Path) -> Iterator[Seed]:
    """A file of each form; of forms that are folders each file, called FORM--FILE."""
    for name, content in calibration_files().items():
        yield Seed(name, content, True)


@cache
def calibration_files() -> dict[str, bytes]:
    """By name, the contents of `calibrations`."""
    with TemporaryDirectory() as folder:
        return _calibration_files(Path(folder))


def _calibration_files(folder: Path) -> dict[str, bytes]:
    write_calibration(folder / OURS, CAMERAS)
    for form, chosen in FORMATS.items():
        if form == "opencap":  # a session holds a folder a camera; one file of it is one camera
            with TemporaryDirectory() as session:
                chosen.write(Path(session), CAMERAS)
                file = next(Path(session).rglob("*.pickle"))
                (folder / f"{form}--").write_bytes(file.read_bytes())
        elif form != "opencv":
            chosen.write(folder / f"{form}--", CAMERAS)
    (folder / "opencv--").mkdir(exist_ok=True)
    _write_stereo(folder / "opencv--")
    (folder / "qualisys--").write_text(_qualisys(CAMERAS))
    files = {OURS: (folder / OURS).read_bytes()}
    for form in FORMATS:
        place = folder / f"{form}--"
        if place.is_dir():
            files |= {place.name + path.name: path.read_bytes() for path in place.iterdir()}
        else:
            files[place.name] = place.read_bytes()
    return files


def _write_stereo(folder: Path) -> None:
    one, other = CAMERAS.cameras[:2]
    turn = other.rotation @ one.rotation.T
    files = {
        "intrinsics.yml": {"M1": one.matrix, "D1": one.distortion[None],
                           "M2": other.matrix, "D2": other.distortion[None]},
        "extrinsics.yml": {"R": turn, "T": (other.translation - turn @ one.translation)[:, None]},
    }  # fmt: skip
    for name, matrices in files.items():
        storage = cv2.FileStorage(str(folder / name), cv2.FILE_STORAGE_WRITE)
        for key, values in matrices.items():
            storage.write(key, values)
        storage.release()


def _qualisys(cameras: CameraSet) -> str:
    lines = ["<calibration><cameras>"]
    for camera in cameras.cameras:
        (fx, _, cx), (_, fy, cy), _ = (64 * camera.matrix).tolist()
        axes = (np.diag([1.0, -1.0, -1.0]) @ camera.rotation).tolist()
        turn = " ".join(f'r{i + 1}{j + 1}="{axes[i][j]!r}"' for i in range(3) for j in range(3))
        x, y, z = (1000 * camera.centre).tolist()
        lines += [
            f'<camera serial="{camera.name}">',
            f'<fov_video left="0" top="0" right="{camera.size[0] - 1}" '
            f'bottom="{camera.size[1] - 1}"/>',
            f'<transform x="{x!r}" y="{y!r}" z="{z!r}" {turn}/>',
            f'<intrinsic focalLengthU="{fx!r}" focalLengthV="{fy!r}" centerPointU="{cx!r}" '
            f'centerPointV="{cy!r}" radialDistortion1="-0.2"/>',
            "</camera>",
        ]
    return "\n".join([*lines, "</cameras></calibration>"])


def clocks(folder: Path) -> Iterator[Seed]:
    """The clocks of three cameras."""
    made = [ClockMap(0.0), ClockMap(0.41, 1.00001, 0.8, "motion"), ClockMap(-2.5)]
    write_sync(folder / CLOCKS, NAMES, made)
    yield Seed(CLOCKS, (folder / CLOCKS).read_bytes(), True)


def tracks3d(folder: Path) -> Iterator[Seed]:
    """Two people in space for a second."""
    times_s = np.arange(30) / 30
    points = truth(times_s).reshape(-1, 17, 3)
    points[5, 3] = np.nan
    count = len(points)
    tracks = Tracks3D(
        frames=np.repeat(np.arange(30), 2),
        times_s=np.repeat(times_s, 2),
        ids=np.tile([1, 2], 30),
        points=points,
        deviations=np.full((count, 17), 0.01),
        cameras=np.full((count, 17), 3),
        covariance=np.zeros((count, 17, 3, 3)),
        reprojection_px=np.zeros((count, 2)),
        track_ids=np.ones((count, 2), np.int64),
        camera_names=("north", "east"),
    )
    write_tracks3d(folder / "people.3d.csv", tracks)
    yield Seed("people.3d.csv", (folder / "people.3d.csv").read_bytes(), True)


def boards(folder: Path) -> Iterator[Seed]:
    """A small clip of a board before one camera."""
    one = CAMERAS.cameras[0]
    matrix = one.matrix.copy()
    matrix[:2] /= 2
    camera = replace(one, size=(one.size[0] // 2, one.size[1] // 2), matrix=matrix)
    (path,) = write_clips(folder, shown(count=9), BOARD, CameraSet((camera,)))
    yield Seed("left.mp4", Path(path).read_bytes())
