"""Part 2: runs that are killed at random moments lose nothing, and go on to the same bytes."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from random_weights import write_random_weights
from stick_people import write_dataset
from tiny_video import corners, write_video

from campaign.forked import Outcome
from campaign.mutants import Tally
from core.errors import ModelError
from core.model.checkpoint import load_checkpoint

ROOT = Path(__file__).resolve().parents[2]
RATE_HZ = 25
FAST = ("--engine", "torch", "--set", "estimator.size=64", "--set", "estimator.threads=1")
RECIPE = """model: n6
epochs: 3
steps: 4
batch: 2
sizes: [64]
validation_size: 64
validation_every: 1
precision: float32
device: cpu
workers: 0
optimiser: {warmup_steps: 2}
"""


def run_process(count: int, folder: Path) -> Tally:
    """`process --video --keep-poses` of one clip."""
    clip, weights = small_clip(folder), random_weights(folder)
    command = ["process", str(clip), "--model", str(weights), "--video", "--keep-poses", *FAST]
    return killed_often(count, folder / "process", command, {"clip.csv", "clip.mp4", "clip.poses"})


def run_batch(count: int, folder: Path) -> Tally:
    """`process` of three clips with two workers; all its processes are killed at once."""
    clips = []
    for name in "abc":
        shutil.copy(small_clip(folder), folder / f"{name}.mp4")
        clips.append(str(folder / f"{name}.mp4"))
    command = ["process", *clips, "--model", str(random_weights(folder)), "--workers", "2", *FAST]
    names = {f"{name}.csv" for name in "abc"}
    return killed_often(count, folder / "batch", command, names, fork=False)


def run_train(count: int, folder: Path) -> Tally:
    """`train` on four pictures for three epochs."""
    folder.mkdir(parents=True, exist_ok=True)
    recipe, data = folder / "tiny.yaml", folder / "data"
    recipe.write_text(RECIPE)
    labels = str(write_dataset(data, 4, 64))
    command = ["train", str(recipe), "--data", labels, "--validation", labels]
    command += ["--cache", str(folder / "train-cache")]
    return killed_often(count, folder / "train", command, {"last.safetensors"})


def killed_often(
    count: int,
    folder: Path,
    command: Sequence[str],
    same: set[str],
    fork: bool = True,
    anew: str | None = None,
) -> Tally:
    """Kill a command `count` times, at times spread over a whole run, and let it go on.

    The files named in `same` must become those of the whole run. A command that has no
    `--resume` begins `anew`; that word is the name of its output in the folder of the run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / "whole"
    start = _forked if fork else _started
    begun = time.perf_counter()

    def output(run: Path) -> list[str]:
        return ["--output", str(run / anew if anew else run), *_run_of(command, run)]

    expected = end(start([*command, *output(whole)], folder / "log"))
    usual_s = time.perf_counter() - begun
    assert expected in (0, 3), (folder / "log").read_text()
    tally = Tally()
    for number in range(count):
        chance = random.Random(f"{command[0]} {number}")
        out = folder / f"{number}"
        child = start([*command, *output(out)], folder / "log")
        time.sleep(chance.uniform(0, 1.05 * usual_s))
        os.killpg(child, signal.SIGKILL) if not fork else os.kill(child, signal.SIGKILL)
        end(child)
        words = _judged(whole, out, same)
        if not words:
            can_go_on = command[0] != "train" or (out / "state.pt").exists()
            how = ["--overwrite"] if anew is not None else ["--resume"] * can_go_on
            code = end(start([*command, *output(out), *how], folder / "log"))
            words = (
                f"the second run ends with {code}"
                if code != expected
                else _judged(whole, out, same, ended=True)
            )
        tally.add(f"kill {number}", Outcome("found", words) if words else Outcome("good"))
        shutil.rmtree(out, ignore_errors=True)
    return tally


def _run_of(command: Sequence[str], out: Path) -> list[str]:
    return ["--run", str(out / "run")] if command[0] == "finetune" else []


def _judged(whole: Path, out: Path, same: set[str], ended: bool = False) -> str:
    """What is wrong with what a killed run left, or one that went on; empty for nothing."""
    there = {path.name for path in out.iterdir()} if out.exists() else set()
    if not ended and "last.safetensors" in there:  # of an earlier epoch, and whole
        try:
            load_checkpoint(out / "last.safetensors")
        except ModelError as error:
            return str(error)
        there.remove("last.safetensors")
    if ended and not same <= there:
        return f"missing at the end: {sorted(same - there)}"
    if ended and any(name.endswith(".part") for name in there):
        return "a .part is left at the end"
    for name in sorted(same & there):
        if (out / name).read_bytes() != (whole / name).read_bytes():
            # A run that goes on writes its tables anew; a video alone may be cut otherwise.
            return f"{name} has its final name and other bytes"
    return "" if ended else _lost(out)


def _lost(out: Path) -> str:
    """Whether rows of more than a second are missing of the frames that were looked at."""
    for table in out.glob("*.csv.part") if out.exists() else ():
        poses = table.with_name(table.name.replace(".csv.part", ".poses.part"))
        rows = table.read_bytes().split(b"\n")
        frames = {row.split(b",", 1)[0] for row in rows[1:-1]}
        if not poses.exists():
            continue
        from core.run.pose_file import PoseFile

        with PoseFile.open(poses) as kept:
            known = len(kept)
        if kept.frame_count is None and known - len(frames) > RATE_HZ:
            return f"{known} frames are known, {len(frames)} of them have rows"
    return ""


def _forked(command: Sequence[str], log: Path) -> int:
    """Run a command in a copy of this process, which has loaded everything already."""
    import app.commands.calibrate
    import app.commands.process
    import app.commands.reconstruct
    import app.commands.sync
    import app.teach.teaching  # noqa: F401
    import core.train.trainer  # noqa: F401

    child = os.fork()
    if child == 0:
        from app.__main__ import main

        code = 1
        try:
            said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(said, 1)
            os.dup2(said, 2)
            code = main(list(command))
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return child


def _started(command: Sequence[str], log: Path) -> int:
    """Run a command in a process and group of its own."""
    with log.open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "app", *command],
            cwd=ROOT,
            stdout=said,
            stderr=said,
            start_new_session=True,
        ).pid


def end(child: int) -> int:
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def small_clip(folder: Path) -> Path:
    path = folder / "clip.mp4"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_video(path, [corners(seed=index) for index in range(120)])
    return path


def random_weights(folder: Path) -> Path:
    path = folder / "random.safetensors"
    return path if path.exists() else write_random_weights(path)


PARTS: dict[str, Callable[[int, Path], Tally]] = {
    "kill process": run_process,
    "kill batch": run_batch,
    "kill train": run_train,
}
