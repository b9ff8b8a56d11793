"""Clips in, skeleton tracks and annotated videos out."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from app.clips.batch import (
    ClipJob,
    ClipOutcome,
    RunSettings,
    exit_code,
    make_run,
    run_workers,
    summary,
    work,
)
from app.clips.clip import ClipRun
from app.exit_codes import GOOD, PARTLY
from app.options.edits import add_edits_argument, corrections_of
from app.progress_bar import ProgressBar
from app.results.clip_results import ClipResults, expand_sources, plan_results
from app.results.overwrite import add_overwrite_argument
from app.settings import add_network_arguments, add_settings_arguments, settings_of
from app.space.chain import check_cameras, to_space
from core.errors import SettingsError, one_line
from core.part_file import make_folder
from core.tracks.formats.registry import WITHOUT_SCALE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "clips",
        nargs="+",
        metavar="CLIP",
        help="a video, a folder of videos or images, a pattern such as 'day1/*.mp4', or an address",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the folder for the results"
    )
    parser.add_argument("--video", action="store_true", help="write annotated videos as well")
    parser.add_argument(
        "--resume", action="store_true", help="go on where a stopped run ended; skip what is done"
    )
    parser.add_argument(
        "--online",
        action="store_true",
        help="leave the tracks as a live view shows them, without the second pass that joins them",
    )
    parser.add_argument(
        "--format",
        action="append",
        default=[],
        choices=WITHOUT_SCALE,
        metavar="NAME",
        help="also in this format of `convert`; may be repeated",
    )
    parser.add_argument("--keep-poses", action="store_true", help="leave CLIP.poses for `replay`")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="clips at the same time (1)"
    )
    parser.add_argument(
        "--ray",
        nargs="?",
        const="auto",
        metavar="ADDRESS",
        help="on a running Ray cluster; folders must be shared by its machines",
    )
    add_edits_argument(parser)
    add_overwrite_argument(parser)
    parser.add_argument(
        "--slow-motion",
        type=float,
        metavar="TIMES",
        help="the clip shows everything so many times slower than it was; sets capture.time_scale",
    )
    parser.add_argument(
        "--calibration",
        type=Path,
        metavar="FILE",
        help="one clip a camera: set their clocks, and make skeletons in space (`reconstruct`)",
    )
    parser.add_argument("--sync", type=Path, metavar="FILE", help="their clocks, where known")
    add_network_arguments(parser)
    add_settings_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Process all clips: 0 all good, 3 some only in part, 2 none."""
    if arguments.workers < 1:
        raise SettingsError(f"--workers {arguments.workers}: expected at least 1")
    sources = expand_sources(arguments.clips)
    how = RunSettings(
        settings_of(arguments, as_taught=True),
        video=arguments.video,
        resume=arguments.resume,
        keep_poses=arguments.keep_poses,
        online=arguments.online,
        formats=tuple(dict.fromkeys(arguments.format)),
        corrections=corrections_of(arguments, sources),
    )
    plans = plan_results(
        sources,
        arguments.output,
        video=how.video,
        poses=how.keep_poses,
        formats=how.formats,
        overwrite=arguments.overwrite,
    )
    if arguments.calibration is not None:
        names = [plan.name for plan in plans]
        check_cameras(arguments.calibration, sources, names, how.settings.capture)
    elif arguments.sync is not None:
        raise SettingsError("--sync: is of cameras; give their --calibration as well")
    make_folder(arguments.output)
    jobs = [ClipJob(how, plan.absolute() if arguments.ray else plan) for plan in plans]
    outcomes = []
    for outcome in _outcomes(jobs, how, arguments):
        _tell(outcome)
        outcomes.append(outcome)
    if len(outcomes) > 1:
        print(summary(outcomes))
    code = exit_code(outcomes)
    if arguments.calibration is not None:
        return _in_space(plans, code, arguments)
    return code


def _in_space(plans: Sequence[ClipResults], code: int, arguments: argparse.Namespace) -> int:
    """The tracks are there whatever becomes of the skeletons: without those it is partly done."""
    missing = [plan.csv.name for plan in plans if not plan.csv.is_file()]
    if missing:
        print(f"error: no skeletons in space without {', '.join(missing)}", file=sys.stderr)
        return code
    more = [f"--{name}" for name in ("video", "overwrite") if getattr(arguments, name)]
    if arguments.video:
        more += ["--settings", str(arguments.settings)] if arguments.settings else []
        compressed = (change for change in arguments.set if change.startswith("encode."))
        more += [word for change in compressed for word in ("--set", change)]
    tracks = [plan.csv for plan in plans]
    made = to_space(tracks, arguments.calibration, arguments.sync, arguments.output, more)
    return code if made == GOOD else PARTLY


def _outcomes(
    jobs: list[ClipJob], how: RunSettings, arguments: argparse.Namespace
) -> Iterator[ClipOutcome]:
    """As clips end: here with a bar each, or from workers with one bar for all."""
    if arguments.ray is not None:
        from app.clips.ray_batch import run_on_ray

        yield from tqdm(run_on_ray(jobs, arguments.ray), total=len(jobs), unit=" clips")
    elif arguments.workers > 1 and len(jobs) > 1:
        yield from tqdm(run_workers(jobs, arguments.workers), total=len(jobs), unit=" clips")
    else:
        clip_run = make_run(how)
        for number, job in enumerate(jobs, start=1):
            prefix = f"[{number}/{len(jobs)}] " if len(jobs) > 1 else ""
            yield _work_shown(job, clip_run, f"{prefix}{job.results.name}")


def _work_shown(job: ClipJob, clip_run: ClipRun, title: str) -> ClipOutcome:
    try:
        with ProgressBar(title) as bar:
            return work(job, clip_run, bar)
    except KeyboardInterrupt:
        print(f"{title}: stopped; the same command with --resume goes on", file=sys.stderr)
        raise


def _tell(outcome: ClipOutcome) -> None:
    """What came of a clip, as soon as it is known."""
    if outcome.result == "failed":
        tqdm.write(one_line(f"error: {outcome.message}"), file=sys.stderr)
        return
    if outcome.result == "skipped":
        tqdm.write(one_line(f"{outcome.name}: is done already"))
    else:
        replayed = f" ({outcome.replayed} from the stopped run)" if outcome.replayed else ""
        facts = f"{outcome.frames} frames{replayed}, {outcome.people} people"
        tqdm.write(one_line(f"{outcome.paths[0]}: {facts}"))
    for path in outcome.paths[0 if outcome.result == "skipped" else 1 :]:
        tqdm.write(one_line(str(path)))
    for loss in outcome.losses:
        tqdm.write(one_line(f"warning: {loss}"), file=sys.stderr)
    if outcome.message:
        tqdm.write(f"warning: {outcome.message}", file=sys.stderr)
