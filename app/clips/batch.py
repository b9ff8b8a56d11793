"""Many clips: jobs that a process or a machine can do alone, and what became of each."""

import multiprocessing
import signal
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from app.clips.analysis import frames_ahead, network_settings
from app.clips.clip import ClipRun, OnProgress
from app.exit_codes import GOOD, NOTHING, PARTLY
from app.options.edits import Corrections
from app.results.clip_results import ClipResults
from app.results.format_files import write_format
from app.results.provenance import model_record
from app.settings import AppSettings
from core.errors import UserError
from core.machine import keep_memory_small
from core.model.estimator import load_estimator
from core.part_file import make_folder, write_whole
from core.run.region import RegionEstimator
from core.secrets import hide_secrets
from core.tracks.csv_long import read_track_csv
from core.tracks.formats.people import Clip
from core.tracks.formats.registry import Export

MOST_ATTEMPTS = 3  # of a clip whose worker dies


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How every clip of a run is processed."""

    settings: AppSettings
    video: bool = False
    resume: bool = False
    keep_poses: bool = False
    online: bool = False  # without the second pass that joins tracks
    formats: tuple[str, ...] = ()
    corrections: Corrections | None = None


@dataclass(frozen=True, slots=True)
class ClipJob:
    """One clip."""

    how: RunSettings
    results: ClipResults


@dataclass(frozen=True, slots=True)
class ClipOutcome:
    """What became of a clip. `message` is its warning or error, or empty."""

    name: str
    code: int
    result: str  # done, in part, failed, skipped
    frames: int = 0
    people: int = 0
    seconds: float = 0.0
    replayed: int = 0  # frames that a stopped run had done
    message: str = ""
    paths: tuple[Path, ...] = ()
    losses: tuple[str, ...] = ()  # what other formats cannot hold, one sentence each


def make_run(how: RunSettings, workers: int | None = None) -> ClipRun:
    """Load the network and say what runs it. Raises ModelError.

    `workers` says how many frames are estimated at once; then nothing is said.
    """
    settings = how.settings
    if how.online:
        settings = replace(settings, tracker=replace(settings.tracker, second_pass=False))
    keep_memory_small()
    wanted = network_settings(settings).estimator
    network = load_estimator(settings.weights, wanted, _say if workers is None else None)
    return ClipRun(
        settings=settings,
        estimator=RegionEstimator(network, settings.region),
        model=model_record(settings, getattr(network, "licence", None)),
        skeleton=network.skeleton,
        video=how.video,
        resume=how.resume,
        keep_poses=how.keep_poses,
        workers=workers or frames_ahead(network),
        corrections=how.corrections,
    )


def _say(line: str) -> None:
    print(line, flush=True)


def work(job: ClipJob, clip_run: ClipRun, progress: OnProgress) -> ClipOutcome:
    """Process one clip; a fault of the clip's is an outcome, so the others are left alone."""
    results = job.results
    started = time.perf_counter()
    try:
        if clip_run.resume and clip_run.is_done(results):
            paths, losses = write_formats(results, job.how.formats)
            return ClipOutcome(results.name, GOOD, "skipped", paths=paths, losses=losses)
        report = clip_run.process(results, progress)
        others, losses = write_formats(results, job.how.formats)
        losses = (*losses, *([report.lost_edits] if report.lost_edits else []))
        paths = (results.csv, *((results.video,) if clip_run.video else ()), *others)
    except UserError as error:
        seconds = time.perf_counter() - started
        return ClipOutcome(results.name, NOTHING, "failed", seconds=seconds, message=str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other clips are not to blame
        return surprise(job, error, time.perf_counter() - started)
    return ClipOutcome(
        results.name,
        GOOD if report.warning is None else PARTLY,
        "done" if report.warning is None else "in part",
        report.frames,
        report.people,
        time.perf_counter() - started,
        report.replayed,
        report.warning or "",
        paths,
        losses,
    )


def surprise(job: ClipJob, error: BaseException, seconds: float = 0.0) -> ClipOutcome:
    """The outcome of a clip at which the program itself failed; how is in a file beside it."""
    results = job.results
    what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    trace = "".join(traceback.format_exception(error))
    told = f"{results.source}: could not be processed ({what})"
    try:
        make_folder(results.folder)
        write_whole(results.error_log, hide_secrets(f"{told}\n\n{trace}"))
        told += f"; details are in {results.error_log}"
    except (OSError, ValueError, UserError):
        told += "; the details could not be written"
    message = hide_secrets(told)
    return ClipOutcome(results.name, PARTLY, "failed", seconds=seconds, message=message)


def write_formats(
    results: ClipResults, formats: Sequence[str]
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Write a finished table in other formats beside it. -> files, and what they cannot hold

    Raises OutputError and TableError.
    """
    if not formats:
        return (), ()
    clip = Clip(results.name, results.source)
    job = Export(read_track_csv(results.csv), results.folder, clip)
    written = [write_format(name, job, results.csv) for name in formats]
    return (
        tuple(path for paths, _ in written for path in paths),
        tuple(loss for _, losses in written for loss in losses),
    )


def work_alone(job: ClipJob) -> ClipOutcome:
    """`work` in a process of its own, which loads the network once. Raises ModelError."""
    try:
        clip_run = _run_of_process(job.how)
    except UserError:
        raise  # no clip can be processed then
    except Exception as error:  # noqa: BLE001 - a traceback is for the log, not for the terminal
        return surprise(job, error)
    return work(job, clip_run, lambda *_: None)


@lru_cache(maxsize=1)
def _run_of_process(how: RunSettings) -> ClipRun:
    return make_run(how, workers=1)


def run_workers(jobs: Sequence[ClipJob], workers: int) -> Iterator[ClipOutcome]:
    """Outcomes as clips end, from several processes; clips of a killed one are done again."""
    left = {job.results.name: job for job in jobs}
    losses = 0
    while left:
        before = len(left)
        with _pool(min(workers, len(left))) as pool:
            with uninterrupted():
                futures = {pool.submit(work_alone, job): job for job in left.values()}
            try:
                for future in as_completed(futures):
                    job = futures[future]
                    outcome = _outcome_of(future, job)
                    del left[job.results.name]
                    yield outcome
            except BrokenProcessPool:
                losses = losses + 1 if len(left) == before else 1
        if losses >= MOST_ATTEMPTS:
            yield from (lost(job) for job in left.values())
            return
        left = {name: again(job) for name, job in left.items()}


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end at once, with their clips, where what is done with them fails."""
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")  # forked CUDA and OpenMP do not work
    with ProcessPoolExecutor(workers, context) as pool:
        try:
            yield pool
        except BaseException:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            # Waits: the interpreter's own clean-up trips over a pool that is only half down.
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Processes that start within this never see Ctrl-C, not even while they import."""
    if not hasattr(signal, "pthread_sigmask"):
        yield  # Windows has no such masks
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _outcome_of(future: Future[ClipOutcome], job: ClipJob) -> ClipOutcome:
    """Raises UserError for what concerns all clips, and BrokenProcessPool."""
    try:
        return future.result()
    except (UserError, BrokenProcessPool):
        raise
    except Exception as error:  # noqa: BLE001 - one that could not travel back, for example
        return surprise(job, error)


def again(job: ClipJob) -> ClipJob:
    """The job after its worker died: it goes on where the log of poses ends."""
    return replace(job, how=replace(job.how, resume=True))


def lost(job: ClipJob) -> ClipOutcome:
    """A clip whose worker died every time."""
    source = hide_secrets(job.results.source)
    message = f"{source}: its worker was killed {MOST_ATTEMPTS} times; is memory short?"
    return ClipOutcome(job.results.name, NOTHING, "failed", message=message)


def exit_code(outcomes: Sequence[ClipOutcome]) -> int:
    """0 all good, 3 some only in part, 2 none."""
    if all(outcome.code == NOTHING for outcome in outcomes):
        return NOTHING
    return GOOD if all(outcome.code == GOOD for outcome in outcomes) else PARTLY


def summary(outcomes: Sequence[ClipOutcome]) -> str:
    """A table of all clips, in the order of their names, and a line of totals."""
    rows = [("clip", "frames", "people", "seconds", "result")]
    for outcome in sorted(outcomes, key=lambda outcome: outcome.name):
        known = outcome.result in ("done", "in part")
        rows.append(
            (
                outcome.name,
                str(outcome.frames) if known else "",
                str(outcome.people) if known else "",
                f"{outcome.seconds:.1f}" if known else "",
                outcome.result,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        f"{row[0]:<{widths[0]}}  "
        + "  ".join(f"{cell:>{width}}" for cell, width in zip(row[1:4], widths[1:4], strict=True))
        + f"  {row[4]}"
        for row in rows
    ]
    counts = {
        kind: sum(outcome.result == kind for outcome in outcomes)
        for kind in ("done", "in part", "skipped", "failed")
    }
    totals = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    return "\n".join((*lines, f"{len(outcomes)} clips: {totals}"))
