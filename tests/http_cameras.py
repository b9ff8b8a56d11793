"""Cameras that speak HTTP: motion JPEG, and HLS with segments of a second."""

import math
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import cv2
from dated_picture import dated_picture

RATE_HZ = 25
SIZE = (320, 240)


class _MotionJpeg(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        try:
            for _ in paced():
                jpeg = cv2.imencode(".jpg", dated_picture(SIZE))[1].tobytes()
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg + b"\r\n")
        except OSError:
            pass  # the viewer has gone

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def motion_jpeg() -> Iterator[str]:
    """The address of a camera that sends JPEG pictures one after another."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _MotionJpeg) as server:
        server.daemon_threads = True
        yield from _served(server, "camera.mjpeg")


@contextmanager
def hls(folder: Path) -> Iterator[str]:
    """The address of a live playlist whose segments are made while it is watched."""
    stop = threading.Event()
    maker = threading.Thread(target=_make_segments, args=(folder / "live.m3u8", stop))
    maker.start()
    while not (folder / "live.m3u8").exists():
        time.sleep(0.05)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder))) as server:
        server.daemon_threads = True
        yield from _served(server, "live.m3u8")
    stop.set()
    maker.join()


class _Writer:
    """What a muxer needs of a file, for a socket."""

    def __init__(self, viewer: socket.socket) -> None:
        self._viewer = viewer

    def write(self, data: bytes) -> int:
        self._viewer.sendall(data)
        return len(data)


def jumping_stream(server: socket.socket, jumps: Sequence[tuple[int, float]]) -> None:
    """Send a transport stream to one viewer until it goes, and begin anew at each jump.

    `jumps`: from a picture's number on, its time stamps lie so many seconds further.
    """
    viewer = server.accept()[0]
    numbers = paced()
    shift_s = 2.0 * max(abs(seconds) for _, seconds in jumps)
    with viewer:
        for place, (_, seconds) in enumerate([(0, 0.0), *jumps]):
            shift_s += seconds
            end = jumps[place][0] if place < len(jumps) else math.inf
            _send_piece(viewer, numbers, end, shift_s)


def _send_piece(viewer: socket.socket, numbers: Iterator[int], end: float, shift_s: float) -> None:
    encoder = {"preset": "ultrafast", "tune": "zerolatency", "g": str(RATE_HZ)}
    with (
        suppress(OSError, av.error.FFmpegError),
        av.open(_Writer(viewer), "w", format="mpegts") as container,
    ):
        stream = container.add_stream("libx264", rate=RATE_HZ, options=encoder)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in numbers:
            picture = av.VideoFrame.from_ndarray(dated_picture(SIZE), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, RATE_HZ)
            picture.pts += round(shift_s * RATE_HZ)
            container.mux(stream.encode(picture))
            if number + 1 >= end:
                return


def paced() -> Iterator[int]:
    """Numbers, one a frame's time."""
    due_s = time.monotonic()
    number = 0
    while True:
        yield number
        number += 1
        due_s += 1 / RATE_HZ
        time.sleep(max(0.0, due_s - time.monotonic()))


def _served(server: ThreadingHTTPServer, name: str) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{name}"
    finally:
        server.shutdown()
        thread.join()


def _make_segments(playlist: Path, stop: threading.Event) -> None:
    options = {"hls_time": "1", "hls_list_size": "4", "hls_flags": "delete_segments"}
    with av.open(str(playlist), "w", format="hls", options=options) as container:
        encoder = {"preset": "ultrafast", "tune": "zerolatency", "g": str(RATE_HZ)}
        stream = container.add_stream("libx264", rate=RATE_HZ, options=encoder)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in paced():
            if stop.is_set():
                break
            picture = av.VideoFrame.from_ndarray(dated_picture(SIZE), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, RATE_HZ)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
