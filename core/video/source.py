"""What a source is, how it is opened, and what is said when that fails."""

import math
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from core.errors import SourceError
from core.file_names import IMAGE_SUFFIXES, is_hidden
from core.video.depth import decoded
from core.video.hardware import HardwareWish, open_accelerated

SourceKind = Literal["file", "images", "stream"]

_TEXT_FORMATS = frozenset({"adf", "bin", "idf", "tty", "xbin"})  # FFmpeg draws them as pictures
_GEN_PTS = 1  # AVFMT_FLAG_GENPTS


@dataclass(frozen=True, slots=True)
class CaptureSettings:
    """How videos, streams and images are read."""

    threads: int = 0  # Video decoder threads; 0 chooses by the frame size
    hardware: HardwareWish = "off"  # Hardware video decoder; auto takes one that is there
    timeout_s: float = 10.0  # A stream that sends nothing for this long has ended (s)
    # RTSP transport outside live runs; udp has less delay, but lost packets damage the image
    rtsp_over: Literal["tcp", "udp"] = "tcp"
    quick_start: bool = False  # Streams: start before their frame rate has been measured
    image_rate_hz: float = 25.0  # Frame rate of a folder of images (frames/s)
    time_scale: float = 1.0  # Slow motion: how many times slower than real time a clip plays
    # Folders of images: a film is tracked, photos are not; auto decides by what they show
    images: Literal["auto", "film", "photos"] = "auto"

    def __post_init__(self) -> None:
        if self.threads < 0:
            raise ValueError(f"threads must not be negative, got {self.threads}")
        if not self.timeout_s > 0:
            raise ValueError(f"timeout_s must be positive, got {self.timeout_s}")
        if not self.image_rate_hz > 0:
            raise ValueError(f"image_rate_hz must be positive, got {self.image_rate_hz}")
        if not 0 < self.time_scale < math.inf:
            raise ValueError(f"time_scale must be positive, got {self.time_scale}")


def local_path(source: str) -> str:
    """The path that a `file://` address means; anything else as it is."""
    if not source.lower().startswith("file://"):
        return source
    parts = urlsplit(source)
    path = url2pathname(parts.path)
    return path if parts.netloc.lower() in ("", "localhost") else f"//{parts.netloc}{path}"


def kind_of(source: str) -> SourceKind:
    """`stream` for an address, `images` for an image or a folder, `file` for the rest."""
    source = local_path(source)
    if re.match(r"[a-z][a-z0-9+.-]+://", source, re.IGNORECASE):
        return "stream"
    path = Path(source)
    return "images" if is_folder(path) or path.suffix.lower() in IMAGE_SUFFIXES else "file"


def is_playlist(source: str) -> bool:
    """Whether an address is a playlist of HLS, whose pictures come a segment at once."""
    return urlsplit(source).path.lower().endswith(".m3u8")


def is_folder(path: Path) -> bool:
    """Whether there is a folder; False also for a name that the system does not allow."""
    try:
        return path.is_dir()
    except OSError:
        return False


def image_files(source: str) -> list[Path]:
    """The images of a folder, `frame9` before `frame10`, or the one image. Raises SourceError."""
    path = Path(source)
    if not is_folder(path):
        check_file(path)
        return [path]
    try:
        images = [
            item
            for item in path.iterdir()
            if item.suffix.lower() in IMAGE_SUFFIXES and not is_hidden(item) and item.is_file()
        ]
    except OSError as error:
        raise SourceError(f"{source}: the folder cannot be read ({error.strerror})") from error
    if not images:
        known = ", ".join(sorted(IMAGE_SUFFIXES))
        raise SourceError(f"{source}: this folder holds no images ({known})")
    return sorted(images, key=lambda item: _natural(item.name))


def read_image(path: Path) -> NDArray[np.generic] | None:
    """An image as `decoded` gives it, its EXIF orientation applied; None if it is damaged."""
    try:
        return decoded(np.frombuffer(path.read_bytes(), np.uint8))
    except OSError:
        return None


def open_video(
    source: str, settings: CaptureSettings, hardware: HardwareWish = "off"
) -> InputContainer:
    """Open a file or an address; the caller closes it. Raises SourceError."""
    address = kind_of(source) == "stream"
    if not address:
        check_file(Path(source))
    options: dict[str, str] = {}
    if source.lower().startswith("rtsp:"):
        options["rtsp_transport"] = settings.rtsp_over
    if address and settings.quick_start:
        options["fpsprobesize"] = "0"
        if is_playlist(source):
            options["live_start_index"] = "-1"  # the newest segment, and not the third newest
    url = source if address else f"file:{source}"
    timeout_s = settings.timeout_s if address else None
    if hardware != "off":
        accelerated = open_accelerated(url, hardware, options, timeout_s)
        if accelerated is not None:
            return stamps_as_stored(accelerated)
    asked_s = time.monotonic()
    try:
        container = av.open(url, options=options, metadata_errors="replace", timeout=timeout_s)
    except av.error.FFmpegError as error:
        late = address and time.monotonic() - asked_s >= settings.timeout_s
        if late or isinstance(error, av.error.ExitError):
            seconds = f"{settings.timeout_s:g} s"
            raise SourceError(f"{source}: nothing was received within {seconds}") from error
        if address:
            raise SourceError(f"{source}: cannot be reached ({error.strerror})") from error
        raise _no_video(source) from error
    if container.format.name in _TEXT_FORMATS:
        container.close()
        raise _no_video(source)
    return stamps_as_stored(container)


def _no_video(source: str) -> SourceError:
    return SourceError(
        f"{source}: is not a video that can be read, or it is damaged from its start on"
    )


def stamps_as_stored(container: InputContainer) -> InputContainer:
    """Without the presentation stamps that FFmpeg makes up where a container holds none."""
    container.flags &= ~_GEN_PTS
    return container


def check_file(path: Path) -> None:
    """Raises SourceError, with the reason, for a path that is no readable file with content."""
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError:
        raise SourceError(f"{path}: there is no such file or folder") from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from error
    if empty:
        raise SourceError(f"{path}: the file is empty (0 bytes)")


def _natural(name: str) -> list[tuple[int, str]]:
    """Numbers in a name sort by value."""
    parts = re.split(r"(\d+)", name.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
