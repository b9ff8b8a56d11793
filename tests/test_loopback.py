"""A clip that is sent over and over, as a camera would."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest
from burnt import burnt_clip, read_burnt
from free_port import free_port

from app.commands.loopback import KEPT_BYTES
from core.errors import SourceError
from core.types import Frame
from core.video.capture import read_frames

COUNT = 8
PATIENCE_S = 60
ROOT = Path(__file__).resolve().parents[1]
SEND = (
    "import sys; from app.commands import loopback; loopback.KEPT_BYTES = int(sys.argv[3]); "
    "loopback.send(sys.argv[1], sys.argv[2], (96, 64))"
)


def received(address: str) -> Iterator[Frame]:
    """From when somebody listens there."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            yield from read_frames(address)
        except SourceError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.1)


@pytest.mark.parametrize("kept_bytes", [KEPT_BYTES, 1000])
def test_rounds_follow_each_other_without_a_gap(tmp_path: Path, kept_bytes: int) -> None:
    """Whether later rounds are the packets of the first or, of a long clip, encoded anew."""
    clip = burnt_clip(tmp_path / "clip.mp4", COUNT, ticks=[24 * n for n in range(COUNT)])
    address = f"tcp://127.0.0.1:{free_port()}"
    command = [sys.executable, "-c", SEND, str(clip), f"{address}?listen=1", str(kept_bytes)]
    sender = subprocess.Popen(command, cwd=ROOT)
    try:
        with closing(received(address)) as frames:
            seen = list(islice(frames, 3 * COUNT - 2))
        assert sender.wait(PATIENCE_S) == 0  # it ends with its viewer
    finally:
        sender.kill()
        sender.wait(PATIENCE_S)
    numbers = [read_burnt(frame.rgb) for frame in seen]
    assert numbers == [(numbers[0] + n) % COUNT for n in range(len(seen))]
    assert [frame.time_s for frame in seen] == pytest.approx([0.04 * n for n in range(len(seen))])
