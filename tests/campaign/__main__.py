"""`python tests/campaign [--part NAME] [--count N]`: look for faults at length; one table."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a fork of a process with threads may hang
sys.path[:0] = [str(Path(__file__).resolve().parents[level]) for level in (1, 2)]

from campaign import files, full_disk, kills, kills_anew, long_clip, mutants, streams  # noqa: E402
from campaign.mutants import KINDS, Tally  # noqa: E402

KILLS = 100  # of all commands together
SHARES = {"kill process": 0.2, "kill batch": 0.05, "kill train": 0.15, "kill finetune": 0.05}
USUAL_SHARE = 0.11  # of the others
PARTS = ("mutants", "kills", "disk", "streams", "files", "long clip")
DEATHS = 100
LONG_MINUTES = 120
SIZES = 8  # of a disk, for every command


def main() -> int:
    """Run parts, print what they did and found; 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="python tests/campaign", description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="may be repeated (all)")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="of mutants (all)")
    commands = [*kills.PARTS, *kills_anew.MORE]
    parser.add_argument("--kill", action="append", choices=commands, help="of kills (all)")
    disks = list(full_disk.PARTS)
    parser.add_argument("--disk", action="append", choices=disks, help="of full disks (all)")
    parser.add_argument("--count", type=int, help="mutants or kills, all together (10000, 100)")
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant (0)")
    parser.add_argument("--folder", type=Path, help="where files that find something stay")
    parser.add_argument("--videos", type=Path, help="a folder of videos, for the part `files`")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="campaign-"))
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("SVT_LOG", "0")  # its encoder is talkative
    os.environ.setdefault("XDG_CACHE_HOME", str(folder / "cache"))
    print(_row("part", "tried", "good", "refused", "found", "seconds"), flush=True)
    parts, faults = options.part or PARTS, 0
    if "mutants" in parts:
        for name in options.kind or KINDS:
            count = max(1, round((options.count or 10_000) * KINDS[name].share))
            started = time.perf_counter()
            tally = mutants.run_kind(name, count, folder, options.first)
            faults += _tell(name, tally, started)
    if "kills" in parts:
        for name, run in (kills.PARTS | kills_anew.MORE).items():
            if options.kill and name not in options.kill:
                continue
            count = max(1, round((options.count or KILLS) * SHARES.get(name, USUAL_SHARE)))
            started = time.perf_counter()
            faults += _tell(name, run(count, folder / "kills"), started)
    if "disk" in parts:
        for name, run in full_disk.PARTS.items():
            if options.disk and name not in options.disk:
                continue
            started = time.perf_counter()
            faults += _tell(name, run(options.count or SIZES, folder / "disk"), started)
    if "streams" in parts:
        started = time.perf_counter()
        faults += _tell("streams", streams.run_deaths(options.count or DEATHS, folder), started)
    if "files" in parts and options.videos is not None:
        started = time.perf_counter()
        faults += _tell("files", files.run_files(options.count or 1000, options.videos), started)
    if "long clip" in parts:
        started = time.perf_counter()
        tally = long_clip.run_long(options.count or LONG_MINUTES, folder / "long")
        faults += _tell("long clip", tally, started)
    print(f"files are in {folder}" if faults else "nothing was found")
    return 1 if faults else 0


def _tell(name: str, tally: Tally, started: float) -> int:
    """Print the row of a part, and what it found; returns how often."""
    counts = tally.counts
    seconds = f"{time.perf_counter() - started:.0f}"
    cells = (counts.total(), counts["good"], counts["refused"], counts["found"], seconds)
    print(_row(name, *map(str, cells)), flush=True)
    for words, mutants_of in tally.found.items():
        print(f"    {len(mutants_of)} x {words}: {', '.join(mutants_of[:3])}", flush=True)
    return counts["found"]


def _row(name: str, *cells: str) -> str:
    return f"{name:<16}" + "".join(f"{cell:>9}" for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
