"""Who is who in a clip of hours takes the memory of what is there, not of what may come."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROW_BYTES = 36  # of a person in a frame
# More than half of what fits is used just after the room was doubled.
_PROGRAM = """
import numpy as np
from core.machine import keep_memory_small
from core.skeleton import COCO_17
from core.tracks.track_index import TrackIndex
from core.types import PoseBatch, Tracks

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

keep_memory_small()
people = 500
boxes = np.arange(4 * people, dtype=np.float32).reshape(-1, 4)
none = np.zeros((people, 0), np.float32)
poses = PoseBatch(boxes, np.ones(people, np.float32), np.zeros((people, 0, 2), np.float32), none)
tracks = Tracks(np.arange(people), poses, np.ones(people, np.bool_))
index = TrackIndex(COCO_17)
index.append(poses, tracks)
before = resident()
for _ in range(560):
    index.append(poses, tracks)
print(len(index.ids), resident() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux for its memory")
def test_room_that_is_not_used_takes_no_memory() -> None:
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    rows, grown = map(int, done.stdout.split())
    assert 0.5 < rows / 2**19 < 0.6
    assert grown < 1.4 * ROW_BYTES * rows
