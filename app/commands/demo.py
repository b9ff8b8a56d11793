"""The sample clip through the whole chain, and how close the result is to its truth."""

import argparse
from pathlib import Path

from app.bundled import SAMPLE
from app.clips.batch import RunSettings, make_run
from app.progress_bar import ProgressBar
from app.results.clip_results import plan_results
from app.results.overwrite import add_overwrite_argument
from app.sample_truth import compare, load_truth
from app.settings import add_network_arguments, add_settings_arguments, settings_of
from core.part_file import make_folder
from core.tracks.csv_long import read_track_csv


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("demo"),
        metavar="DIR",
        help="the folder for the results (default: demo)",
    )
    parser.add_argument(
        "--cameras",
        action="store_true",
        help="the sample of four cameras instead: a board, clocks, skeletons in metres",
    )
    add_overwrite_argument(parser)
    add_network_arguments(parser)
    add_settings_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Process the clip, then print where the results are and how good they are."""
    if arguments.cameras:
        from app.space.cameras_demo import run_cameras_demo

        return run_cameras_demo(arguments.output, arguments.overwrite)
    (results,) = plan_results(
        [str(SAMPLE / "sample.mp4")], arguments.output, overwrite=arguments.overwrite
    )
    make_folder(arguments.output)
    clip_run = make_run(RunSettings(settings_of(arguments), video=True))
    with ProgressBar("sample") as bar:
        clip_run.process(results, bar)
    agreement = compare(read_track_csv(results.csv), load_truth(SAMPLE / "sample_truth.json"))
    print(results.csv.resolve())
    print(results.video.resolve())
    print(f"against the truth: {agreement}")
    return 0
