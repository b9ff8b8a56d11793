"""`python -m app sync TRACKS...`: the clocks of several cameras, by how people move or as kept."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.progress_bar import step_bar
from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_free, remember
from app.space.inputs import View, add_view_arguments, cameras_of, clocks_by_hand, read_views
from core.errors import SettingsError
from core.part_file import make_folder
from core.space.calibration_files.own_toml import read_calibration
from core.space.camera import Camera
from core.space.resample import ClockMap
from core.space.sync.by_motion import SURE_S, SyncSettings, longest_s, synchronise
from core.space.sync.by_rays import refined
from core.space.sync.lag_curve import LagCurve
from core.space.sync.recorded_clock import recorded_clock
from core.space.sync.sync_file import write_sync

_BARS = " ▁▂▃▄▅▆▇█"
_WIDTH = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    add_view_arguments(parser)
    parser.add_argument("--calibration", type=Path, help="makes the offsets finer, by geometry")
    parser.add_argument("--output", type=Path, default=Path("sync.toml"), help="(sync.toml)")
    parser.add_argument("--max-offset-s", type=float, default=30.0, help="looked for (30)")
    parser.add_argument(
        "--offset",
        action="append",
        default=[],
        metavar="NAME=S",
        help="of one clock, which is not looked for",
    )
    parser.add_argument(
        "--recorded",
        action="store_true",
        help="one computer recorded all cameras: take the clocks from NAME.times.csv beside the "
        "tracks",
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
    cameras = None
    if arguments.calibration is not None:
        cameras = cameras_of(views, read_calibration(arguments.calibration))
    outputs = Outputs.of_file(arguments.output, views[0].path)
    check_free(outputs, arguments.overwrite)
    make_folder(outputs.folder)
    clocks = clocks_by_hand(views, arguments.offset)
    free = [number for number in range(len(views)) if number not in clocks]
    if arguments.recorded:
        clocks |= _recorded(views, free)
    elif len(free) > 1:
        chosen = None if cameras is None else [cameras.cameras[number] for number in free]
        found = _found([views[number] for number in free], chosen, settings)
        clocks |= dict(zip(free, found, strict=True))
    else:
        clocks |= {number: ClockMap() for number in free}
    labels = names if cameras is None else [camera.name for camera in cameras.cameras]
    in_order = [clocks[number] for number in range(len(views))]
    for name, clock in zip(labels, in_order, strict=True):
        print(f"{name}: {clock.offset_s:+.4f} s, rate {clock.rate:.6f} ({clock.method})")
    write_sync(arguments.output, labels, in_order)
    remember(outputs)
    print(arguments.output)
    return 0


def _recorded(views: Sequence[View], free: Sequence[int]) -> dict[int, ClockMap]:
    """The clocks that the recording kept, so that the first begins near 0."""
    kept = {number: recorded_clock(views[number].path, views[number].table) for number in free}
    start_s = min((clock.offset_s for clock in kept.values()), default=0.0)
    return {
        number: replace(clock, offset_s=clock.offset_s - start_s) for number, clock in kept.items()
    }


def _found(
    views: Sequence[View], cameras: Sequence[Camera] | None, settings: SyncSettings
) -> Sequence[ClockMap]:
    """The clocks of these views; prints the agreement of every pair."""
    names, tables = [view.name for view in views], [view.table for view in views]
    with step_bar("pairs") as show:
        found = synchronise(names, tables, settings, progress=show)
    for (one, other), curve in found.curves.items():
        (lag_s, peak), (second_s, second) = curve.peak, curve.second
        print(f"{names[one]} - {names[other]}  |{_drawn(curve)}|")
        print(f"  peak {peak:.2f} at {lag_s:+.3f} s, next {second:.2f} at {second_s:+.3f} s")
    print(f"largest disagreement of a pair: {1000 * found.circle_s:.0f} ms")
    shortest = min(views, key=lambda view: longest_s(view.table))
    if cameras is None and longest_s(shortest.table) < SURE_S:
        print(
            f"warning: {shortest.name} sees nobody for {SURE_S:g} s; the offset of so short a clip "
            "may be wrong: --calibration checks it by rays, a longer part is better",
            file=sys.stderr,
        )
    return found.clocks if cameras is None else refined(cameras, tables, found.clocks)


def _drawn(curve: LagCurve) -> str:
    """Agreement over all lags, the best of each of 60 parts."""
    values = np.nan_to_num(curve.agreement, nan=0).clip(0, 1)
    parts = np.array_split(values, min(_WIDTH, len(values)))
    return "".join(_BARS[round(float(part.max()) * (len(_BARS) - 1))] for part in parts)
