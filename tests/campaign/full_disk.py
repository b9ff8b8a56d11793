"""Part 3: a disk that is full at each write in turn, folders that cannot be written or go away."""

import ctypes
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from random_weights import write_random_weights
from stick_people import write_dataset
from tiny_video import corners, write_video
from walker import table, walker

from campaign.forked import Outcome, in_child
from campaign.mutants import Tally
from campaign.readers import run_command
from core.tracks.csv_long import write_track_csv

FORMATS = (
    *("csv", "csv-wide", "csv-very-long", "parquet", "coco", "openpose", "posetrack"),
    *("motchallenge", "dlc-csv", "dlc-h5", "sleap-csv", "sleap-h5", "trc-kinovea", "mot-opensim"),
    "c3d",
)
WAYS = ("closed", "output gone", "input gone")
_OVER_FILES = 0b1110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
_LIMIT_S = 180.0  # for a whole command on a busy machine
RECIPE = """model: n6
epochs: 1
steps: 1
batch: 2
sizes: [64]
validation_size: 64
precision: float32
device: cpu
workers: 0
"""


@dataclass(frozen=True, slots=True)
class Sources:
    """What the commands write results of; on a disk with room."""

    clip: Path
    tracks: Path
    weights: Path
    labels: Path
    recipe: Path

    @classmethod
    def made(cls, folder: Path) -> "Sources":
        """In a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        clip = write_video(folder / "clip.mp4", [corners(seed=index) for index in range(40)])
        times_s = np.arange(60) / 25
        tracks = folder / "tracks.csv"
        write_track_csv(tracks, table({1: walker(times_s)[0]}, times_s))
        recipe = folder / "tiny.yaml"
        recipe.write_text(RECIPE)
        weights = write_random_weights(folder / "random.safetensors")
        return cls(clip, tracks, weights, write_dataset(folder / "data", 4, 64), recipe)


def commands(have: Sources) -> dict[str, list[str]]:
    """Every command that writes results, without its `--output`."""
    fast = ["--model", str(have.weights), "--engine", "torch"]
    fast += ["--set", "estimator.size=64", "--set", "estimator.threads=1"]
    found = {
        "process": ["process", str(have.clip), "--video", "--keep-poses", *fast],
        "measure": ["measure", str(have.tracks)],
        "report": ["report", str(have.tracks)],
        "pack": ["pack", str(have.labels), "OUT"],
        "train": ["train", str(have.recipe), "--data", str(have.labels)],
    }
    found["train"] += ["--validation", str(have.labels)]
    for name in FORMATS:
        found[f"convert {name}"] = ["convert", str(have.tracks), "--format", name]
    return found


def run_full(count: int, folder: Path) -> Tally:
    """Each command with `count` sizes of the largest file that may be, up to what it needs."""
    have = Sources.made(folder / "sources")
    tally = Tally()
    for name, command in commands(have).items():
        whole = folder / "whole" / name
        outcome = in_child(partial(_run, command, whole), _LIMIT_S)
        tally.add(f"{name} with room", outcome)
        largest = max((p.stat().st_size for p in whole.rglob("*") if p.is_file()), default=0)
        for step in range(count):
            limit = largest * step // count
            out = folder / "out"
            shutil.rmtree(out, ignore_errors=True)
            work = partial(_within, limit, command, out)
            tally.add(f"{name} in files of {limit} bytes", _tried(work, out, whole))
    return tally


def run_small_disk(count: int, folder: Path) -> Tally:
    """Each command on a tmpfs of `count` sizes; nothing where mounting is refused."""
    have = Sources.made(folder / "sources")
    tally = Tally()
    for name, command in commands(have).items():
        whole = folder / "whole" / name
        if not whole.exists():
            in_child(partial(_run, command, whole), _LIMIT_S)
        needed = sum(p.stat().st_size + 4096 for p in whole.rglob("*") if p.is_file())
        for step in range(count):
            pages = 1 + needed * step // count // 4096
            with _tmpfs(folder / "small", pages * 4096) as disk:
                if disk is None:
                    return tally
                out = disk / "out"
                work = partial(_run, command, out)
                tally.add(f"{name} on {pages} pages", _tried(work, out, whole))
    return tally


def run_gone(count: int, folder: Path) -> Tally:
    """Each command into a file, a folder that cannot be written, and one that goes away."""
    have = Sources.made(folder / "sources")
    tally = Tally()
    for name, command in commands(have).items():
        file = folder / "file"
        file.write_text("mine")
        outcome = in_child(partial(_run, command, file / "out"), _LIMIT_S)
        if file.read_text() != "mine":
            outcome = Outcome("found", "a file was replaced by a folder")
        tally.add(f"{name} below a file", _refused(outcome))
        nowhere = partial(_run, command, Path("/proc/self/out"))
        tally.add(f"{name} into /proc", _refused(in_child(nowhere, _LIMIT_S)))
    return tally


def run_midway(count: int, folder: Path) -> Tally:
    """Each command as somebody whose folder is closed, or whose files vanish, while it works.

    Root gives up its power over files for it.
    """
    have, tally = Sources.made(folder / "sources"), Tally()
    for name, command in commands(have).items():
        for number in range(count):
            for way in WAYS:
                out = folder / "midway" / "out"
                shutil.rmtree(out.parent, ignore_errors=True)
                own = out.parent / "sources"
                shutil.copytree(have.clip.parent, own)
                words = [word.replace(str(have.clip.parent), str(own)) for word in command]
                out.mkdir()
                delay_s = random.Random(f"{name} {number} {way}").uniform(0.05, 2.0)
                helper = _later(delay_s, way, out, own)
                outcome = in_child(partial(_without_powers, words, out), _LIMIT_S)
                os.kill(helper, signal.SIGKILL)
                os.waitpid(helper, 0)
                if out.exists():
                    out.chmod(0o755)
                tally.add(f"{name}, {way} after {delay_s:.2f} s", outcome)
    return tally


def _later(delay_s: float, way: str, out: Path, own: Path) -> int:
    """Another process that does it."""
    helper = os.fork()
    if helper == 0:
        time.sleep(delay_s)
        if way == "closed":
            out.chmod(0o555)
        else:
            shutil.rmtree(out if way == "output gone" else own, ignore_errors=True)
        time.sleep(2 * _LIMIT_S)
        os._exit(0)
    return helper


def _without_powers(command: Sequence[str], out: Path) -> None:
    _load_all(command)
    os.environ["XDG_CACHE_HOME"] = str(out.parent / "cache")
    os.chdir(out.parent)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # of capset(2): its version, this process
    powers = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None)
    assert libc.capget(header, powers) == 0
    for place in range(3):  # effective, permitted, inheritable
        powers[place] &= ~_OVER_FILES
    assert libc.capset(header, powers) == 0
    _run(command, out)


def _run(command: Sequence[str], out: Path) -> None:
    if "OUT" in command:
        run_command([str(out) if word == "OUT" else word for word in command])
    else:
        run_command([*command, "--output", str(out)])


def _within(limit: int, command: Sequence[str], out: Path) -> None:
    """With files of no more than so many bytes: as a full disk, at each write in turn."""
    _load_all(command)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    _run(command, out)


def _load_all(command: Sequence[str]) -> None:
    """What a command imports may write caches of its own."""
    from importlib import import_module

    import_module(f"app.commands.{command[0]}")
    if command[0] == "train":
        import_module("torch._dynamo")  # wants a folder for temporary files
        import_module("torch.utils.tensorboard")


def _tried(work: Callable[[], None], out: Path, whole: Path) -> Outcome:
    """What became of a command; whatever has its final name is whole."""
    outcome = in_child(work, _LIMIT_S)
    if outcome.result == "found":
        return outcome
    for path in out.rglob("*") if out.exists() else ():
        relative = path.relative_to(out)
        final = path.is_file() and not any(part.endswith(".part") for part in relative.parts)
        if not final or path.name.startswith((".", "events.out")):
            continue
        other = whole / relative
        if other.exists() and path.stat().st_size < 0.9 * other.stat().st_size:
            return Outcome("found", f"{path.name} is not whole and has its final name")
    return outcome


def _refused(outcome: Outcome) -> Outcome:
    return outcome if outcome.result != "good" else Outcome("found", "said to be good")


@contextmanager
def _tmpfs(place: Path, size_bytes: int) -> Iterator[Path | None]:
    place.mkdir(parents=True, exist_ok=True)
    how = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(how, check=False, capture_output=True).returncode:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


PARTS: dict[str, Callable[[int, Path], Tally]] = {
    "largest file": run_full,
    "small disk": run_small_disk,
    "no folder": run_gone,
    "midway": run_midway,
}
