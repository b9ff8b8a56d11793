"""Part 5: a stream on loopback that dies, falls silent and comes back in another size."""

import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import numpy as np
from tiny_video import corners, write_video

from campaign.forked import Outcome
from campaign.mutants import Tally
from core.errors import SourceError
from core.run.reconnect import Link, ReconnectSettings, reconnecting
from core.video.capture import read_frames
from core.video.source import CaptureSettings

ROOT = Path(__file__).resolve().parents[2]
SIZES = ((64, 48), (96, 64), (48, 96))
SILENT_S = 1.5  # after which a stream has ended


class Sender:
    """A camera that can be killed, stopped and started again in another size."""

    def __init__(self, clip: Path) -> None:
        self._clip = clip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._size = 0
        self._process = self._started()

    @property
    def address(self) -> str:
        """Where its pictures are."""
        return f"tcp://127.0.0.1:{self.port}"

    def die(self) -> None:
        """End at once, and begin anew in the next size."""
        self._process.kill()
        self._process.wait()
        self._size = (self._size + 1) % len(SIZES)
        self._process = self._started()

    def fall_silent(self) -> None:
        """Send nothing any more and stay connected, for longer than a reader waits."""
        self._process.send_signal(signal.SIGSTOP)
        Timer(1.5 * SILENT_S, self.die).start()

    def end(self) -> None:
        """For good."""
        self._process.kill()
        self._process.wait()

    def _started(self) -> "subprocess.Popen[bytes]":
        width, height = SIZES[self._size]
        command = [sys.executable, "-m", "app", "loopback", "--clip", str(self._clip)]
        command += ["--port", str(self.port), "--size", f"{width}x{height}"]
        return subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


def run_deaths(count: int, folder: Path) -> Tally:
    """`count` deaths and silences: pictures, numbers, times and gaps go on."""
    folder.mkdir(parents=True, exist_ok=True)
    clip = write_video(folder / "camera.mp4", [corners(seed=index) for index in range(50)])
    sender, tally = Sender(clip), Tally()
    settings = CaptureSettings(timeout_s=SILENT_S)
    links: list[Link] = []
    chance = random.Random(0)
    _wait_for(sender)

    def pause(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    frames = reconnecting(
        lambda: read_frames(sender.address, settings),
        pause,
        links.append,
        ReconnectSettings(0.2, 1),
    )
    seen: list[tuple[int, float, tuple[int, int]]] = []
    of_life, wanted, done, ways = 0, chance.randrange(1, 20), 0, []
    for frame in frames:
        gaps = len(links[-1].gaps)
        of_life = of_life + 1 if gaps == done else of_life
        seen.append((frame.index, frame.time_s, frame.size))
        if gaps == done and of_life >= wanted:
            if done == count:
                break
            ways.append(chance.choice(("died", "silent")))
            sender.die() if ways[-1] == "died" else sender.fall_silent()
            done, of_life, wanted = done + 1, 0, chance.randrange(1, 20)
    frames.close()  # type: ignore[attr-defined]
    sender.end()
    for number, way in enumerate(ways):
        tally.add(f"{number} ({way})", Outcome("good"))
    for words in _wrong(seen, links[-1], count):
        tally.add("all", Outcome("found", words))
    return tally


def _wrong(seen: list[tuple[int, float, tuple[int, int]]], link: Link, count: int) -> list[str]:
    numbers, times_s, sizes = zip(*seen, strict=True)
    found = []
    if list(numbers) != list(range(len(seen))):
        found.append("numbers of frames do not go on by one")
    if (np.diff(times_s) < 0).any():
        found.append("times run backwards")
    if len(link.gaps) != min(count, 100):
        found.append(f"{len(link.gaps)} gaps are told of {count}")
    if not set(sizes) <= set(SIZES) or (count >= 3 and len(set(sizes)) < len(SIZES)):
        found.append(f"pictures have the sizes {sorted(set(sizes))}")
    return found


def _wait_for(sender: Sender) -> None:
    """Until somebody listens there, which connecting would end."""
    for _ in range(200):
        listening = f":{sender.port:04X} 00000000:0000 0A"
        if listening in Path("/proc/net/tcp").read_text():
            return
        time.sleep(0.1)
    raise SourceError(f"{sender.address}: nobody sends")


PARTS: dict[str, Callable[[int, Path], Tally]] = {"streams": run_deaths}
