"""`python -m app label TRACKS.csv`: frames of a clip as pictures with labels to be corrected."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from app.results.clip_results import (
    recorded_capture,
    recorded_clip,
)
from app.results.ownership import Outputs, check_free, remember
from core.errors import SettingsError, SourceError, TableError
from core.part_file import PartFile, make_folder, write_whole
from core.skeleton import COCO_17
from core.tracks.csv_long import read_track_csv
from core.tracks.edits.csv_rows import read_corrected
from core.tracks.formats.coco_labels import coco_labels, frames_corrected, write_picture
from core.tracks.formats.label_files import LABEL_FORMATS, planned_labels
from core.tracks.improve.facts import frame_facts, look_of
from core.tracks.improve.proposals import proposed, to_look_at
from core.tracks.table import NOBODY, TrackTable
from core.video.seek import Seekable, open_seekable
from core.video.source import local_path

LABELS = "people.json"
_TIME_TOLERANCE_S = 0.005  # tables hold rounded times


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("tracks", type=Path, help="CSV of tracks")
    parser.add_argument("--clip", help="their recording (the one named in the record beside them)")
    parser.add_argument("--count", type=int, default=20, help="how many frames (20)")
    parser.add_argument(
        "--random",
        type=int,
        metavar="N",
        help="how many of them are drawn at random, to measure by (a quarter)",
    )
    parser.add_argument(
        "--frames",
        type=lambda text: [int(word) for word in text.split(",")],
        metavar="N,N,...",
        help="these frames, instead of those that are proposed",
    )
    parser.add_argument(
        "--corrected",
        action="store_true",
        help="frames that a person corrected in the window, instead of those that are proposed",
    )
    parser.add_argument(
        "--format",
        action="append",
        default=[],
        choices=LABEL_FORMATS,
        metavar="NAME",
        help=f"also for other tools: {', '.join(LABEL_FORMATS)}; may be repeated",
    )
    parser.add_argument("--output", type=Path, help="folder to make (NAME.labels beside them)")


def run(arguments: argparse.Namespace) -> int:
    """Write pictures and labels of some frames; returns the exit code."""
    if arguments.count < 1:
        raise SettingsError(f"--count must be at least 1, got {arguments.count}")
    if arguments.random is not None and not 0 <= arguments.random <= arguments.count:
        raise SettingsError(
            f"--random must be from 0 to --count ({arguments.count}), got {arguments.random}"
        )
    table = read_track_csv(arguments.tracks, COCO_17)
    cure = "name that one with --clip"
    clip = local_path(arguments.clip or recorded_clip(arguments.tracks, cure))
    if not clip:
        raise SourceError(
            f"{arguments.tracks}: no record beside it names the recording; name it with --clip"
        )
    folder = arguments.output or arguments.tracks.with_suffix(".labels")
    labels = folder / LABELS
    if labels.exists():
        raise TableError(f"{labels}: is there already, perhaps corrected; name another --output")
    corrected = read_corrected(arguments.tracks)
    if arguments.corrected and not corrected:
        raise TableError(
            f"{arguments.tracks}: nobody corrected keypoints in it; export it from the window, "
            "or make it with --edits"
        )
    if not (table.ids != NOBODY).any():
        raise TableError(f"{arguments.tracks}: has nobody in it, so there is nothing to correct")
    with open_seekable(clip, recorded_capture(arguments.tracks), exact=True) as recording:
        whys = _chosen(arguments, table, corrected, recording, clip)
        frames = sorted(whys)
        names = tuple(f"{frame:06d}.jpg" for frame in frames)
        forms = tuple(dict.fromkeys(arguments.format))
        others = [name for form in forms for name in planned_labels(form, names)]
        outputs = Outputs(folder, LABELS, str(arguments.tracks), (*names, *others))
        check_free(outputs, overwrite=False)
        make_folder(folder)
        remember(outputs)
        pictures: dict[int, tuple[str, tuple[int, int]]] = {}
        for frame in tqdm(frames, "pictures", unit="picture", leave=False):
            pictures[frame] = write_picture(folder, frame, recording.frame(frame).rgb)
    content = coco_labels(table, pictures, corrected, whys)
    write_whole(labels, json.dumps(content) + "\n")
    for form in forms:
        for name, text in LABEL_FORMATS[form](content):
            with PartFile(folder / name) as file:
                file.write(text.encode() if isinstance(text, str) else text)
    people = len(content["annotations"])
    print(f"{labels}: {len(pictures)} pictures, {people} people to correct")
    drawn = sum(why == "random" for why in whys.values())
    if drawn:
        print(f"{drawn} were drawn at random: correct them as well, they measure and do not teach")
    return 0


def _chosen(
    arguments: argparse.Namespace,
    table: TrackTable,
    corrected: Mapping[tuple[int, int], Sequence[str]],
    recording: Seekable,
    clip: str,
) -> dict[int, str]:
    """The frames that become pictures, each with why it is proposed; "" where it was asked for.

    Raises SourceError, TableError.
    """
    if arguments.frames or arguments.corrected:
        asked = arguments.frames or frames_corrected(corrected, arguments.count)
        _check_match(table, asked, recording, clip)
        return dict.fromkeys(asked, "")
    facts = frame_facts(table)
    candidates = to_look_at(facts)
    _check_match(table, candidates, recording, clip)
    looks = {
        frame: look_of(recording.frame(frame).rgb)
        for frame in tqdm(candidates, "looking", unit="frame", leave=False)
    }
    proposals = proposed(facts, looks, arguments.count, arguments.random)
    return {proposal.frame: proposal.why for proposal in proposals}


def _check_match(table: TrackTable, frames: Sequence[int], recording: Seekable, clip: str) -> None:
    """Raises SourceError where the recording is not the one that the tracks were made of."""
    for frame in frames:
        times_s = table.times_s[table.frames == frame]
        if len(times_s) == 0:
            raise TableError(f"frame {frame} is not in the tracks")
        if frame >= len(recording) or (
            abs(recording.times_s[frame] - times_s[0]) > _TIME_TOLERANCE_S
        ):
            raise SourceError(
                f"{clip}: frame {frame} is not at {times_s[0]:.3f} s, as it is in the tracks; "
                "name the recording that they were made of with --clip"
            )
