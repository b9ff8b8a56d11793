"""The RTSP camera of `rtsp_server.py` as a process."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PYTHON = Path("/usr/bin/python3")  # Debian's, which has GStreamer's bindings
NEEDED = "import gi; gi.require_version('GstRtspServer', '1.0')"


class RtspCamera:
    """Sends until it is killed."""

    def __init__(self, port: int, codec: str = "h264", size: str = "320x240") -> None:
        self.port = port
        self.address = f"rtsp://127.0.0.1:{port}/camera"
        command = [str(PYTHON), str(Path(__file__).with_name("rtsp_server.py"))]
        command += ["--port", str(port), "--codec", codec, "--size", size]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def ask(self, what: str) -> None:
        """`black`, `picture` or `stall SECONDS`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()

    def freeze(self) -> None:
        """Say nothing any more, and keep the connections."""
        self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """As when the plug is pulled."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def rtsp_camera(port: int, codec: str = "h264", size: str = "320x240") -> Iterator[RtspCamera]:
    """A camera that ends with the block."""
    camera = RtspCamera(port, codec, size)
    try:
        yield camera
    finally:
        camera.kill()


def has_rtsp_server() -> bool:
    """Whether GStreamer's RTSP server is installed."""
    if not PYTHON.exists():
        return False
    asked = subprocess.run([str(PYTHON), "-c", NEEDED], stderr=subprocess.DEVNULL, check=False)
    return asked.returncode == 0


def need_rtsp_server() -> None:
    """Skip a test where it is not."""
    if not has_rtsp_server():
        pytest.skip("needs Debian's gir1.2-gst-rtsp-server-1.0 and gstreamer1.0-plugins-*")
