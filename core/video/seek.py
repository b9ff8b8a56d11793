"""Any frame of a recorded source by its number, exactly: also in long GOPs and variable rates.

All pictures are listed once (`numbering`). A frame is reached by decoding from the key frame before
it up to the picture of its packet, so frame n is always the picture that reading calls n.
"""

import time
from collections import OrderedDict
from collections.abc import Iterator

import av
import numpy as np
from numpy.typing import NDArray

from core.closing import Closing
from core.errors import SourceError
from core.types import Frame
from core.video.clock import Clock, Sent
from core.video.decode import Damage, pictures
from core.video.numbering import number_pictures
from core.video.source import CaptureSettings, kind_of, local_path, open_video
from core.video.stills import read_still, readable_stills
from core.video.streams import video_stream
from core.video.upright import upright_rgb

_ATTEMPTS = 4  # to seek, before all is decoded from the beginning
CACHE_BYTES = 192 * 1024**2  # of decoded pictures: stepping backwards is instant within them


class SeekableVideo(Closing):
    """A video file whose frames are numbered in the order of presentation.

    For one thread. Raises SourceError when it cannot be opened or holds no frame.
    """

    def __init__(
        self, source: str, settings: CaptureSettings | None = None, exact: bool = False
    ) -> None:
        self._source = source
        self._settings = settings or CaptureSettings()
        self._list = number_pictures(source, self._settings, exact)
        self._container = open_video(source, self._settings)
        self._stream = video_stream(self._container, source, self._settings.threads)
        self._pictures: Iterator[av.VideoFrame] = iter(())
        self._next = -1  # the number that the decoder gives next; -1 is unknown
        self._counting = False  # `_next` is sure
        self._first = 0  # what the decoder gives before this number lacks its references
        self._cache: OrderedDict[int, av.VideoFrame] = OrderedDict()
        self._cache_bytes = 0
        self.times_s: NDArray[np.float64] = self._list.times_s

    def __len__(self) -> int:
        return len(self.times_s)

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
        rgb = upright_rgb(picture, self._list.layout)
        return Frame(number, float(self.times_s[number]), captured_ns, rgb)

    def _reach(self, number: int) -> av.VideoFrame:
        at = self._key_before(number)
        found = None
        if self._list.keys[at] <= self._next <= number:
            found = self._decode_to(number)
        for earlier in range(at, max(at - _ATTEMPTS, -1), -1):
            # Where the container lands after the target, an earlier key frame is next.
            if found is None:
                self._seek(earlier)
                found = self._decode_to(number)
        for threads in (self._settings.threads, 1):  # several drop the pictures before damage
            if found is None:
                self._restart(threads)
                found = self._decode_to(number)
        if found is None:
            self._next = -1
            raise SourceError(f"{self._source}: frame {number} cannot be decoded")
        return found

    def _decode_to(self, number: int) -> av.VideoFrame | None:
        """Decode until `number`; None when the decoder is already past it or has ended."""
        for picture in self._pictures:
            at = self._number_of(picture)
            if at is None:
                continue
            if at < self._first:
                self._next = at + 1  # several packets may share a place: the next one is counted
                continue
            if at > number:
                break
            self._keep(at, picture)
            self._next = at + 1
            if at == number:
                return picture
        self._next = -1
        return None

    def _number_of(self, picture: av.VideoFrame) -> int | None:
        """By the place of its packet, or by counting from a picture that had one."""
        sent = picture.opaque
        if isinstance(sent, Sent):
            if sent.place not in self._list.numbers:
                self._counting = False
                return None
            number = self._list.numbers[sent.place]
            if number is not None:
                self._counting = True
                return number
        return self._next if self._counting else None

    def _seek(self, at: int) -> None:
        stamp = self._list.key_stamps[at]
        if stamp is None:
            self._restart(self._settings.threads)
            return
        try:
            self._container.seek(stamp, stream=self._stream)
        except av.error.FFmpegError:
            self._restart(self._settings.threads)
            return
        self._next = self._first = int(self._list.keys[at])
        self._counting = False
        self._decode()

    def _restart(self, threads: int) -> None:
        """Begin at the first packet, for containers that cannot seek."""
        self._container.close()
        self._container = open_video(self._source, self._settings)
        self._stream = video_stream(self._container, self._source, threads)
        self._next = self._first = 0
        self._counting = True
        self._decode()

    def _decode(self) -> None:
        self._pictures = pictures(self._container, self._stream, Damage(), Clock(self._stream))

    def _key_before(self, number: int) -> int:
        return int(np.searchsorted(self._list.keys, number, side="right")) - 1

    def _keep(self, number: int, picture: av.VideoFrame) -> None:
        if number in self._cache:
            return
        self._cache[number] = picture
        self._cache_bytes += _bytes_of(picture)
        while self._cache_bytes > CACHE_BYTES and len(self._cache) > 1:
            _, old = self._cache.popitem(last=False)
            self._cache_bytes -= _bytes_of(old)


class SeekableImages(Closing):
    """A folder of images with the same interface."""

    def __init__(
        self, source: str, settings: CaptureSettings | None = None, exact: bool = False
    ) -> None:
        self._stills = readable_stills(source, settings or CaptureSettings(), exact)
        if not self._stills:
            raise SourceError(f"{source}: not one image can be read")
        self.times_s: NDArray[np.float64] = np.array([still.time_s for still in self._stills])

    def __len__(self) -> int:
        return len(self._stills)

    def close(self) -> None:
        """Nothing is open."""

    def frame(self, number: int) -> Frame:
        """Image `number`, from 0. Raises IndexError outside, SourceError when it is damaged."""
        if not 0 <= number < len(self):
            raise IndexError(f"image {number} of {len(self)}")
        rgb = read_still(self._stills[number])
        if rgb is None:
            raise SourceError(f"{self._stills[number].path}: this image is damaged")
        return Frame(number, float(self.times_s[number]), time.monotonic_ns(), rgb)


Seekable = SeekableVideo | SeekableImages


def open_seekable(
    source: str, settings: CaptureSettings | None = None, exact: bool = False
) -> Seekable:
    """A recorded source by frame number. Raises SourceError.

    `exact` decodes all of it once, so that hidden damage cannot shift the numbers.
    """
    source = local_path(source)
    if kind_of(source) == "images":
        return SeekableImages(source, settings, exact)
    return SeekableVideo(source, settings, exact)


def _bytes_of(picture: av.VideoFrame) -> int:
    return 2 * picture.width * picture.height
