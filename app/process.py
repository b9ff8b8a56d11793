"""Clips in, skeleton tracks and annotated videos out."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from app.clip import ClipReport, ClipRun
from app.provenance import model_record
from app.results import ClipResults, expand_sources, plan_results
from app.settings import (
    AppSettings,
    add_network_arguments,
    add_settings_arguments,
    settings_of,
)
from core.errors import SourceError
from core.model.engines.engine import core_count
from core.model.estimator import load_estimator
from core.part_file import make_folder
from core.region import RegionEstimator
from core.video.probe import SourceInfo

GOOD, NOTHING, PARTLY = 0, 2, 3  # exit codes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "clips",
        nargs="+",
        metavar="CLIP",
        help="a video, a folder of images, a pattern such as 'day1/*.mp4', or an address",
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
    add_network_arguments(parser)
    add_settings_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Process all clips: 0 all good, 3 some only in part, 2 none."""
    settings = settings_of(arguments)
    plans = plan_results(expand_sources(arguments.clips), arguments.output)
    clip_run = make_run(settings, arguments.video, arguments.resume, arguments.online)
    make_folder(arguments.output)
    codes = []
    for number, results in enumerate(plans, start=1):
        prefix = f"[{number}/{len(plans)}] " if len(plans) > 1 else ""
        codes.append(_process(clip_run, results, f"{prefix}{results.name}"))
    if all(code == NOTHING for code in codes):
        return NOTHING
    return GOOD if all(code == GOOD for code in codes) else PARTLY


def make_run(settings: AppSettings, video: bool, resume: bool, online: bool = False) -> ClipRun:
    """Load the network and say what runs it. Raises ModelError.

    On a processor each core estimates a frame of its own, which is faster than all at one frame.
    """
    model = model_record(settings)
    one_thread = replace(settings.estimator, threads=settings.estimator.threads or 1)
    network = load_estimator(settings.weights, one_thread, lambda line: print(line, flush=True))
    workers = max(1, core_count() // one_thread.threads) if network.device == "cpu" else 1
    estimator = RegionEstimator(network, settings.region)
    return ClipRun(settings, estimator, model, video, resume, online, workers)


def process_shown(clip_run: ClipRun, results: ClipResults, title: str) -> ClipReport:
    """Process a clip behind a progress bar. Raises SourceError and OutputError."""
    with ProgressBar(title) as bar:
        return clip_run.process(results, bar)


class ProgressBar:
    """Frames done, frames a second and the time of day at which the clip will be done."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, info: SourceInfo, frames: int) -> None:
        """Behind every frame."""
        if self._bar is None:
            self._bar = self._start(info)
        self._bar.update(frames - self._bar.n)

    def _start(self, info: SourceInfo) -> "tqdm[Any]":
        total = info.frame_count
        if total is None and info.duration_s and info.nominal_rate_hz:
            total = round(info.duration_s * info.nominal_rate_hz)
        known = "{percentage:3.0f}%|{bar}| {n}/{total} frames, {rate_fmt}, done at {eta:%H:%M:%S}"
        # Often on a terminal; now and then in a log file.
        interval_s = 0.5 if sys.stderr.isatty() else 30.0
        bar: tqdm[Any] = tqdm(
            desc=self._title,
            total=total,
            unit=" frames",
            mininterval=interval_s,
            maxinterval=interval_s,
            dynamic_ncols=True,
            delay=interval_s,
            bar_format="{desc}: " + (known if total else "{n} frames, {elapsed}, {rate_fmt}"),
        )
        return bar


def _process(clip_run: ClipRun, results: ClipResults, title: str) -> int:
    """One clip of several: a bad source leaves the others alone."""
    if clip_run.resume and clip_run.is_done(results):
        print(f"{title}: is done already")
        return GOOD
    try:
        report = process_shown(clip_run, results, title)
    except SourceError as error:
        print(f"error: {error}", file=sys.stderr)
        return NOTHING
    except KeyboardInterrupt:
        print(f"{title}: stopped; the same command with --resume goes on", file=sys.stderr)
        raise
    replayed = f" ({report.replayed} from the stopped run)" if report.replayed else ""
    print(f"{results.csv}: {report.frames} frames{replayed}, {report.people} people")
    if clip_run.video:
        print(results.video)
    if report.warning is not None:
        print(f"warning: {report.warning}", file=sys.stderr)
        return PARTLY
    return GOOD
