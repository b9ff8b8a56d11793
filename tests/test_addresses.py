"""Streams over the network: they are read, they fall silent, they are given up."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from reading import read_until_damage
from tiny_video import (
    corners,
    write_video,
)

from core.errors import SourceError
from core.video.capture import read_frames
from core.video.probe import probe
from core.video.source import CaptureSettings


@pytest.fixture
def web(tmp_path):
    """An HTTP server that gives the clip whole, or half of it and then silence."""
    clip = write_video(tmp_path / "clip.ts", [corners(320, 240, seed=i) for i in range(60)])
    data = clip.read_bytes()
    finished = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Accept-Ranges", "none")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.path == "/half.ts":
                self.wfile.write(data[: len(data) // 2])
                self.wfile.flush()
                finished.wait(20)
            else:
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    finished.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_http_address(web) -> None:
    assert probe(f"{web}/clip.ts").kind == "stream"
    assert len(list(read_frames(f"{web}/clip.ts"))) == 60


def test_an_address_that_falls_silent_ends(web) -> None:
    frames, error = read_until_damage(f"{web}/half.ts", CaptureSettings(timeout_s=1.5))
    assert "nothing was received any more" in str(error)
    assert 10 < len(frames) < 60


def test_an_address_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/clip.mp4"
        with pytest.raises(SourceError, match=r"nothing was received within 0\.3 s"):
            probe(url, CaptureSettings(timeout_s=0.3))


def test_an_address_without_a_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SourceError, match="cannot be reached"):
        probe(f"http://127.0.0.1:{port}/clip.mp4")
