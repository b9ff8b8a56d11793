"""`python -m app reconstruct TRACKS... --calibration FILE`: skeletons in metres."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from app.progress_bar import step_bar
from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_free, remember, settle
from app.results.provenance import versions
from app.settings import add_settings_arguments, settings_of
from app.space.inputs import add_view_arguments, cameras_of, clocks_by_hand, read_views
from app.space.videos import clips_of, write_video
from core.errors import SettingsError
from core.part_file import make_folder, write_whole
from core.skeleton import COCO_17
from core.space.calibration_files.own_toml import read_calibration
from core.space.people.quality3d import quality
from core.space.people.reconstruct import ReconstructSettings, reconstruct
from core.space.people.smooth import SmoothSettings, smoothed
from core.space.resample import ClockMap
from core.space.skeleton_files.bvh import write_bvh
from core.space.skeleton_files.csv_table import plain_name, write_tracks3d
from core.space.skeleton_files.markers import write_c3d, write_trc
from core.space.skeleton_files.page import write_page
from core.space.sync.sync_file import read_sync
from core.tracks.formats.people import Clip

_WRITERS = {"trc": write_trc, "c3d": write_c3d, "bvh": write_bvh}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    add_view_arguments(parser)
    parser.add_argument("--calibration", type=Path, required=True, help="TOML of the cameras")
    parser.add_argument("--sync", type=Path, help="sync.toml; without it all clocks are one")
    parser.add_argument(
        "--offset", action="append", default=[], metavar="NAME=S", help="of one clock, by hand"
    )
    parser.add_argument("--output", type=Path, help="folder of the results (beside the first)")
    parser.add_argument("--name", default="people", help="of the results (people)")
    parser.add_argument("--rate-hz", type=float, help="of the result (the first camera's)")
    parser.add_argument("--min-score", type=float, default=0.2, help="of keypoints used (0.2)")
    parser.add_argument("--raw", action="store_true", help="neither fill gaps nor smooth")
    parser.add_argument("--cutoff-hz", type=float, default=6.0, help="of the smoothing (6)")
    parser.add_argument("--max-gap-s", type=float, default=0.2, help="that is filled (0.2)")
    parser.add_argument(
        "--format", action="append", default=[], choices=_WRITERS, help="as well, a file a person"
    )
    parser.add_argument(
        "--video",
        action="store_true",
        help="draw the skeletons over each clip that the records beside the tracks name",
    )
    add_overwrite_argument(parser)
    add_settings_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Reconstruct, write the table and its companions, and say how good it is."""
    try:
        settings = ReconstructSettings(arguments.rate_hz, arguments.min_score)
        smooth = SmoothSettings(arguments.max_gap_s, cutoff_hz=arguments.cutoff_hz)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if Path(arguments.name).name != arguments.name or arguments.name in ("", ".", ".."):
        raise SettingsError(f"--name {arguments.name}: must be a name, not a path")
    encode = settings_of(arguments).encode
    views = read_views(arguments, arguments.tracks)
    cameras = cameras_of(views, read_calibration(arguments.calibration))
    names = [camera.name for camera in cameras.cameras]
    clocks = (
        [ClockMap()] * len(views) if arguments.sync is None else read_sync(arguments.sync, names)
    )
    by_hand = clocks_by_hand(views, arguments.offset)
    clocks = [by_hand.get(number, clock) for number, clock in enumerate(clocks)]
    folder = arguments.output or views[0].path.parent
    table, page, meta = (
        folder / f"{arguments.name}.3d.{ending}" for ending in ("csv", "html", "meta.json")
    )
    files = [table.name, page.name, meta.name]
    clips = clips_of(views, cameras.cameras, clocks) if arguments.video else []
    videos = [folder / f"{arguments.name}.{plain_name(name)}.mp4" for name in names]
    files += [video.name for video in videos if clips]
    files += [f"{arguments.name}_person#.{form}" for form in arguments.format]
    outputs = Outputs(folder, f"{arguments.name}.3d", str(views[0].path), tuple(files))
    check_free(outputs, arguments.overwrite)
    with step_bar("times") as show:
        tracks = reconstruct(
            cameras, [view.table for view in views], clocks, settings, progress=show
        )
    tracks = tracks if arguments.raw else smoothed(tracks, smooth)
    figures = quality(tracks, COCO_17)
    make_folder(folder)
    remember(outputs)
    write_tracks3d(table, tracks)
    write_page(page, tracks, cameras)
    clip = Clip(arguments.name, str(views[0].path))
    written = [table, page, meta]
    for form in dict.fromkeys(arguments.format):
        written += _WRITERS[form](folder, tracks, clip)
    settle(outputs, written)
    for filmed, video in zip(clips, videos, strict=False):
        write_video(video, filmed, tracks, encode)
        written.append(video)
    record = {
        "views": {view.name: str(view.path) for view in views},
        "calibration": str(arguments.calibration),
        "scale_from": cameras.scale_from,
        "up_known": cameras.up_known,
        "clocks": {
            name: {"offset_s": clock.offset_s, "rate": clock.rate, "method": clock.method}
            for name, clock in zip(names, clocks, strict=True)
        },
        "smoothed": not arguments.raw,
        "skeleton": "coco-17",
        "quality": figures,
        "versions": versions(),
    }
    write_whole(meta, json.dumps(record, indent=1, allow_nan=False) + "\n")
    _say(figures, cameras.up_known)
    for path in written:
        print(path)
    return 0


def _say(figures: dict[str, Any], up_known: bool) -> None:
    joints = {name: value for name, value in figures["joint_sd_mm"].items() if value is not None}
    if joints:
        best, worst = min(joints, key=joints.__getitem__), max(joints, key=joints.__getitem__)
        print(
            f"uncertainty of a joint: {joints[best]:.0f} mm ({best}) to {joints[worst]:.0f} mm "
            f"({worst})"
        )
    for name, camera in figures["cameras"].items():
        print(
            f"camera {name}: {camera['reprojection_px']} px, "
            f"sees {100 * camera['share_of_rows']:.0f} % of the rows"
        )
    for person in figures["people"]:
        height = person["height_by_legs_m"]
        print(
            f"person {person['track_id']}: {person['start_s']:.2f} to {person['end_s']:.2f} s"
            + (f", {height:.2f} m tall by the legs" if height else "")
        )
    if up_known and figures["floor_m"] is not None and not -0.15 < figures["floor_m"] < 0.35:
        print(
            f"warning: low ankles lie at z = {figures['floor_m']:.2f} m; the calibration's floor "
            "is not where people stand",
            file=sys.stderr,
        )
