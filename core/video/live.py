"""Opens a source as a live one: with the least delay, and a file at its own speed."""

from collections.abc import Iterator
from typing import Literal

from core.types import Frame
from core.video.camera import CameraSettings, read_camera, read_screen
from core.video.capture import read_frames
from core.video.paced import evened, paced
from core.video.source import CaptureSettings, is_playlist

LIVE_TIMEOUT_S = 5.0

LiveKind = Literal["camera", "screen", "stream", "file", "images"]


def read_live(kind: LiveKind, address: str, camera: CameraSettings) -> Iterator[Frame]:
    """The frames of a source as they come; files and images are played over and over.

    Raises SourceError.
    """
    if kind == "camera":
        return read_camera(address, camera)
    if kind == "screen":
        return read_screen(address)
    if kind != "stream":
        return paced(lambda: read_frames(address), loop=True)
    # One decoder thread: decoding frames side by side would delay each of them.
    settings = CaptureSettings(
        threads=1, timeout_s=LIVE_TIMEOUT_S, rtsp_over=camera.rtsp_over, quick_start=True
    )
    frames = read_frames(address, settings)
    return evened(frames) if is_playlist(address) else frames
