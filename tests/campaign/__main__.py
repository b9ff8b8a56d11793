"""`python tests/campaign [--part NAME] [--count N]`: look for faults at length; one table."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[level]) for level in (1, 2)]

from campaign.mutants import KINDS, run_kind  # noqa: E402


def main() -> int:
    """Run parts, print what they did and found; 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="python tests/campaign", description=__doc__)
    parser.add_argument("--part", action="append", choices=["mutants"], help="all by default")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="of mutants")
    parser.add_argument("--count", type=int, default=10_000, help="mutants of all kinds together")
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--folder", type=Path, help="where files that find something stay")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="campaign-"))
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("SVT_LOG", "0")  # its encoder is talkative
    os.environ.setdefault("XDG_CACHE_HOME", str(folder / "cache"))
    print(
        f"{'part':<22}{'tried':>7}{'good':>7}{'refused':>9}{'found':>7}{'seconds':>9}", flush=True
    )
    faults = 0
    for name in options.kind or KINDS:
        started = time.perf_counter()
        count = max(1, round(options.count * KINDS[name].share))
        tally = run_kind(name, count, folder, options.first)
        counts = tally.counts
        print(
            f"{name:<22}{counts.total():>7}{counts['good']:>7}{counts['refused']:>9}"
            f"{counts['found']:>7}{time.perf_counter() - started:>9.0f}",
            flush=True,
        )
        for words, mutants in tally.found.items():
            print(f"    {len(mutants)} x {words}: {', '.join(mutants[:3])}", flush=True)
        faults += counts["found"]
    print(f"files are in {folder}" if faults else "nothing was found")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
