"""What a source is, how it is opened, and what is said when that fails."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from numpy.typing import NDArray

from core.errors import SourceError
from core.machine import core_count
from core.video.hardware import HardwareWish, open_accelerated

SourceKind = Literal["file", "images", "stream"]

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
_FULL_HD = 1920 * 1088  # px


@dataclass(frozen=True, slots=True)
class CaptureSettings:
    """How sources are read."""

    threads: int = 0  # of the decoder; 0 lets the size of the picture choose
    hardware: HardwareWish = "off"  # which decoder in hardware to use; auto takes what is there
    timeout_s: float = 10.0  # an address that sends nothing for so long has ended
    image_rate_hz: float = 25.0  # pictures a second that a folder of images stands for
    images: Literal["auto", "film", "photos"] = "auto"  # photos: nobody is followed between them

    def __post_init__(self) -> None:
        if self.threads < 0:
            raise ValueError(f"threads must not be negative, got {self.threads}")
        if not self.timeout_s > 0:
            raise ValueError(f"timeout_s must be positive, got {self.timeout_s}")
        if not self.image_rate_hz > 0:
            raise ValueError(f"image_rate_hz must be positive, got {self.image_rate_hz}")


def kind_of(source: str) -> SourceKind:
    """`stream` for an address, `images` for an image or a folder, `file` for the rest."""
    if re.match(r"[a-z][a-z0-9+.-]+://", source, re.IGNORECASE):
        return "stream"
    path = Path(source)
    return "images" if is_folder(path) or path.suffix.lower() in IMAGE_SUFFIXES else "file"


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
        images = [item for item in path.iterdir() if item.suffix.lower() in IMAGE_SUFFIXES]
    except OSError as error:
        raise SourceError(f"{source}: the folder cannot be read ({error.strerror})") from error
    if not images:
        known = ", ".join(sorted(IMAGE_SUFFIXES))
        raise SourceError(f"{source}: this folder holds no images ({known})")
    return sorted(images, key=lambda item: _natural(item.name))


def read_image(path: Path) -> NDArray[np.uint8] | None:
    """An image as upright RGB (H, W, 3), its EXIF orientation applied; None if it is damaged."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        bgr = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    except (OSError, cv2.error):
        return None
    if bgr is None:
        return None
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def open_video(
    source: str, settings: CaptureSettings, hardware: HardwareWish = "off"
) -> InputContainer:
    """Open a file or an address; the caller closes it. Raises SourceError."""
    address = kind_of(source) == "stream"
    if not address:
        check_file(Path(source))
    options = {"rtsp_transport": "tcp"} if source.lower().startswith("rtsp:") else {}
    url = source if address else f"file:{source}"
    timeout_s = settings.timeout_s if address else None
    if hardware != "off":
        accelerated = open_accelerated(url, hardware, options, timeout_s)
        if accelerated is not None:
            return accelerated
    try:
        return av.open(url, options=options, metadata_errors="replace", timeout=timeout_s)
    except av.error.ExitError as error:
        seconds = f"{settings.timeout_s:g} s"
        raise SourceError(f"{source}: nothing was received within {seconds}") from error
    except av.error.FFmpegError as error:
        if address:
            raise SourceError(f"{source}: cannot be reached ({error.strerror})") from error
        raise SourceError(
            f"{source}: is not a video that can be read, or it is damaged from its start on"
        ) from error


def video_stream(container: InputContainer, source: str, threads: int) -> av.VideoStream:
    """The first stream of moving pictures, its decoder threaded. Raises SourceError."""
    for stream in container.streams.video:
        # An audio file's cover is a stream of one picture.
        if not stream.disposition & Disposition.attached_pic:
            stream.thread_type = "AUTO"
            stream.codec_context.thread_count = threads or _threads_for(stream)
            return stream
    raise SourceError(f"{source}: holds no video, only {_listed(container)}")


def _threads_for(stream: av.VideoStream) -> int:
    """Each thread holds pictures of its own, and up to full HD decoding is a small share."""
    return max(1, core_count() // 2) if stream.width * stream.height <= _FULL_HD else 0


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


def _listed(container: InputContainer) -> str:
    kinds = sorted({stream.type for stream in container.streams})
    return " and ".join(kinds) if kinds else "an empty container"


def _natural(name: str) -> list[tuple[int, str]]:
    """Numbers in a name sort by value."""
    parts = re.split(r"(\d+)", name.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
