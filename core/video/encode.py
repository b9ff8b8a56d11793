"""Write frames with their true times into an MP4 file: H.264, or VP9."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from numpy.typing import NDArray

from core.closing import Completing
from core.errors import OutputError
from core.one_writer import end_as, open_alone
from core.part_file import output_errors, own_part, part_path
from core.video.reformat import reformatted

# Of FFmpeg's MP4: fragments while it grows, one index at its end.
_PIECES = {"movflags": "hybrid_fragmented", "frag_duration": "1000000", "flush_packets": "1"}
_H264, _VP9 = "libx264", "libvpx-vp9"
_VP9_QUALITY = 1.4  # its crf, up to 63, over that of x264 for a file as like the pictures
_VP9_SPEEDS = {"faster": 7, "fast": 6, "medium": 5, "slow": 5}  # up to 8, the fastest
TICKS_PER_S = 90_000  # 1/90 ms: every common frame rate is a whole number of these


@dataclass(frozen=True, slots=True)
class EncodeSettings:
    """How annotated videos are compressed."""

    # Video codec: h264 by x264, which is under the GPL; vp9 by libvpx, which is not, and which
    # fewer players support; auto takes vp9 in the application to download, else h264
    codec: Literal["auto", "h264", "vp9"] = "auto"
    # Constant rate factor (CRF) of x264: 0 is lossless, 51 the worst; vp9 gets as good a quality
    crf: int = 23
    # Preset of x264: slower ones make smaller files; vp9 has four speeds for them, as ultrafast to
    # veryfast are one, and medium and slow another
    preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"] = (
        "veryfast"
    )
    # Fragmented MP4, a second per fragment: what a killed program leaves can still be played
    in_pieces: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.crf <= 51:
            raise ValueError(f"crf must be between 0 and 51, got {self.crf}")

    @property
    def encoder(self) -> str:
        """FFmpeg's name of what compresses."""
        if self.codec == "auto":
            return _VP9 if getattr(sys, "frozen", False) else _H264
        return _VP9 if self.codec == "vp9" else _H264

    def options(self) -> dict[str, str]:
        """What FFmpeg's encoder is told."""
        if self.encoder == _H264:
            return {"crf": str(self.crf), "preset": self.preset}
        quality = {"crf": str(min(63, round(_VP9_QUALITY * self.crf))), "b": "0"}
        speed = {"deadline": "realtime", "cpu-used": str(_VP9_SPEEDS.get(self.preset, 8))}
        # No pictures are held back: what a killed program leaves is whole.
        rest = {"row-mt": "1", "lag-in-frames": "0", "lossless": str(int(self.crf == 0))}
        return quality | speed | rest


class VideoWriter(Completing):
    """An MP4 file that is called `.part` until `with` ends without an error.

    `size` is width and height in px of the frames to come; odd sizes get one more column or
    row, a copy of the last. `rate_hz` is only a hint for the encoder. Raises OutputError.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        rate_hz: float | None = None,
        settings: EncodeSettings | None = None,
    ) -> None:
        settings = settings or EncodeSettings()
        self.path = path
        self._size = size
        self._last_tick = -1
        pieces = _PIECES if settings.in_pieces else {}
        part = own_part(path)
        with output_errors(path):
            self._alone = open_alone(part, path)
        try:
            with _encode_errors(path):
                self._container = av.open(str(part), "w", format="mp4", options=pieces)
        except OutputError:
            self._alone.close()
            raise
        try:
            with _encode_errors(path):
                self._stream = _stream_in(self._container, size, rate_hz, settings)
                self._container.start_encoding()
        except OutputError:
            self._free()
            raise

    def write(self, image: NDArray[np.uint8] | av.VideoFrame, time_s: float) -> None:
        """Append a frame at a time in seconds; times are kept ascending.

        A frame is RGB (H, W, 3), letterboxed into the first one's size where it has another, or a
        picture in 4:2:0 planes (BT.709, limited range), which is encoded as it is where it fits.
        Raises OutputError.
        """
        same = (self._stream.width, self._stream.height)
        if isinstance(image, av.VideoFrame) and (image.width, image.height) == same:
            picture = image
        else:
            picture = self._converted(image)
        self._last_tick = max(self._last_tick + 1, round(time_s * TICKS_PER_S))
        picture.pts = self._last_tick
        picture.time_base = Fraction(1, TICKS_PER_S)
        with _encode_errors(self.path):
            self._container.mux(self._stream.encode(picture))

    def _converted(self, image: NDArray[np.uint8] | av.VideoFrame) -> av.VideoFrame:
        if isinstance(image, av.VideoFrame):
            rgb = reformatted(image, "rgb24", colours=Colorspace.ITU709)
            image = np.asarray(rgb.to_ndarray(), np.uint8)
        picture = av.VideoFrame.from_ndarray(_letterboxed(image, self._size), format="rgb24")
        bt709, limited = Colorspace.ITU709, ColorRange.MPEG
        return reformatted(picture, "yuv420p", into_colours=bt709, into_range=limited)

    def commit(self) -> None:
        """Finish the file and give it its final name. Raises OutputError."""
        try:
            with _encode_errors(self.path):
                self._container.mux(self._stream.encode(None))
                self._container.close()
        except OutputError:
            self.close()
            raise
        with output_errors(self.path), self._alone:
            end_as(self._alone, part_path(self.path), self.path)

    def close(self) -> None:
        """Close the file under its `.part` name, playable up to here where that is possible."""
        with suppress(OSError, av.error.FFmpegError):
            self._container.mux(self._stream.encode(None))
        self._free()

    def _free(self) -> None:
        with suppress(OSError, av.error.FFmpegError):
            self._container.close()
        self._alone.close()


def _stream_in(
    container: OutputContainer,
    size: tuple[int, int],
    rate_hz: float | None,
    settings: EncodeSettings,
) -> av.VideoStream:
    rate = Fraction(rate_hz or 25).limit_denominator(1001)
    stream = container.add_stream(settings.encoder, rate=rate, options=settings.options())
    assert isinstance(stream, av.VideoStream)
    width, height = size
    stream.width = width + width % 2
    stream.height = height + height % 2
    stream.pix_fmt = "yuv420p"
    stream.time_base = Fraction(1, TICKS_PER_S)
    codec = stream.codec_context
    codec.time_base = Fraction(1, TICKS_PER_S)
    codec.colorspace = Colorspace.ITU709
    codec.color_primaries = ColorPrimaries.BT709
    codec.color_trc = ColorTrc.BT709
    codec.color_range = ColorRange.MPEG
    return stream


@contextmanager
def _encode_errors(path: Path) -> Iterator[None]:
    try:
        with output_errors(path):
            yield
    except av.error.FFmpegError as error:
        raise OutputError(f"{path}: cannot be encoded ({error.strerror})") from error


def _letterboxed(rgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Scale into `size` where it differs, fill with black, and make both sides even."""
    width, height = size
    if rgb.shape[:2] != (height, width):
        scale = min(width / rgb.shape[1], height / rgb.shape[0])
        inside = (max(1, int(rgb.shape[1] * scale)), max(1, int(rgb.shape[0] * scale)))
        canvas = np.zeros((height, width, 3), np.uint8)
        canvas[: inside[1], : inside[0]] = cv2.resize(rgb, inside, interpolation=cv2.INTER_AREA)
        rgb = canvas
    if width % 2 or height % 2:
        border = cv2.BORDER_REPLICATE
        rgb = np.asarray(cv2.copyMakeBorder(rgb, 0, height % 2, 0, width % 2, border), np.uint8)
    return np.ascontiguousarray(rgb)
