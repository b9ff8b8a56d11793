"""Cameras and screens through FFmpeg's capture devices, newest frame first."""

import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
from av.container import InputContainer

from core.errors import SourceError, UserNotice
from core.types import Frame
from core.video.clock import Clock
from core.video.decode import Damage, pictures
from core.video.source import stamps_as_stored
from core.video.streams import video_stream
from core.video.upright import layout_of, upright_rgb
from core.video.v4l2 import CameraMode, camera_modes, locked_exposure

Pictures = Literal["auto", "mjpeg", "raw"]

_CAMERA_FORMATS = {"linux": "v4l2", "win32": "dshow", "darwin": "avfoundation"}
_PICTURES: dict[str, dict[str, dict[str, str]]] = {  # options of the capture devices
    "linux": {"mjpeg": {"input_format": "mjpeg"}, "raw": {"input_format": "yuyv422"}},
    "win32": {"mjpeg": {"vcodec": "mjpeg"}, "raw": {"pixel_format": "yuyv422"}},
}
SETTLING_S = 2.0  # for a camera's own exposure, before it is locked
MOST_TOLD = 12  # modes in a sentence
LEAST_PX = 16
_SCREEN_FORMATS = {"linux": "x11grab", "win32": "gdigrab", "darwin": "avfoundation"}


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """What is asked of a camera; it may give something else, which is then shown."""

    width: int = 1280  # Requested frame width (px); 0, with a height of 0: left to the camera
    height: int = 720  # Requested frame height (px)
    rate_hz: int = 30  # Requested frame rate (frames/s); 0: left to the camera
    # Requested pixel format: mjpeg is compressed, raw is not; auto leaves it to the camera
    pictures: Pictures = "auto"
    # Lock the exposure once automatic exposure has settled, after 2 s; Linux only
    lock_exposure: bool = False
    # RTSP transport of live runs; udp has less delay, but lost packets damage the image
    rtsp_over: Literal["tcp", "udp"] = "tcp"

    def __post_init__(self) -> None:
        free = self.width == self.height == 0
        if (min(self.width, self.height) < LEAST_PX and not free) or self.rate_hz < 0:
            raise ValueError(
                f"width and height must be at least {LEAST_PX}, or both 0, and rate_hz at least 0; "
                f"got {self.width}, {self.height} and {self.rate_hz}"
            )


@dataclass(frozen=True, slots=True)
class PluggedCamera:
    """A camera that is plugged in."""

    device: str  # what `read_camera` opens
    name: str
    stable_id: str  # the same after the next start, where the system knows one


def linux_cameras(
    devices: Path = Path("/dev"), classes: Path = Path("/sys/class")
) -> list[PluggedCamera]:
    """The video4linux devices that give pictures, by name and by the path of their plug."""
    stable = {}
    for link in sorted((devices / "v4l" / "by-id").glob("*-video-index0")):
        stable[link.resolve().name] = link.name
    cameras = []
    for device in sorted(devices.glob("video[0-9]*"), key=lambda path: int(path.name[5:])):
        folder = classes / "video4linux" / device.name
        # A camera's second node carries metadata, no pictures.
        if _line(folder / "index") not in ("", "0"):
            continue
        name = _line(folder / "name") or device.name
        cameras.append(PluggedCamera(str(device), name, stable.get(device.name, str(device))))
    return cameras


def read_camera(device: str, settings: CameraSettings) -> Iterator[Frame]:
    """Frames of a camera as they come. Raises SourceError when it is missing, busy or unplugged.

    Tried in turn: size and rate as asked, the size alone, and whatever the camera gives.
    What is 0 in the settings is not asked for.
    """
    if sys.platform == "linux" and not Path(device).exists():
        raise SourceError(f"{device}: this camera is not plugged in")
    modes = camera_modes(device)
    wrong = unlike_all(settings, modes)
    if wrong:
        warnings.warn(f"{device}: {wrong}", UserNotice, stacklevel=2)
    frames = _read(_CAMERA_FORMATS, _camera_address(device), wishes_of(settings), device)
    started = False
    try:
        for frame in _steady(frames, device) if settings.lock_exposure else frames:
            started = True
            yield frame
    except SourceError as error:
        if started or not modes:
            raise
        raise SourceError(f"{error}; {offered(modes)}") from error


