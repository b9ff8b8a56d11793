"""Part 6: kept poses of a clip of hours are followed, joined and written as `replay` does it."""

import os
import time
from pathlib import Path

import numpy as np
from walker import walker

from app.analysis import analysis_of
from app.results import ClipResults
from app.second_pass import ClipTracks, write_table
from app.settings import AppSettings
from campaign.forked import Outcome
from campaign.mutants import Tally
from core.run.pose_file import PoseFile, PosesOf
from core.run.recorded import Recorded, first_pass, second_pass
from core.tracks.track_index import TrackIndex
from core.types import NO_PICTURE, CameraMotion, Frame, PoseBatch

RATE_HZ = 25
TENTHS = 10
MOST_MB_PER_H = 1.0  # beside the index of who is who; in less than hours its growth in steps shows
PERSON_BYTES, FRAME_BYTES = 36, 16  # of the index
SLOWER = 1.2  # the last tenth than the first


def run_long(count: int, folder: Path) -> Tally:
    """A clip of `count` minutes with two people who walk to and fro."""
    folder.mkdir(parents=True, exist_ok=True)
    path, frames = folder / "long.poses", count * 60 * RATE_HZ
    _write_poses(path, frames)
    spent_s, memory_mb, tally = [time.process_time()], [], Tally()
    with PoseFile.open(path) as kept:
        analysis, index = analysis_of("", AppSettings(), None, photos=False), TrackIndex()
        for done, _ in enumerate(first_pass(analysis, Recorded(analysis, kept), kept, index), 1):
            if done % (frames // TENTHS) == 0:
                spent_s.append(time.process_time())
                memory_mb.append(_memory_mb())
        joined = second_pass(analysis, index)
        results = ClipResults("", "long", folder)
        write_table(results, ClipTracks(index.times_s, joined, kept), AppSettings(), _tell_nobody)
    tenths_s = np.diff(spent_s)
    hours = np.arange(TENTHS) * count / 60 / TENTHS
    slope = float(np.polyfit(hours[2:], memory_mb[2:], 1)[0])
    indexed = (2 * PERSON_BYTES + FRAME_BYTES) * RATE_HZ * 3600 / 1e6
    ids = len(np.unique(joined.ids))
    words = (
        f"{frames} frames, first tenth {tenths_s[0]:.1f} s, last {tenths_s[-1]:.1f} s of the "
        f"processor, {slope:.1f} MB an hour of which {indexed:.1f} index, {ids} people"
    )
    print(f"    {words}", flush=True)
    good = tenths_s[-1] < SLOWER * tenths_s[0] and slope < indexed + MOST_MB_PER_H
    tally.add(f"{count} minutes", Outcome("good") if good else Outcome("found", words))
    return tally


def _write_poses(path: Path, frames: int) -> None:
    times_s = np.arange(20 * RATE_HZ) / RATE_HZ
    there = [walker(times_s, 200.0, speed_px_s=20.0, origin=(x, 300.0))[0] for x in (200.0, 900.0)]
    loops = [np.concatenate([points, points[::-1]]).astype(np.float32) for points in there]
    with PoseFile.create(path, PosesOf({})) as kept:
        for number in range(frames):
            points = np.stack([loop[number % len(loop)] for loop in loops])
            boxes = np.concatenate([points.min(1) - 10, points.max(1) + 10], axis=1)
            poses = PoseBatch(
                boxes, np.full(2, 0.9, np.float32), points, np.full((2, 17), 0.9, np.float32)
            )
            frame = Frame(number, number / RATE_HZ, 0, NO_PICTURE)
            kept.write(frame, poses, CameraMotion(None))
        kept.end(frames)


def _tell_nobody(what: str, done: int) -> None:
    """Progress that is not shown."""


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
