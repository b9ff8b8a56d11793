"""Pictures of the window with live sources: the sample clip, sent by this computer as a camera."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from taking import save, wait, wait_s

from app.bundled import own_command
from ui.session.live_group import LiveGroup
from ui.session.source import Source
from ui.window.main_window import MainWindow

SEEN_S = 8.0  # until figures and trails tell of some seconds
REGION = (0.3, 0.25, 0.75, 0.95)


def take_live(window: MainWindow) -> None:
    """Take them all."""
    actions, viewer = window.parts.actions, window.parts.viewer
    viewer.side.setCurrentWidget(window.parts.overlay)
    with camera() as address:
        wait(lambda: people_of(window, Source("stream", address, "Sample clip as a camera")) > 1)
        actions["trails"].setChecked(True)
        wait_s(SEEN_S)
        save(window, "window_live.jpg")
        actions["trails"].setChecked(False)
        window.showing.set_region(REGION)
        wait_s(SEEN_S / 4)
        save(window, "window_region.jpg")
        window.showing.set_region(None)
        window.showing.close_source()
    take_several(window)


def take_several(window: MainWindow) -> None:
    """Two streams of people, and a camera that is not there."""
    with camera() as hall, camera("640x360") as gallery:
        wait_s(SEEN_S)  # until it listens
        missing = Source("camera", "/dev/video9", "/dev/video9")
        streams = [Source("stream", address, address) for address in (hall, gallery)]
        window.showing.open_several([streams[0], missing, streams[1]])
        group = window.showing.session
        assert isinstance(group, LiveGroup)
        wait(lambda: sum(one.pipeline.analysed > 0 for one in group.sessions) == len(streams))
        wait_s(SEEN_S)
        save(window, "window_several.jpg")
        window.showing.close_source()


def people_of(window: MainWindow, source: Source) -> int:
    """How many are shown of a source, which is opened anew until it is there."""
    if window.showing.session is None:
        window.showing.open(source)
    return len(window.people.shown())


@contextmanager
def camera(size: str = "960x540") -> Iterator[str]:
    """The address of the sample clip as a stream, over and over."""
    port = free_port()
    command = [*own_command(), "loopback", "--port", str(port), "--size", size]
    sending = subprocess.Popen(command)
    try:
        yield f"tcp://127.0.0.1:{port}"
    finally:
        sending.terminate()
        sending.wait()


def free_port() -> int:
    """A port of this computer where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
