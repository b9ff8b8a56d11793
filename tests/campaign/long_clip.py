"""Part 6: a clip of hours goes the way of `process`, and its kept poses that of `replay`."""

import ctypes
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from tiny_video import corners
from walker import walker

from app.clips.analysis import analysis_of
from app.clips.clip import ClipRun
from app.clips.second_pass import ClipTracks, write_table
from app.results.clip_results import ClipResults
from app.settings import AppSettings
from campaign.forked import Outcome
from campaign.mutants import Tally
from core.machine import keep_memory_small
from core.run.pose_file import PoseFile
from core.run.recorded import Recorded, first_pass, second_pass
from core.skeleton import COCO_17
from core.tracks.track_index import TrackIndex
from core.types import FloatArray, Frame, PoseBatch

RATE_HZ = 25
WIDTH, HEIGHT = 64, 48  # px
LOOP_S = 20
TENTHS = 10
WARM_UP = 2  # tenths
MOST_MB_PER_H = 1.0  # beside what must grow
# Of who is who, for each person and frame, and for each frame; of where a frame's poses are, and
# of its time.
PERSON_BYTES, FRAME_BYTES, KEPT_BYTES, TIME_BYTES = 37, 16, 9, 8
SMALL_PAGES = 41  # PR_SET_THP_DISABLE of prctl(2): others come in steps of 2 MB
SLOWER = 1.2  # the last tenth than the first


@dataclass(slots=True)
class Watch:
    """What the tenths of a pass take, looked at after each of `frames`."""

    frames: int
    spent_s: list[float] = field(default_factory=lambda: [time.process_time()])
    memory_mb: list[float] = field(default_factory=list)

    def look(self, done: int) -> None:
        """After the frame with that many done."""
        if done % (self.frames // TENTHS) == 0 and len(self.memory_mb) < TENTHS:
            self.spent_s.append(time.process_time())
            self.memory_mb.append(_memory_mb())

    def outcome(self, name: str, due_bytes: int) -> Outcome:
        """Good where it stays as fast, and no more than `due_bytes` a frame come to stay."""
        tenths_s = np.diff(self.spent_s)
        hours = np.arange(len(self.memory_mb)) * self.frames / TENTHS / RATE_HZ / 3600
        slope = float(np.polyfit(hours[WARM_UP:], self.memory_mb[WARM_UP:], 1)[0])
        due = due_bytes * RATE_HZ * 3600 / 1e6
        words = (
            f"{name}: {self.frames} frames, first tenth {tenths_s[0]:.1f} s, last "
            f"{tenths_s[-1]:.1f} s of the processor; {self.memory_mb[-1]:.0f} MB at the end, "
            f"{slope:.2f} MB an hour more, {due:.2f} of them due ({due_bytes} bytes a frame)"
        )
        print(f"    {words}", flush=True)
        good = tenths_s[-1] < SLOWER * tenths_s[0] and slope < due + MOST_MB_PER_H
        return Outcome("good") if good else Outcome("found", words)


class Walkers:
    """Two people who walk to and fro, in place of a network."""

    def __init__(self) -> None:
        times_s = np.arange(LOOP_S * RATE_HZ // 2) / RATE_HZ
        there = [
            walker(times_s, 24.0, speed_px_s=1.5, origin=(x, 26.0))[0].astype(np.float32)
            for x in (10.0, 36.0)
        ]
        self._loops: list[FloatArray] = [np.concatenate([one, one[::-1]]) for one in there]

    def __call__(self, frame: Frame) -> PoseBatch:
        points = np.stack([loop[frame.index % len(loop)] for loop in self._loops])
        boxes = np.concatenate([points.min(1) - 2, points.max(1) + 2], axis=1)
        scores = np.full(len(points), 0.9, np.float32)
        return PoseBatch(boxes, scores, points, np.full(points.shape[:2], 0.9, np.float32))


def run_long(count: int, folder: Path) -> Tally:
    """A clip of `count` minutes."""
    keep_memory_small()
    ctypes.CDLL(None).prctl(SMALL_PAGES, 1, 0, 0, 0)
    folder.mkdir(parents=True, exist_ok=True)
    tally, frames = Tally(), count * 60 * RATE_HZ
    clip = folder / f"{count}.mp4"
    if not clip.exists():
        _write_clip(clip, frames)
    results = ClipResults(str(clip), f"{count}", folder / "out", overwrite=True)
    for name, run in (("process", _process), ("replay", _replay)):
        tally.add(f"{name} of {count} minutes", run(results, frames))
    return tally


def _process(results: ClipResults, frames: int) -> Outcome:
    """All that `process --keep-poses` does, with other eyes."""
    watch = Watch(frames)
    run = ClipRun(
        AppSettings(), Walkers(), {"name": "walkers", "sha256": ""}, COCO_17, keep_poses=True
    )
    report = run.process(results, lambda _, what, done: watch.look(done))
    if report.frames != frames or report.warning is not None:
        return Outcome("found", f"{report.frames} of {frames} frames: {report.warning}")
    return watch.outcome("process", 2 * PERSON_BYTES + FRAME_BYTES + KEPT_BYTES + TIME_BYTES)


def _replay(results: ClipResults, frames: int) -> Outcome:
    """What `replay` does with kept poses: follow, join and write."""
    watch, quiet = Watch(frames), _tell_nobody()
    with PoseFile.open(results.poses) as kept:
        analysis = analysis_of("", AppSettings(), None, COCO_17, photos=False)
        index = TrackIndex(COCO_17)
        for done, _ in enumerate(first_pass(analysis, Recorded(analysis, kept), kept, index), 1):
            watch.look(done)
        joined = second_pass(analysis, index)
        again = ClipResults("", "again", results.folder, overwrite=True)
        write_table(again, ClipTracks(index.times_s, joined, kept, COCO_17), AppSettings(), quiet)
    if again.csv.read_bytes() != results.csv.read_bytes():
        return Outcome("found", "replay gives another table than process")
    return watch.outcome("replay", 2 * PERSON_BYTES + FRAME_BYTES)


def _write_clip(path: Path, frames: int) -> None:
    """Small pictures that change a little, as encoders have them."""
    pictures = [corners(WIDTH, HEIGHT, seed) for seed in range(RATE_HZ)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE_HZ, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(pictures[number % RATE_HZ], format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def _tell_nobody() -> Callable[[str, int], None]:
    """Progress that is not shown."""
    return lambda what, done: None


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
