"""The sample of four cameras from a board to skeletons in metres, and how many mm it is off."""

import shlex
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from app.bundled import MODULE, SAMPLE
from core.part_file import make_folder
from core.space.calibration_files.own_toml import read_calibration
from core.space.camera import Array, CameraSet
from core.space.skeleton_files.csv_table import read_tracks3d
from core.space.tracks3d import Tracks3D

CAMERAS = SAMPLE / "cameras"
_BOARD = "charuco:5x4:200mm:150mm:4x4"
_FLOOR_S = "10.4"  # when the board of the sample lies on the floor
_NOTE = (
    "The boards are drawn clips. Their people were never filmed: the tracks are stick figures, "
    "projected exactly, with the errors that the network makes on the sample clip."
)


def run_cameras_demo(output: Path, overwrite: bool) -> int:
    """Calibrate, check, set the clocks, reconstruct; every step as a person would type it."""
    from app.__main__ import main

    print(_NOTE)
    make_folder(output)
    names = [camera.name for camera in read_calibration(CAMERAS / "truth.toml").cameras]
    boards = [f"{name}={CAMERAS / name}.board.mp4" for name in names]
    tracks = [str(CAMERAS / f"{name}.csv") for name in names]
    cameras, clocks = str(output / "cameras.toml"), str(output / "sync.toml")
    more = ["--overwrite"] if overwrite else []
    geometry = ["--calibration", cameras]
    for step in (
        ["calibrate", "board", *boards, "--board", _BOARD, "--floor-s", _FLOOR_S,
         "--output", cameras, *more],
        ["sync", *tracks, *geometry, "--max-offset-s", "3", "--output", clocks, *more],
        ["calibrate", "check", cameras, *tracks, "--sync", clocks],
        ["reconstruct", *tracks, *geometry, "--sync", clocks, "--output", str(output), *more],
    ):  # fmt: skip
        print(f"\n$ python -m {MODULE} {shlex.join(step)}", flush=True)
        code = main(step)
        if code != 0:
            return code
    found = read_tracks3d(output / "people.3d.csv")
    truth = read_tracks3d(CAMERAS / "truth.3d.csv")
    off_mm = errors_mm(found, truth)
    moved_mm = _moved_mm(read_calibration(Path(cameras)), read_calibration(CAMERAS / "truth.toml"))
    print(
        f"\nagainst the truth: joints {np.nanmean(off_mm):.0f} mm off on average, "
        f"{np.nanmedian(off_mm):.0f} mm in the median; cameras up to {moved_mm.max():.0f} mm; "
        f"{len(found.people)} people of {len(truth.people)}"
    )
    return 0


def errors_mm(found: Tracks3D, truth: Tracks3D) -> Array:
    """(R, K) distance of each joint to that of the person of the truth who is nearest in all."""
    ways = []
    for person in truth.people:
        own = truth[truth.ids == person]
        ways.append(CubicSpline(own.times_s, own.points)(found.times_s))
    off = np.linalg.norm(found.points[None] - np.stack(ways), axis=3)
    known = np.isfinite(off)
    mean = np.where(known, off, 0).sum(axis=2) / np.maximum(known.sum(axis=2), 1)
    errors: Array = 1000 * off[mean.argmin(axis=0), np.arange(len(found))]
    return errors


def _moved_mm(found: CameraSet, truth: CameraSet) -> Array:
    places = [(c.centre, truth.named(c.name).centre) for c in found.cameras]
    return np.array([1000 * np.linalg.norm(ours - true) for ours, true in places])
