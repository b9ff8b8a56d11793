"""`python -m app calibrate`: other programs' calibrations, cameras found from boards and people."""

import argparse
from pathlib import Path

import numpy as np

from app.progress_bar import step_bar
from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_free, remember
from app.space.calibrate_board import add_board_arguments, board_of, calibrate_by_board
from app.space.calibrate_check import check_by_people
from app.space.inputs import add_input_arguments, cameras_of, read_views
from core.errors import SettingsError
from core.part_file import make_folder
from core.space.calibration.from_people import calibrated_from_people
from core.space.calibration_files.formats import FORMATS
from core.space.calibration_files.own_toml import read_calibration, write_calibration
from core.space.camera import CameraSet
from core.space.people.reconstruct import reconstruct
from core.space.resample import ClockMap
from core.space.skeleton_files.page import write_page
from core.space.sync.sync_file import read_sync


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    width = max(map(len, FORMATS)) + 2
    lines = (f"  {name:<{width}}{chosen.summary}" for name, chosen in FORMATS.items())
    parser.epilog = "formats:\n" + "\n".join(lines)
    parser.add_argument(
        "action",
        choices=("import", "export", "show", "board", "people", "check", "draw"),
        help="read or write another program's file, list cameras, find them from clips of a board "
        "or from people, grade a calibration by people, or draw a board as a PDF to print",
    )
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="the calibration to read; for board: [NAME=]CLIP or folder of pictures a camera; for "
        "people: the tracks, [NAME=]TRACKS a camera; for check: the calibration and the tracks",
    )
    parser.add_argument("--lenses", type=Path, help="a calibration whose lenses are right")
    parser.add_argument("--height-m", type=float, help="people: how tall they are, on average")
    parser.add_argument("--sync", type=Path, help="sync.toml, where clocks differ")
    add_board_arguments(parser)
    add_input_arguments(parser)
    parser.add_argument("--format", choices=FORMATS, metavar="NAME", help="see below")
    parser.add_argument("--output", type=Path, help="the calibration to write")
    add_overwrite_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Read one form, write another, and show the cameras."""
    if arguments.action == "draw":
        return _draw(arguments)
    if not arguments.files:
        raise SettingsError(f"calibrate {arguments.action}: which files?")
    if arguments.action == "people":
        return _from_people(arguments)
    if arguments.action == "board":
        cameras = calibrate_by_board(arguments)
        _show(cameras)
        print(arguments.output)
        return 0
    if arguments.action == "check":
        check_by_people(arguments)
        return 0
    if len(arguments.files) > 1:
        raise SettingsError(f"calibrate {arguments.action} takes one file")
    file = Path(arguments.files[0])
    importing = arguments.action == "import"
    if arguments.action == "show":
        _show(read_calibration(file))
        return 0
    if arguments.format is None or arguments.output is None:
        raise SettingsError(f"calibrate {arguments.action} needs --format and --output")
    chosen = FORMATS[arguments.format]
    cameras = chosen.read(file) if importing else read_calibration(file)
    writer = write_calibration if importing else chosen.write
    outputs = Outputs.of_file(arguments.output, file)
    check_free(outputs, arguments.overwrite)
    make_folder(outputs.folder)
    writer(arguments.output, cameras)
    remember(outputs)
    _show(cameras)
    print(arguments.output)
    return 0


def _draw(arguments: argparse.Namespace) -> int:
    """A board on paper."""
    from app.space.board_pdf import write_board_pdf

    board = board_of(arguments)
    if arguments.files or arguments.output is None:
        raise SettingsError("calibrate draw takes no files, and needs --board and --output")
    outputs = Outputs.of_file(arguments.output, str(board))
    check_free(outputs, arguments.overwrite)
    make_folder(outputs.folder)
    paper = write_board_pdf(arguments.output, board)
    remember(outputs)
    print(f"{arguments.output}: {board} at true size on {paper}")
    return 0


def _from_people(arguments: argparse.Namespace) -> int:
    """Where cameras stand, from the tracks of people who walk before them."""
    if arguments.lenses is None or arguments.height_m is None or arguments.output is None:
        raise SettingsError("calibrate people needs --lenses, --height-m and --output")
    output, page = arguments.output, arguments.output.with_suffix(".html")
    if page.name.casefold() == output.name.casefold():
        raise SettingsError(f"--output {output}: is the name of the page; end it with .toml")
    views = read_views(arguments, arguments.files)
    lenses = cameras_of(views, read_calibration(arguments.lenses)).cameras
    names = [camera.name for camera in lenses]
    clocks = [ClockMap()] * len(views)
    if arguments.sync is not None:
        clocks = read_sync(arguments.sync, names)
    files = (output.name, page.name)
    outputs = Outputs(output.parent, output.name, str(views[0].path), files)
    check_free(outputs, arguments.overwrite)
    make_folder(outputs.folder)
    tables = [view.table for view in views]
    with step_bar("steps") as show:
        found = calibrated_from_people(lenses, tables, clocks, arguments.height_m, progress=show)
    write_calibration(output, found.cameras)
    remember(outputs, (output.name,))
    with step_bar("times") as show:
        people = reconstruct(found.cameras, tables, clocks, progress=show)
    write_page(page, people, found.cameras)
    remember(outputs)
    _show(found.cameras)
    print(
        f"from {found.people} people, {found.residual_px:.1f} px off in the median; metres are as "
        f"right as the height, a few percent; the people's legs differ by {found.leg_spread:.0%}"
    )
    print(output)
    print(page)
    return 0


def _show(cameras: CameraSet) -> None:
    for camera in cameras.cameras:
        x, y, z = camera.centre
        print(
            f"{camera.name}: {camera.size[0]} x {camera.size[1]} px, f {camera.focal_px:.0f} px, "
            f"at ({x:.2f}, {y:.2f}, {z:.2f}) m"
        )
    spread = np.linalg.norm(np.ptp([camera.centre for camera in cameras.cameras], axis=0))
    print(f"they stand within {spread:.2f} m" + ("" if cameras.up_known else "; up is not known"))
