"""`python -m app calibrate import|export FILE`: calibrations of other programs."""

import argparse
from pathlib import Path

import numpy as np

from app.ownership import Outputs, add_overwrite_argument, check_free, remember
from core.errors import SettingsError
from core.space.calibration_file import read_calibration, write_calibration
from core.space.calibration_formats import FORMATS
from core.space.camera import CameraSet

_OTHERS = [name for name in FORMATS if name != "yolopose"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    width = max(map(len, _OTHERS)) + 2
    lines = (f"  {name:<{width}}{FORMATS[name].summary}" for name in _OTHERS)
    parser.epilog = "formats:\n" + "\n".join(lines)
    parser.add_argument("action", choices=("import", "export", "show"))
    parser.add_argument("file", type=Path, help="the calibration to read")
    parser.add_argument("--format", choices=_OTHERS, metavar="NAME", help="see below")
    parser.add_argument("--output", type=Path, help="the calibration to write")
    add_overwrite_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Read one form, write another, and show the cameras."""
    importing = arguments.action == "import"
    if arguments.action == "show":
        _show(read_calibration(arguments.file))
        return 0
    if arguments.format is None or arguments.output is None:
        raise SettingsError(f"calibrate {arguments.action} needs --format and --output")
    chosen = FORMATS[arguments.format]
    cameras = chosen.read(arguments.file) if importing else read_calibration(arguments.file)
    writer = write_calibration if importing else chosen.write
    if writer is None:
        raise SettingsError(f"--format {arguments.format}: can be read, not written")
    outputs = Outputs.of_file(arguments.output, arguments.file)
    check_free(outputs, arguments.overwrite)
    writer(arguments.output, cameras)
    remember(outputs)
    _show(cameras)
    print(arguments.output)
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
