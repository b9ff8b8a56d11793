"""`python -m app sync TRACKS...`: the clocks of several cameras, from how people move."""

import argparse
from pathlib import Path

import numpy as np

from app.ownership import Outputs, add_overwrite_argument, check_free, remember
from app.space_inputs import add_view_arguments, cameras_of, clocks_with, read_views
from core.errors import SettingsError
from core.space.calibration_file import read_calibration
from core.space.lag_curve import LagCurve
from core.space.sync import SyncSettings, synchronise
from core.space.sync_file import write_sync
from core.space.sync_geometry import refined

_BARS = " ▁▂▃▄▅▆▇█"
_WIDTH = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    add_view_arguments(parser)
    parser.add_argument("--calibration", type=Path, help="makes the offsets finer, by geometry")
    parser.add_argument("--output", type=Path, default=Path("sync.toml"), help="(sync.toml)")
    parser.add_argument("--max-offset-s", type=float, default=30.0, help="looked for (30)")
    parser.add_argument(
        "--offset", action="append", default=[], metavar="NAME=S", help="of one clock, by hand"
    )
    add_overwrite_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print every pair's curve, write the clocks."""
    try:
        settings = SyncSettings(arguments.max_offset_s)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    views = read_views(arguments, arguments.tracks)
    names = [view.name for view in views]
    tables = [view.table for view in views]
    cameras = None
    if arguments.calibration is not None:
        cameras = cameras_of(views, read_calibration(arguments.calibration))
    outputs = Outputs.of_file(arguments.output, views[0].path)
    check_free(outputs, arguments.overwrite)
    found = synchronise(names, tables, settings)
    for (one, other), curve in found.curves.items():
        (lag_s, peak), (second_s, second) = curve.peak, curve.second
        print(f"{names[one]} - {names[other]}  |{_drawn(curve)}|")
        print(f"  peak {peak:.2f} at {lag_s:+.3f} s, next {second:.2f} at {second_s:+.3f} s")
    clocks = list(found.clocks)
    if cameras is not None:
        clocks = list(refined(cameras.cameras, tables, clocks))
    clocks = clocks_with(views, clocks, arguments.offset)
    labels = names if cameras is None else [camera.name for camera in cameras.cameras]
    for name, clock in zip(labels, clocks, strict=True):
        print(f"{name}: {clock.offset_s:+.4f} s, rate {clock.rate:.6f} ({clock.method})")
    print(f"largest disagreement of a pair: {1000 * found.circle_s:.0f} ms")
    write_sync(arguments.output, labels, clocks)
    remember(outputs)
    print(arguments.output)
    return 0


def _drawn(curve: LagCurve) -> str:
    """Agreement over all lags, the best of each of 60 parts."""
    values = np.nan_to_num(curve.agreement, nan=0).clip(0, 1)
    parts = np.array_split(values, min(_WIDTH, len(values)))
    return "".join(_BARS[round(float(part.max()) * (len(_BARS) - 1))] for part in parts)
