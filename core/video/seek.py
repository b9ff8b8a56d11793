"""Any frame of a recorded source by its number, exactly: also in long GOPs and variable rates.

A list of all presentation times is made once, from the packets alone. A frame is reached by
decoding from the key frame before it and comparing times, so frame n is always the same picture.
"""

import time
from collections import OrderedDict
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import av
import numpy as np
from numpy.typing import NDArray

from core.errors import SourceError
from core.types import Frame
from core.video.decode import Damage, pictures
from core.video.source import (
    CaptureSettings,
    image_files,
    kind_of,
    open_video,
    read_image,
    video_stream,
)
from core.video.upright import Layout, layout_of, upright_rgb

CACHE_BYTES = 192 * 1024**2  # of decoded pictures: stepping backwards is instant within them


class SeekableVideo:
    """A video file whose frames are numbered in the order of presentation.

    For one thread. Raises SourceError when it cannot be opened or holds no frame.
    """

    def __init__(self, source: str, settings: CaptureSettings | None = None) -> None:
        self._source = source
        self._settings = settings or CaptureSettings()
        self._ticks, self._keys = _scan(source, self._settings)
        self._container = open_video(source, self._settings)
        self._stream = video_stream(self._container, source, self._settings.threads)
        self._layout: Layout | None = None
        self._pictures: Iterator[av.VideoFrame] = iter(())
        self._next = -1  # the number that the decoder gives next; -1 is unknown
        self._cache: OrderedDict[int, av.VideoFrame] = OrderedDict()
        self._cache_bytes = 0
        unit_s = float(self._stream.time_base or 0)
        self.times_s: NDArray[np.float64] = (self._ticks - self._ticks[0]) * unit_s

    def __len__(self) -> int:
        return len(self._ticks)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the file and the pictures kept."""
        self._pictures = iter(())
        self._cache.clear()
        self._container.close()

    def frame(self, number: int) -> Frame:
        """Frame `number`, from 0. Raises IndexError outside, SourceError when it is damaged."""
        if not 0 <= number < len(self):
            raise IndexError(f"frame {number} of {len(self)}")
        picture = self._cache.get(number)
        if picture is None:
            picture = self._reach(number)
        else:
            self._cache.move_to_end(number)
        captured_ns = time.monotonic_ns()
        self._layout = self._layout or layout_of(self._stream, picture)
        rgb = upright_rgb(picture, self._layout)
        return Frame(number, float(self.times_s[number]), captured_ns, rgb)

    def _reach(self, number: int) -> av.VideoFrame:
        key = self._key_before(number)
        if not (key <= self._next <= number or self._next == number):
            self._seek(key)
        found = self._decode_to(number)
        while found is None and key > 0:
            # The container landed behind the target: begin at an earlier key frame.
            key = self._key_before(key - 1)
            self._seek(key)
            found = self._decode_to(number)
        if found is None:
            self._restart()
            found = self._decode_to(number)
        if found is None:
            self._next = -1
            raise SourceError(f"{self._source}: frame {number} cannot be decoded")
        return found

    def _decode_to(self, number: int) -> av.VideoFrame | None:
        """Decode until `number`; None when the decoder is already behind it or has ended."""
        for picture in self._pictures:
            ticks = picture.dts if picture.pts is None else picture.pts
            if ticks is None:
                continue
            at = int(np.searchsorted(self._ticks, ticks))
            if at >= len(self) or self._ticks[at] != ticks:
                continue
            if at > number:
                self._next = -1
                return None
            self._keep(at, picture)
            self._next = at + 1
            if at == number:
                return picture
        self._next = -1
        return None

    def _seek(self, key: int) -> None:
        try:
            self._container.seek(int(self._ticks[key]), stream=self._stream)
        except av.error.FFmpegError:
            self._restart()
            return
        self._next = key
        self._pictures = pictures(self._container, self._stream, Damage())

    def _restart(self) -> None:
        """Begin at the first packet, for containers that cannot seek."""
        self._container.close()
        self._container = open_video(self._source, self._settings)
        self._stream = video_stream(self._container, self._source, self._settings.threads)
        self._next = 0
        self._pictures = pictures(self._container, self._stream, Damage())

    def _key_before(self, number: int) -> int:
        at = int(np.searchsorted(self._keys, number, side="right")) - 1
        return int(self._keys[max(at, 0)])

    def _keep(self, number: int, picture: av.VideoFrame) -> None:
        if number in self._cache:
            return
        self._cache[number] = picture
        self._cache_bytes += _bytes_of(picture)
        while self._cache_bytes > CACHE_BYTES and len(self._cache) > 1:
            _, old = self._cache.popitem(last=False)
            self._cache_bytes -= _bytes_of(old)


class SeekableImages:
    """A folder of images with the same interface."""

    def __init__(self, source: str, settings: CaptureSettings | None = None) -> None:
        self._settings = settings or CaptureSettings()
        self._files = image_files(source)
        self.times_s: NDArray[np.float64] = (
            np.arange(len(self._files)) / self._settings.image_rate_hz
        )

    def __len__(self) -> int:
        return len(self._files)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is open."""

    def frame(self, number: int) -> Frame:
        """Image `number`, from 0. Raises IndexError outside, SourceError when it is damaged."""
        if not 0 <= number < len(self):
            raise IndexError(f"image {number} of {len(self)}")
        rgb = read_image(self._files[number])
        if rgb is None:
            raise SourceError(f"{self._files[number]}: this image is damaged")
        return Frame(number, float(self.times_s[number]), time.monotonic_ns(), rgb)


Seekable = SeekableVideo | SeekableImages


def open_seekable(source: str, settings: CaptureSettings | None = None) -> Seekable:
    """A recorded source by frame number. Raises SourceError."""
    if kind_of(source) == "images":
        return SeekableImages(source, settings)
    return SeekableVideo(source, settings)


def _scan(source: str, settings: CaptureSettings) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ticks of all frames, ascending, and the numbers of the key frames, ascending."""
    ticks: list[int] = []
    keys: list[int] = []
    with open_video(source, settings) as container:
        stream = video_stream(container, source, settings.threads)
        try:
            for packet in container.demux(stream):
                at = packet.dts if packet.pts is None else packet.pts
                if packet.size == 0 or packet.is_discard:
                    continue
                if at is None:
                    return _scan_by_decoding(source, settings)
                ticks.append(at)
                if packet.is_keyframe:
                    keys.append(at)
        except av.error.FFmpegError:
            pass  # what was listed so far can be shown
    if not ticks:
        raise SourceError(f"{source}: not one frame can be decoded")
    ordered = np.unique(np.array(ticks, np.int64))
    if len(ordered) != len(ticks):
        return _scan_by_decoding(source, settings)
    numbers = np.searchsorted(ordered, np.array(keys or [ordered[0]], np.int64))
    return ordered, np.unique(np.concatenate([[0], numbers])).astype(np.int64)


def _scan_by_decoding(
    source: str, settings: CaptureSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For raw streams, whose packets carry no time: every frame is decoded once."""
    ticks: list[int] = []
    with open_video(source, settings) as container:
        stream = video_stream(container, source, settings.threads)
        for picture in pictures(container, stream, Damage()):
            at = picture.dts if picture.pts is None else picture.pts
            if at is not None and (not ticks or at > ticks[-1]):
                ticks.append(at)
    if not ticks:
        raise SourceError(f"{source}: its frames carry no times; convert it to MP4 to look through")
    return np.array(ticks, np.int64), np.zeros(1, np.int64)


def _bytes_of(picture: av.VideoFrame) -> int:
    return 2 * picture.width * picture.height