def wishes_of(settings: CameraSettings) -> list[dict[str, str]]:
    """Options of the capture device, in the order in which they are tried."""
    size = {"video_size": f"{settings.width}x{settings.height}"} if settings.width else {}
    rate = {"framerate": str(settings.rate_hz)} if settings.rate_hz else {}
    kind = _PICTURES.get(sys.platform, {}).get(settings.pictures, {})
    wishes = [size | rate | kind, size | kind, kind, {}]
    return [wish for number, wish in enumerate(wishes) if wish not in wishes[:number]]


def unlike_all(settings: CameraSettings, modes: Sequence[CameraMode]) -> str:
    """In a sentence what a camera with these modes does not give of what is asked, else empty."""
    like = [
        mode
        for mode in modes
        if settings.width in (0, mode.width)
        and settings.height in (0, mode.height)
        and settings.pictures in ("auto", mode.kind)
        and (not mode.rates_hz or max(mode.rates_hz) >= settings.rate_hz - 0.5)
    ]
    if like or not modes:
        return ""
    kind = "" if settings.pictures == "auto" else f" {settings.pictures}"
    size = f" {settings.width}x{settings.height}" if settings.width else ""
    rate = f" at {settings.rate_hz}/s" if settings.rate_hz else ""
    return f"does not give{size}{kind}{rate}; {offered(modes)}"


def offered(modes: Sequence[CameraMode]) -> str:
    """What a camera offers, in a few words."""
    more = f" and {len(modes) - MOST_TOLD} more" if len(modes) > MOST_TOLD else ""
    return f"it offers {', '.join(map(str, modes[:MOST_TOLD]))}{more}"


def _steady(frames: Iterator[Frame], device: str) -> Iterator[Frame]:
    """Lock the exposure once it has settled, until the frames end."""
    with ExitStack() as until_the_end:
        settled = False
        for frame in frames:
            if not settled and frame.time_s >= SETTLING_S:
                settled = True
                if not until_the_end.enter_context(locked_exposure(device)):
                    said = f"{device}: offers no lock of its exposure"
                    warnings.warn(said, UserNotice, stacklevel=2)
            yield frame


def read_screen(address: str, rate_hz: int = 25) -> Iterator[Frame]:
    """Frames of a screen, such as `:0` with X11. Raises SourceError."""
    yield from _read(_SCREEN_FORMATS, address, [{"framerate": str(rate_hz)}], "screen")


def screen_address(display: str) -> str:
    """What `read_screen` opens on this system; `display` is X11's DISPLAY."""
    return {"win32": "desktop", "darwin": "Capture screen 0"}.get(sys.platform, display)


def can_capture_screen(display: str) -> bool:
    """Whether this FFmpeg has the capture device and there is a screen for it."""
    wanted = _SCREEN_FORMATS.get(sys.platform, "")
    return _has_format(wanted) and bool(screen_address(display))


def _read(
    formats: dict[str, str], address: str, options: list[dict[str, str]], shown: str
) -> Iterator[Frame]:
    container = _open(formats.get(sys.platform, ""), address, options, shown)
    with container:
        stream = video_stream(container, shown, threads=0)
        stream.thread_type = "SLICE"  # decoding whole frames side by side would delay them
        clock, damage = Clock(stream), Damage()
        layout = None
        for index, picture in enumerate(pictures(container, stream, damage, clock)):
            captured_ns = time.monotonic_ns()
            layout = layout or layout_of(stream, picture)
            rgb = upright_rgb(picture, layout)
            yield Frame(index, clock.time_s(picture), captured_ns, rgb)
        if damage.ended_by:
            raise SourceError(f"{shown}: gives no more pictures ({damage.ended_by})")


def _open(
    input_format: str, address: str, options: list[dict[str, str]], shown: str
) -> InputContainer:
    if not _has_format(input_format):
        raise SourceError(f"{shown}: this FFmpeg has no way to capture on this system")
    problem: av.error.FFmpegError | None = None
    for wish in options:
        try:
            return stamps_as_stored(
                av.open(address, format=input_format, options=wish, timeout=(10.0, 3.0))
            )
        except av.error.FFmpegError as error:
            problem = error
    assert problem is not None
    raise SourceError(
        f"{shown}: cannot be opened ({problem.strerror}); is another program using it?"
    ) from problem


def _has_format(name: str) -> bool:
    return bool(name) and any(name in known.split(",") for known in av.formats_available)


def _camera_address(device: str) -> str:
    return f"video={device}" if sys.platform == "win32" else device


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
