"""`calibrate check`: a calibration graded by the people it films, and by a board."""

import argparse
import sys
from itertools import combinations
from pathlib import Path

import numpy as np

from app.progress_bar import step_bar
from app.space.board_clips import at_common_times, named_clips, read_boards
from app.space.calibrate_board import board_of
from app.space.inputs import cameras_named, cameras_of, check_sizes, read_views
from core.errors import SettingsError
from core.space.calibration.check import CameraCheck, Checked, check_calibration, reason_against
from core.space.calibration.from_board import squares_off_mm
from core.space.calibration_files.own_toml import read_calibration
from core.space.camera import CalibrationError, CameraSet
from core.space.resample import ClockMap
from core.space.sync.sync_file import read_sync

_BIASED = 0.5  # of the usual distance: more is no noise
_LEAST_BIAS_PX = 3.0


def check_by_people(arguments: argparse.Namespace) -> None:
    """Print what was found. Raises CalibrationError, after that, for what cannot work."""
    calibration = read_calibration(Path(arguments.files[0]))
    if len(arguments.files) < 2 and not arguments.boards:
        raise SettingsError(
            "calibrate check takes a calibration and the tracks of each camera, or --boards"
        )
    if arguments.boards:
        _check_squares(arguments, calibration)
    if len(arguments.files) < 2:
        return
    views = read_views(arguments, arguments.files[1:])
    cameras = cameras_of(views, calibration)
    names = [camera.name for camera in cameras.cameras]
    clocks = [ClockMap()] * len(views)
    if arguments.sync is not None:
        clocks = read_sync(arguments.sync, names)
    with step_bar("times") as show:
        checked = check_calibration(cameras, [view.table for view in views], clocks, progress=show)
    for camera in checked.cameras:
        _say_camera(camera)
    _say_people(checked, cameras.up_known)
    reason = reason_against(checked, cameras.up_known)
    if reason is not None:
        raise CalibrationError(f"{arguments.files[0]}: {reason}")
    print("nothing speaks against this calibration")


def _say_camera(camera: CameraCheck) -> None:
    alone = "" if np.isnan(camera.alone_px) else f", {camera.alone_px:.1f} px from what others say"
    print(
        f"camera {camera.name}: {camera.off_px:.1f} px{alone}, fits {camera.matched:.0%} of its "
        "people"
    )
    rows = (
        " ".join("    -" if np.isnan(v) else f"{v:5.1f}" for v in row) for row in camera.parts_px
    )
    print(*(f"    {row}" for row in rows), sep="\n")
    x, y = camera.bias_px
    if np.hypot(x, y) > max(_BIASED * camera.off_px, _LEAST_BIAS_PX):
        print(
            f"warning: camera {camera.name} sees people {abs(x):.0f} px to the "
            f"{'right' if x > 0 else 'left'} of and {abs(y):.0f} px "
            f"{'below' if y > 0 else 'above'} where they would be; it was moved a little",
            file=sys.stderr,
        )


def _say_people(checked: Checked, up_known: bool) -> None:
    floor = checked.figures["floor_m"]
    if floor is not None and up_known:
        print(f"floor: low ankles at z = {floor:.2f} m (0.05 to 0.10 where the floor is at 0)")
    for person in checked.figures["people"]:
        height, bones = person["height_by_legs_m"], person["bones_m"].values()
        spread = 1000 * float(np.mean([bone["sd"] for bone in bones])) if bones else float("nan")
        tall = f"{height:.2f} m tall by the legs, " if height else ""
        print(f"person {person['track_id']}: {tall}bones +- {spread:.0f} mm")


def _check_squares(arguments: argparse.Namespace, calibration: CameraSet) -> None:
    """The sides of a board's squares as each pair of cameras sees them."""
    named = named_clips(arguments.boards)
    names = [name for name, _ in named]
    cameras = cameras_named(names, calibration).cameras
    clocks = [ClockMap()] * len(named)
    if arguments.sync is not None:
        clocks = read_sync(arguments.sync, [camera.name for camera in cameras])
    board, clips, times_s = read_boards(named, clocks, board_of(arguments))
    check_sizes(cameras, [(clip.path, clip.size) for clip in clips])
    seen = at_common_times(clips, times_s, board)
    for one, other in combinations(range(len(cameras)), 2):
        off, spread = squares_off_mm([cameras[one], cameras[other]], board, seen[[one, other]])
        pair = f"squares by {cameras[one].name} and {cameras[other].name}"
        if np.isnan(off):
            print(f"{pair}: not seen together")
        else:
            print(f"{pair}: {off:+.2f} +- {spread:.2f} mm of {1000 * board.square_m:g} mm")
