"""The tracks of several cameras, as the commands of three dimensions take them."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.results.clip_results import recorded_size
from core.errors import SettingsError, TableError
from core.run.stages import follow
from core.skeleton import COCO_17
from core.space.camera import CalibrationError, Camera, CameraSet
from core.space.resample import ClockMap
from core.tracks.csv_long import read_track_csv
from core.tracks.formats.openpose_folder import read_openpose
from core.tracks.table import TrackTable, concatenate, rows_of
from core.types import NO_PICTURE, Frame, FramePoses
from trackers.pose_tracker import PoseTracker

_OUTSIDE = 1.1  # of the picture's size, where joints of people at its edge may still lie


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What one camera saw."""

    name: str
    path: Path
    table: TrackTable


def add_view_arguments(parser: argparse.ArgumentParser) -> None:
    """The tracks of each camera."""
    parser.add_argument(
        "tracks",
        nargs="+",
        metavar="[NAME=]TRACKS",
        help="a CSV of tracks or a folder of OpenPose JSON for each camera; NAME is the camera's",
    )
    add_input_arguments(parser)


def add_input_arguments(parser: argparse.ArgumentParser) -> None:
    """How folders of other programs' poses are read."""
    parser.add_argument("--input-hz", type=float, help="frame rate of folders of OpenPose JSON")
    parser.add_argument(
        "--body-25b", action="store_true", help="25 keypoints of such folders are BODY_25B's"
    )


def read_views(arguments: argparse.Namespace, texts: Sequence[str]) -> list[View]:
    """The views [NAME=]TRACKS in the order given. Raises TableError, SettingsError."""
    views = [_view(text, arguments) for text in texts]
    names = [view.name for view in views]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise SettingsError(f"two views are called {min(twice)}; name them: left=A.csv right=B.csv")
    if len(views) < 2:
        raise SettingsError(
            f"{texts[0]}: one camera shows no depth; give the tracks of two or more"
        )
    return views


def cameras_of(views: Sequence[View], calibration: CameraSet) -> CameraSet:
    """The camera of each view: by name, or in order where no name agrees and the counts do.

    Raises SettingsError, and TableError for tracks of another resolution.
    """
    chosen = cameras_named([view.name for view in views], calibration)
    for view, camera in zip(views, chosen.cameras, strict=True):
        _check_size(view, camera)
    return chosen


def cameras_named(names: Sequence[str], calibration: CameraSet) -> CameraSet:
    """The camera of each name, or in order where no name agrees and the counts do.

    Raises SettingsError.
    """
    known = {camera.name for camera in calibration.cameras}
    if set(names) <= known:
        return calibration.only(names)
    if not set(names) & known and len(names) == len(known):
        pairs = zip(names, calibration.cameras, strict=True)
        print(f"cameras in order: {', '.join(f'{name} is {c.name}' for name, c in pairs)}")
        return calibration
    listed = ", ".join(camera.name for camera in calibration.cameras)
    raise SettingsError(
        f"which camera is which? The views are {', '.join(names)}, the cameras {listed}; "
        "name the views: CAMERA=FILE"
    )


def check_sizes(cameras: Sequence[Camera], files: Sequence[tuple[str, tuple[int, int]]]) -> None:
    """Raises CalibrationError for a clip, a path and a size, of another size than its camera's."""
    for camera, (path, size) in zip(cameras, files, strict=True):
        if size != camera.size:
            raise CalibrationError(
                f"{path}: the pictures are {size[0]} x {size[1]} px, but camera {camera.name} was "
                f"calibrated at {camera.size[0]} x {camera.size[1]}; was the clip turned, cropped, "
                "scaled or filmed in another resolution?"
            )


def clocks_by_hand(views: Sequence[View], offsets: Sequence[str]) -> dict[int, ClockMap]:
    """By number of the view, what was given as NAME=SECONDS. Raises SettingsError."""
    result: dict[int, ClockMap] = {}
    names = [view.name for view in views]
    for text in offsets:
        name, _, seconds = text.partition("=")
        try:
            if name not in names:
                raise ValueError(f"the views are {', '.join(names)}")
            result[names.index(name)] = ClockMap(float(seconds), method="by hand")
        except ValueError as error:
            raise SettingsError(f"--offset {text}: must be NAME=SECONDS ({error})") from error
        if not np.isfinite(result[names.index(name)].offset_s):
            raise SettingsError(f"--offset {text}: must be a finite number of seconds")
    return result


def _view(text: str, arguments: argparse.Namespace) -> View:
    name, separator, rest = text.partition("=")
    path = Path(rest if separator and not Path(text).exists() else text)
    if path.is_dir():
        if arguments.input_hz is None or not 0 < arguments.input_hz <= 1000:
            raise SettingsError(f"{path}: OpenPose files hold no times; say --input-hz, such as 60")
        table = _followed(path, arguments.input_hz, arguments.body_25b)
        stem = path.name.removesuffix("_json")
    else:
        table = read_track_csv(path, COCO_17)
        stem = re.split(r"\.(?=\D)", path.name)[0]  # dots of a recording's time stay
    if not len(table.track_ids):
        raise TableError(f"{path}: nobody was found in it")
    return View(name if str(path) == rest and separator else stem, path, table)


def _followed(folder: Path, rate_hz: float, body_25b: bool) -> TrackTable:
    """Poses of a folder, followed by our own tracker."""
    frames = (
        FramePoses(Frame(index, index / rate_hz, 0, NO_PICTURE), poses, stage_ms={})
        for index, poses in enumerate(read_openpose(folder, body_25b))
    )
    return concatenate(rows_of(result) for result in follow(frames, PoseTracker()))


def _check_size(view: View, camera: Camera) -> None:
    """By the record beside the tracks, or by where people are."""
    recorded = recorded_size(view.path)
    if recorded is not None:
        check_sizes([camera], [(str(view.path), recorded)])
    seen = view.table.keypoints[view.table.keypoint_scores > 0]
    seen = seen[np.isfinite(seen).all(axis=1)]
    if not len(seen):
        return
    reach = np.quantile(seen, 0.98, axis=0)
    width, height = camera.size
    if reach[0] > _OUTSIDE * width or reach[1] > _OUTSIDE * height:
        raise TableError(
            f"{view.path}: its people reach {reach[0]:.0f} x {reach[1]:.0f} px, but camera "
            f"{camera.name} was calibrated at {width} x {height}; was the clip turned, scaled or "
            "filmed in another resolution?"
        )
