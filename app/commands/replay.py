"""`python -m app replay CLIP.poses`: track and export kept poses again, without the network."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from app.clips.analysis import analysis_of
from app.clips.batch import write_formats
from app.clips.second_pass import ClipTracks, write_table
from app.exit_codes import GOOD, PARTLY
from app.one_by_one import one_by_one
from app.options.edits import add_edits_argument, corrections_of
from app.results.clip_results import ClipResults
from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_all_free, remember
from app.settings import AppSettings, add_settings_arguments, settings_of
from core.errors import TableError
from core.part_file import is_there, make_folder
from core.run.pose_file import PoseFile
from core.run.recorded import Analysis, Recorded, first_pass, second_pass
from core.tracks.formats.registry import FORMATS, planned
from core.tracks.track_index import TrackIndex
from core.video.source import is_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "poses",
        type=Path,
        nargs="+",
        help="what `process --keep-poses` left, CLIP.poses, or what the window keeps",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the folder for the results"
    )
    parser.add_argument(
        "--format",
        action="append",
        default=[],
        choices=FORMATS,
        metavar="NAME",
        help="also in this format of `convert`; may be repeated",
    )
    parser.add_argument(
        "--online", action="store_true", help="without the second pass that joins tracks"
    )
    parser.add_argument(
        "--confidence", type=float, help="people with a lower score than this are left out"
    )
    add_edits_argument(parser)
    add_overwrite_argument(parser)
    add_settings_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write tables of tracks; the same poses and settings give the same bytes.

    3 where frames are missing in the middle.
    """
    settings = settings_of(arguments)
    if arguments.online:
        settings = replace(settings, tracker=replace(settings.tracker, second_pass=False))
    corrections = corrections_of(arguments, arguments.poses)
    planned_files = [_outputs(path, arguments) for path in arguments.poses]
    check_all_free(planned_files, arguments.overwrite)
    make_folder(arguments.output)
    outputs_of = dict(zip(arguments.poses, planned_files, strict=True))

    def again(path: Path) -> int:
        outputs, code = outputs_of[path], GOOD
        kept = PoseFile.open(path)
        source = _source(path, kept)
        results = ClipResults(source or str(path), path.stem, arguments.output)
        analysis = _analysis(path, source, kept, settings)
        index = TrackIndex(analysis.skeleton)
        for _ in first_pass(analysis, Recorded(analysis, kept), kept, index):
            pass
        if index.frame_count == 0:
            raise TableError(f"{path}: holds no frames")
        joined = second_pass(analysis, index)
        edits = corrections.found_in(joined, kept) if corrections else ()
        tracks = ClipTracks(index.times_s, joined, kept, analysis.skeleton, edits)
        # Not its other formats, which are made of the table.
        remember(outputs, (results.csv.name,))
        write_table(results, tracks, settings, lambda *_: None)
        print(f"{results.csv}: {index.frame_count} frames")
        if index.frame_count < kept.frames_known:
            code = PARTLY
            print(
                f"warning: {path}: frame {index.frame_count} is not among the poses; what comes "
                "after it is left out",
                file=sys.stderr,
            )
        paths, losses = write_formats(results, arguments.format)
        for written in paths:
            print(written)
        lost = corrections.lost(edits) if corrections else ""
        for loss in (*losses, *([lost] if lost else [])):
            print(f"warning: {loss}", file=sys.stderr)
        return code

    return one_by_one(arguments.poses, again)


def _outputs(path: Path, arguments: argparse.Namespace) -> Outputs:
    files = (f"{path.stem}.csv", *planned(path.stem, arguments.format))
    return Outputs(arguments.output, path.stem, str(path), files)


def _source(path: Path, kept: PoseFile) -> str:
    """The clip that the poses are of, where it was or beside them; empty where it is gone."""
    recorded = Path(kept.of.source)
    places = (recorded, path.parent / recorded.name) if kept.of.source else ()
    return next((str(place) for place in places if is_there(place) or is_folder(place)), "")


def _analysis(path: Path, source: str, kept: PoseFile, settings: AppSettings) -> Analysis:
    """Without a network. Raises TableError where the clip's pictures are needed, and gone."""
    analysis = analysis_of(source, settings, None, kept.skeleton, photos=kept.of.photos)
    if analysis.looks(kept) and not source:
        people = analysis.looks_at_people and not kept.knows_looks
        clothes = "clothes" if settings.tracker.clothes else "reidentify"
        wish = clothes if people else "camera_flow"
        place = f"not found at {kept.of.source}" if kept.of.source else "not known"
        raise TableError(
            f"{path}: tracker.{wish} has to look at the clip itself, which is {place}; "
            f"put it beside the poses, or leave it out with --set tracker.{wish}=false"
        )
    return analysis
