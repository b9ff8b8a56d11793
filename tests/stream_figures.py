"""`python tests/stream_figures.py`: real cameras on loopback, and what becomes of their pictures.

Prints a table: pictures lost of those that the camera made, time to the first picture, age of a
picture (from its making to its capture), and what happened at a fault. Linux with GStreamer.
"""

import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from bad_network import bad_network
from dated_picture import age_ms, is_black, made_ms
from free_port import free_port
from http_cameras import RATE_HZ, hls, jumping_stream, motion_jpeg
from rtsp_camera import RtspCamera, rtsp_camera

from core.run.reconnect import Link, ReconnectSettings, reconnecting
from core.types import Frame
from core.video.camera import CameraSettings
from core.video.live import read_live

SETTLED_S = 3.0  # after which ages are judged
LENGTH_S = 15.0
OLDEST_S = 10.0  # a picture that seems older is damaged


class Watched:
    """A live source as a run reads it, over all its lives."""

    def __init__(self, address: str, settings: CameraSettings) -> None:
        self.started_s = time.monotonic()
        self.seen: list[tuple[float, int, int, bool, tuple[int, int], float]] = []
        self.links: list[tuple[float, Link]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(address, settings))
        self._thread.start()

    def _watch(self, address: str, settings: CameraSettings) -> None:
        frames = reconnecting(
            lambda: read_live("stream", address, settings),
            self._stop.wait,
            lambda link: self.links.append((time.monotonic(), link)),
            ReconnectSettings(),
        )
        for frame in frames:
            self._note(frame)
            if self._stop.is_set():
                break
        frames.close()  # type: ignore[attr-defined]

    def _note(self, frame: Frame) -> None:
        at_s = frame.captured_ns / 1e9
        black = is_black(frame)
        told = (made_ms(frame), age_ms(frame), black, frame.size, frame.time_s)
        self.seen.append((at_s, *told))

    def end(self) -> None:
        self._stop.set()
        self._thread.join()

    def first_after(self, at_s: float, size: tuple[int, int] | None = None) -> float:
        """Seconds from then to the next picture made after it, of a size; NaN without one."""
        for seen_s, _, age, _, seen_size, _ in self.seen:
            if seen_s - age / 1000 >= at_s and size in (None, seen_size):
                return seen_s - at_s
        return float("nan")

    def lost_after(self, at_s: float) -> float:
        """Seconds from then until the source counts as lost; NaN if it never does."""
        return next((s - at_s for s, link in self.links if s > at_s and link.attempt), np.nan)


@contextmanager
def watched(address: str, settings: CameraSettings | None = None) -> Iterator[Watched]:
    watch = Watched(address, settings or CameraSettings())
    try:
        yield watch
    finally:
        watch.end()


def row(name: str, watch: Watched, told: str = "") -> None:
    """The figures of a run, over the time after it settled."""
    first_s = watch.seen[0][0] - watch.started_s
    settled = [one for one in watch.seen if one[0] > watch.seen[0][0] + SETTLED_S and not one[3]]
    whole = [one for one in settled if one[2] < 1000 * OLDEST_S]
    ages = np.array([one[2] for one in whole])
    made = np.array([one[0] * 1000 - one[2] for one in whole])
    due = (made.max() - made.min()) / 1000 * RATE_HZ + 1
    lost = max(0.0, 1 - len(settled) / due)
    if len(whole) < len(settled):
        told += f"{100 * (1 - len(whole) / len(settled)):.1f} % of the pictures damaged"
    p50, p95 = np.percentile(ages, [50, 95])
    print(
        f"| {name} | {100 * lost:.1f} % | {first_s:.2f} | {p50:.0f} | {p95:.0f} | {told} |",
        flush=True,
    )


def plain() -> None:
    for codec in ("h264", "h265"):
        with rtsp_camera(free_port(), codec) as camera:
            for over in ("tcp", "udp"):
                with watched(camera.address, CameraSettings(rtsp_over=over)) as watch:
                    time.sleep(LENGTH_S)
                row(f"RTSP, {codec.upper()}, {over.upper()}", watch)
    with motion_jpeg() as address, watched(address) as watch:
        time.sleep(LENGTH_S)
    row("motion JPEG over HTTP", watch)
    with tempfile.TemporaryDirectory() as folder, hls(Path(folder)) as address:
        time.sleep(5)
        with watched(address) as watch:
            time.sleep(LENGTH_S)
    row("HLS, segments of 1 s", watch)


def lossy() -> None:
    with rtsp_camera(free_port()) as camera:
        for over in ("tcp", "udp"):
            with (
                bad_network(camera.address) as address,
                watched(address, CameraSettings(rtsp_over=over)) as watch,
            ):
                time.sleep(2 * LENGTH_S)
            row(f"RTSP, H264, {over.upper()}, bad network", watch)


def killed() -> None:
    camera = RtspCamera(free_port())
    with watched(camera.address) as watch:
        time.sleep(8)
        camera.kill()
        dead_s = time.monotonic()
        time.sleep(3)
        camera = RtspCamera(camera.port, size="480x270")
        back_s = time.monotonic()
        time.sleep(LENGTH_S)
    camera.kill()
    told = f"lost after {watch.lost_after(dead_s):.2f} s, picture "
    told += f"{watch.first_after(back_s, (480, 270)):.1f} s after it was back in another size"
    row("server killed for 3 s", watch, told)


def faults() -> None:
    with rtsp_camera(free_port()) as camera, watched(camera.address) as watch:
        time.sleep(6)
        camera.ask("black")
        time.sleep(3)
        camera.ask("picture")
        time.sleep(6)
    count = sum(one[3] for one in watch.seen)
    row("black for 3 s", watch, f"{count} black pictures, {len(watch.links) - 2} times lost")
    with rtsp_camera(free_port()) as camera, watched(camera.address) as watch:
        time.sleep(6)
        camera.ask("stall 10")
        silent_s = time.monotonic()
        time.sleep(10)
        again_s = time.monotonic()
        time.sleep(LENGTH_S)
    told = f"lost after {watch.lost_after(silent_s):.1f} s, picture "
    row("no pictures for 10 s", watch, told + f"{watch.first_after(again_s):.1f} s after its end")
    with rtsp_camera(free_port()) as camera, watched(camera.address) as watch:
        time.sleep(8)
        camera.freeze()
        frozen_s = time.monotonic()
        time.sleep(14)
    row("server says nothing", watch, f"lost after {watch.lost_after(frozen_s):.1f} s")


def jumps() -> None:
    places = ((150, 3600.0), (225, -7200.0))
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=jumping_stream, args=(server, places), daemon=True).start()
        with watched(f"tcp://127.0.0.1:{server.getsockname()[1]}") as watch:
            time.sleep(LENGTH_S)
    steps = np.diff([one[5] for one in watch.seen])
    told = f"steps of time {steps.min():.3f} to {steps.max():.3f} s, "
    told += f"{len(watch.links) - 2} times lost"
    row("time stamps jump by 1 h and -2 h", watch, told)


def main() -> None:
    print("| source | pictures lost | first picture, s | age p50, ms | p95 | |")
    print("|---|--:|--:|--:|--:|---|", flush=True)
    parts: dict[str, Callable[[], None]] = {
        "plain": plain,
        "lossy": lossy,
        "killed": killed,
        "faults": faults,
        "jumps": jumps,
    }
    for name in sys.argv[1:] or parts:
        with suppress(BrokenPipeError):
            parts[name]()


if __name__ == "__main__":
    main()
