"""People and their skeletons in pictures and clips, for Python programs.

    from yolopose import PoseTracker, analyse, load_estimator, read_frames

    for result in analyse(read_frames("clip.mp4"), load_estimator(), PoseTracker()):
        print(result.frame.time_s, result.tracks.ids, result.tracks.poses.keypoints)

The names are loaded at their first use: importing this package loads neither torch nor Qt.
"""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.errors import UserError
    from core.model.estimator import PoseEstimator, load_estimator
    from core.model.estimator_settings import EstimatorSettings
    from core.run.stages import analyse
    from core.skeleton import COCO_17, Skeleton
    from core.tracks.csv_long import read_track_csv, write_track_csv
    from core.tracks.table import TrackTable
    from core.types import Frame, FrameResult, PoseBatch, Tracks
    from core.video.capture import read_frames
    from core.video.source import CaptureSettings
    from trackers.pose_tracker import PoseTracker

__all__ = [
    "COCO_17",
    "CaptureSettings",
    "EstimatorSettings",
    "Frame",
    "FrameResult",
    "PoseBatch",
    "PoseEstimator",
    "PoseTracker",
    "Skeleton",
    "TrackTable",
    "Tracks",
    "UserError",
    "analyse",
    "load_estimator",
    "read_frames",
    "read_track_csv",
    "table_of",
    "write_as",
    "write_track_csv",
]

# Where the other packages are: in the source tree beside this one, installed inside it.
_BEFORE = f"{__name__}." if (Path(__file__).parent / "core").is_dir() else ""
_HOMES = {
    "core.errors": ("UserError",),
    "core.model.estimator": ("PoseEstimator", "load_estimator"),
    "core.model.estimator_settings": ("EstimatorSettings",),
    "core.run.stages": ("analyse",),
    "core.skeleton": ("COCO_17", "Skeleton"),
    "core.tracks.csv_long": ("read_track_csv", "write_track_csv"),
    "core.tracks.table": ("TrackTable",),
    "core.types": ("Frame", "FrameResult", "PoseBatch", "Tracks"),
    "core.video.capture": ("read_frames",),
    "core.video.source": ("CaptureSettings",),
    "trackers.pose_tracker": ("PoseTracker",),
}


def table_of(results: "Iterable[FrameResult]") -> "TrackTable":
    """All rows of a run, one a frame and person; a frame without people keeps one row."""
    from core.tracks.table import concatenate, rows_of

    return concatenate(rows_of(result) for result in results)


def write_as(
    table: "TrackTable", format_name: str, folder: Path | str, name: str, source: str = ""
) -> list[Path]:
    """Write a table as `folder`/`name`... in a format of `python -m app convert --help`.

    `source` is the clip, for formats that name it. Returns the paths. Raises UserError.
    """
    from core.errors import SettingsError
    from core.tracks.formats.people import Clip
    from core.tracks.formats.registry import FORMATS, Export, export

    if format_name not in FORMATS:
        known = ", ".join(sorted(FORMATS))
        raise SettingsError(f"{format_name}: unknown format; known are {known}")
    paths, _ = export(format_name, Export(table, Path(folder), Clip(name, source)))
    return paths


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(_BEFORE + home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
