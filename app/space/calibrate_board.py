"""`calibrate board`: lenses and places of cameras from clips of a board."""

import argparse
import sys
from collections.abc import Sequence
from typing import get_args

import numpy as np

from app.results.ownership import Outputs, check_free, remember
from app.space.board_clips import (
    BoardClip,
    at_common_times,
    named_clips,
    read_boards,
    write_picture,
)
from app.space.inputs import cameras_named, check_sizes
from core.errors import SettingsError
from core.part_file import make_folder
from core.space.calibration.board import Board, parse_board
from core.space.calibration.from_board import FromBoard, calibrated_from_board
from core.space.calibration.lens import Family, Lens, lens_of
from core.space.calibration_files.own_toml import read_calibration, write_calibration
from core.space.camera import Array, Camera, CameraSet
from core.space.resample import ClockMap
from core.space.sync.sync_file import read_sync

_SURE = 0.01  # of a focal length
_FLOOR_NEAR_S = 0.5


def add_board_arguments(parser: argparse.ArgumentParser) -> None:
    """What concerns boards."""
    group = parser.add_argument_group("boards")
    group.add_argument(
        "--board",
        help="charuco:8x11:24mm:18.75mm:4x4 (squares) or chessboard:4x7:60mm (inner corners)",
    )
    group.add_argument(
        "--floor-s", type=float, help="board: when it lies on the floor, which becomes z = 0"
    )
    group.add_argument(
        "--boards", nargs="+", metavar="[NAME=]CLIP", help="check: clips of a board, one a camera"
    )
    group.add_argument(
        "--lenses-only", action="store_true", help="board: find lenses, not where cameras stand"
    )
    group.add_argument(
        "--lens-model",
        choices=get_args(Family),
        default="auto",
        help="board: of lenses; auto takes the one that fits pictures which were held out",
    )


def board_of(arguments: argparse.Namespace) -> Board:
    """The board that was named. Raises SettingsError."""
    if arguments.board is None:
        raise SettingsError(
            f"calibrate {arguments.action} needs --board, such as charuco:8x11:24mm:18.75mm:4x4 or "
            "chessboard:4x7:60mm"
        )
    return parse_board(arguments.board)


def calibrate_by_board(arguments: argparse.Namespace) -> CameraSet:
    """Find cameras, say how well they are known, write them and a picture of all corners."""
    board, named = board_of(arguments), named_clips(arguments.files)
    if arguments.output is None:
        raise SettingsError("calibrate board needs --output")
    names = [name for name, _ in named]
    clocks = [ClockMap()] * len(named)
    if arguments.sync is not None:
        clocks = read_sync(arguments.sync, names)
    given = None
    if arguments.lenses is not None:
        given = cameras_named(names, read_calibration(arguments.lenses)).cameras
    picture = arguments.output.with_suffix(".jpg")
    if picture.name.casefold() == arguments.output.name.casefold():
        raise SettingsError(
            f"--output {arguments.output}: is the name of the picture; end it with .toml"
        )
    files = (arguments.output.name, picture.name)
    outputs = Outputs(arguments.output.parent, arguments.output.name, named[0][1], files)
    check_free(outputs, arguments.overwrite)
    make_folder(outputs.folder)
    board, clips, times_s = read_boards(named, clocks, board)
    if given is None:
        lenses = _lenses(clips, board, arguments.lens_model)
    else:
        check_sizes(given, [(clip.path, clip.size) for clip in clips])
        lenses = list(given)
    if arguments.lenses_only or len(clips) == 1:
        cameras = CameraSet(tuple(lenses), up_known=False, scale_from="lenses alone")
        print("lenses alone: where the cameras stand needs the clips of two or more")
    else:
        seen = at_common_times(clips, times_s, board)
        found = calibrated_from_board(lenses, board, seen, _floor(arguments.floor_s, times_s))
        _say(names, found, board)
        cameras = found.cameras
    write_calibration(arguments.output, cameras)
    write_picture(picture, clips)
    remember(outputs)
    return cameras


def _lenses(clips: Sequence[BoardClip], board: Board, family: Family) -> list[Camera]:
    found = []
    for clip in clips:
        lens = lens_of(clip.name, clip.size, board, clip.seen, family)
        _say_lens(lens)
        found.append(lens.camera)
    return found


def _say_lens(lens: Lens) -> None:
    camera = lens.camera
    left_out = f", {lens.left_out} left out" if lens.left_out else ""
    family = "fisheye" if camera.fisheye else "pinhole"
    print(
        f"lens {camera.name}: {family}, f {camera.focal_px:.1f} px +- {lens.focal_sd:.1%}, "
        f"{lens.rms_px:.2f} px rms in {lens.pictures} pictures{left_out}"
    )
    if lens.held_out_px:
        each = ", ".join(f"a {kind} {rms:.2f} px" for kind, rms in lens.held_out_px.items())
        print(f"    pictures that were held out fit {each}")
    if lens.focal_sd > _SURE:
        print(
            f"warning: lens {camera.name}: the focal length is known to {lens.focal_sd:.1%} only; "
            "film the board near, tilted both ways, and far",
            file=sys.stderr,
        )
    if lens.bare:
        print(
            f"warning: lens {camera.name}: no corner in the {', '.join(lens.bare)} of the picture; "
            "distortion is guessed there",
            file=sys.stderr,
        )


def _say(names: Sequence[str], found: FromBoard, board: Board) -> None:
    each = ", ".join(
        f"{name} {rms:.2f}" for name, rms in zip(names, found.rms_of_camera_px, strict=True)
    )
    print(
        f"{found.corners} corners at {found.moments} moments: {found.rms_px:.2f} px rms ({each}), "
        f"median {found.median_px:.2f}; {found.left_out:.1%} left out"
    )
    print(
        f"squares of {1000 * board.square_m:g} mm as the cameras see them: "
        f"{found.square_off_mm:+.2f} mm, +- {found.square_sd_mm:.2f} mm"
    )
    if not found.cameras.up_known:
        print("up is guessed from how the cameras are held; --floor-s says when the board lies")


def _floor(floor_s: float | None, times_s: Array) -> int | None:
    if floor_s is None:
        return None
    nearest = int(np.abs(times_s - floor_s).argmin())
    if not np.isfinite(floor_s) or abs(times_s[nearest] - floor_s) > _FLOOR_NEAR_S:
        raise SettingsError(
            f"--floor-s {floor_s:g}: the clips run from {times_s[0]:.1f} to {times_s[-1]:.1f} s"
        )
    return nearest
