"""Every file format that tracks can be written in, by name, and what each one cannot hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from core.errors import OutputError
from core.part_file import make_folder
from core.skeleton import check_body
from core.tracks.clean.recipe import Cleaned, CleanSettings, clean
from core.tracks.formats.c3d_file import write_c3d
from core.tracks.formats.csv_clean import write_cleaned
from core.tracks.formats.deeplabcut import write_deeplabcut_csv, write_deeplabcut_h5
from core.tracks.formats.json_files import write_coco, write_openpose, write_posetrack
from core.tracks.formats.mot_challenge import write_mot_challenge
from core.tracks.formats.opensim_mot import write_opensim_mot
from core.tracks.formats.parquet import write_parquet
from core.tracks.formats.people import Clip, frames_of, is_even
from core.tracks.formats.sleap import write_sleap_csv, write_sleap_h5
from core.tracks.formats.text_tables import Signs, write_long, write_very_long, write_wide
from core.tracks.formats.trc import write_kinovea_trc, write_opensim_trc
from core.tracks.measure.measures import measure
from core.tracks.measure.scale import Scale
from core.tracks.motion import motions_of
from core.tracks.table import TrackTable

AS_MEASURED = CleanSettings(fix_swaps=False, reject_outliers=False, max_gap_s=0.0, smoothing="none")


@dataclass(frozen=True, slots=True, eq=False)
class Export:
    """What is written, and where."""

    table: TrackTable
    folder: Path
    clip: Clip
    cleaned: Sequence[Cleaned] | None = None  # the people of `table`, where they were cleaned
    raw: TrackTable | None = None  # the table before it was cleaned
    scale: Scale | None = None
    corrected: bool = False  # whether `table` comes of one that marks corrected keypoints
    signs: Signs = field(default_factory=Signs)


@dataclass(frozen=True, slots=True)
class Format:
    """One format, and its traits. `write` returns the files or the folder that it wrote."""

    summary: str
    loses: tuple[str, ...]
    write: Callable[[Export], list[Path]]
    endings: tuple[str, ...]  # of the names that it writes, after the clip's; `#` is a number
    of_bodies: bool = False  # takes skeletons with all of COCO's joints alone
    metres: Literal["never", "with a scale", "always"] = "never"  # where pixels are not enough
    names_recording: bool = False


TIMES = "the times of frames"
BOXES = "boxes"
SCORES = "keypoint scores"
EMPTY = "frames without people"
FLAGS = "flags of cleaned values"
MARKS = "which keypoints a person corrected"
FEET = "feet (0, 0, 0)"


def export(name: str, job: Export) -> tuple[list[Path], list[str]]:
    """Write a table in the named format; returns the paths and what was lost, as sentences.

    Raises OutputError, also for skeletons that the format has no joints for.
    """
    chosen, skeleton = FORMATS[name], job.table.skeleton
    if chosen.of_bodies:
        try:
            check_body(skeleton)
        except ValueError as error:
            raise OutputError(f"{name}: {error}") from error
    job = replace(job, clip=replace(job.clip, skeleton=skeleton))
    make_folder(job.folder)
    paths = chosen.write(job)
    lost = [what for what in chosen.loses if what != FEET or "left_heel" not in skeleton.names]
    if job.cleaned is not None and name != "csv":
        lost.append(FLAGS)
    if job.corrected:
        lost.append(MARKS)
    if job.scale is not None and chosen.metres == "never":
        lost.append("metres (it holds pixels)")
    sentences = [f"{name} does not hold {', '.join(lost)}"] if lost else []
    if TIMES in lost and not is_even(frames_of(job.table)[1]):
        sentences.append(
            f"{name} counts frames as evenly spaced, and those of {job.clip.name} are not"
        )
    return paths, sentences


def planned(name: str, formats: Sequence[str]) -> tuple[str, ...]:
    """The names of all files that these formats may make of a clip; `#` stands for a number."""
    return tuple(f"{name}{ending}" for known in formats for ending in FORMATS[known].endings)


def _file(job: Export, ending: str) -> Path:
    return job.folder / f"{job.clip.name}.{ending}"


def _csv(job: Export) -> list[Path]:
    if job.cleaned is not None and job.raw is not None:
        path = _file(job, "clean.csv")
        write_cleaned(path, job.cleaned, job.raw, job.clip.skeleton, job.signs)
        return [path]
    path = _file(job, "long.csv")
    write_long(path, [job.table], job.clip.skeleton, job.signs)
    return [path]


def _wide(job: Export) -> list[Path]:
    write_wide(_file(job, "wide.csv"), job.table, job.clip.skeleton, job.signs)
    return [_file(job, "wide.csv")]


def _very_long(job: Export) -> list[Path]:
    path = _file(job, "very_long.csv")
    write_very_long(path, [job.table], job.clip.skeleton, job.signs)
    return [path]


def _parquet(job: Export) -> list[Path]:
    write_parquet(_file(job, "parquet"), [job.table], job.clip.skeleton)
    return [_file(job, "parquet")]


def _coco(job: Export) -> list[Path]:
    write_coco(_file(job, "coco.json"), [job.table])
    return [_file(job, "coco.json")]


def _openpose(job: Export) -> list[Path]:
    folder = job.folder / f"{job.clip.name}_openpose"
    write_openpose(folder, [job.table], job.clip)
    return [folder]


def _posetrack(job: Export) -> list[Path]:
    write_posetrack(_file(job, "posetrack.json"), job.table, job.clip)
    return [_file(job, "posetrack.json")]


def _mot_challenge(job: Export) -> list[Path]:
    write_mot_challenge(_file(job, "mot.txt"), [job.table])
    return [_file(job, "mot.txt")]


def _dlc_csv(job: Export) -> list[Path]:
    write_deeplabcut_csv(_file(job, "dlc.csv"), job.table, job.clip)
    return [_file(job, "dlc.csv")]


def _dlc_h5(job: Export) -> list[Path]:
    write_deeplabcut_h5(_file(job, "dlc.h5"), job.table, job.clip)
    return [_file(job, "dlc.h5")]


def _sleap_csv(job: Export) -> list[Path]:
    write_sleap_csv(_file(job, "sleap.csv"), job.table, job.clip)
    return [_file(job, "sleap.csv")]


def _sleap_h5(job: Export) -> list[Path]:
    write_sleap_h5(_file(job, "analysis.h5"), job.table, job.clip)
    return [_file(job, "analysis.h5")]


def _trc_opensim(job: Export) -> list[Path]:
    if job.scale is None:
        raise OutputError("trc-opensim is in metres: give --height-m, --line or --plane")
    return write_opensim_trc(job.folder, job.table, job.clip, job.scale)


def _trc_kinovea(job: Export) -> list[Path]:
    return write_kinovea_trc(job.folder, job.table, job.clip)


def _mot_opensim(job: Export) -> list[Path]:
    people = job.cleaned
    if people is None:
        people = [clean(m, AS_MEASURED) for m in motions_of(job.table, AS_MEASURED.min_score)]
    measured = [measure(person, scale=job.scale) for person in people]
    return write_opensim_mot(job.folder, measured, job.clip)


def _c3d(job: Export) -> list[Path]:
    return write_c3d(job.folder, job.table, job.clip, job.scale)


FORMATS = {
    "csv": Format(
        "CSV, one row a frame and person; with --clean also raw values, flags",
        (),
        _csv,
        (".long.csv", ".clean.csv"),
    ),
    "csv-wide": Format("CSV, one row a frame, columns by person", (), _wide, (".wide.csv",)),
    "csv-very-long": Format(
        "CSV, one row a keypoint", (BOXES, "scores of people"), _very_long, (".very_long.csv",)
    ),
    "parquet": Format("Parquet with typed columns", (), _parquet, (".parquet",)),
    "coco": Format("COCO keypoint results", (TIMES, BOXES, EMPTY), _coco, (".coco.json",)),
    "openpose": Format(
        "OpenPose JSON, BODY_25, one file a frame",
        (TIMES, BOXES, "scores of people", FEET),
        _openpose,
        ("_openpose",),
        of_bodies=True,
    ),
    "posetrack": Format(
        "PoseTrack18/21 JSON",
        (TIMES, "eyes", "the top of the head", "a neck other than the middle of the shoulders"),
        _posetrack,
        (".posetrack.json",),
        of_bodies=True,
    ),
    "motchallenge": Format(
        "MOTChallenge text", (TIMES, "keypoints", EMPTY), _mot_challenge, (".mot.txt",)
    ),
    "dlc-csv": Format(
        "DeepLabCut predictions, CSV", (TIMES, BOXES, "scores of people"), _dlc_csv, (".dlc.csv",)
    ),
    "dlc-h5": Format(
        "DeepLabCut predictions, H5", (TIMES, BOXES, "scores of people"), _dlc_h5, (".dlc.h5",)
    ),
    "sleap-csv": Format("SLEAP analysis, CSV", (TIMES, BOXES, EMPTY), _sleap_csv, (".sleap.csv",)),
    "sleap-h5": Format(
        "SLEAP analysis, H5",
        (TIMES, BOXES),
        _sleap_h5,
        (".analysis.h5",),
        names_recording=True,
    ),
    "trc-opensim": Format(
        "TRC in metres for OpenSim, one file a person",
        (SCORES, BOXES, "eyes and ears", "depth (Z is 0)"),
        _trc_opensim,
        ("_person#.trc",),
        of_bodies=True,
        metres="always",
    ),
    "trc-kinovea": Format(
        "TRC in pixels as Kinovea and Sports2D have it, one file a person",
        (SCORES, BOXES, "eyes and ears"),
        _trc_kinovea,
        ("_px_person#.trc",),
        of_bodies=True,
    ),
    "mot-opensim": Format(
        "OpenSim motion file of joint and segment angles, one file a person",
        (SCORES, BOXES, "positions"),
        _mot_opensim,
        ("_angles_person#.mot",),
        of_bodies=True,
        metres="with a scale",
    ),
    "c3d": Format(
        "C3D, one file a person",
        (TIMES, SCORES, BOXES, "depth (Y is 0)"),
        _c3d,
        ("_person#.c3d",),
        metres="with a scale",
    ),
}
WITHOUT_SCALE = tuple(name for name in FORMATS if FORMATS[name].metres != "always")
