"""Decoding on the graphics card, where somebody wants it and it is there."""

import warnings
from typing import Literal

import av
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.container import InputContainer

from core.errors import UserNotice

HardwareWish = Literal["off", "auto", "cuda", "vaapi", "videotoolbox", "d3d11va", "qsv"]
_ORDER = ("videotoolbox", "cuda", "vaapi", "d3d11va", "qsv")


def open_accelerated(
    url: str, wish: HardwareWish, options: dict[str, str], timeout_s: float | None
) -> InputContainer | None:
    """Open a source with a decoder in hardware, or None, with a notice that says so.

    Pictures come back into the processor's memory. What is wrong with the source itself is left
    to whoever opens it without.
    """
    available = hwdevices_available()
    kinds = [kind for kind in _ORDER if wish in ("auto", kind) and kind in available]
    for kind in kinds:
        try:
            container = av.open(
                url,
                options=options,
                metadata_errors="replace",
                timeout=timeout_s,
                hwaccel=HWAccel(kind, allow_software_fallback=True),
            )
        except (av.error.FFmpegError, RuntimeError):
            continue
        if any(stream.codec_context.is_hwaccel for stream in container.streams.video):
            return container
        container.close()
    tried = f"tried {', '.join(kinds)}" if kinds else "this FFmpeg has none that was asked for"
    warnings.warn(
        f"no decoder in hardware ({tried}); the processor decodes", UserNotice, stacklevel=2
    )
    return None
