"""Size, frame rate and duration of a source, before it is read."""

from dataclasses import dataclass

import av
from av.container import InputContainer

from core.errors import SourceError
from core.video.clock import Clock
from core.video.decode import Damage, pictures
from core.video.source import CaptureSettings, SourceKind, kind_of, local_path, open_video
from core.video.stills import list_stills, read_still
from core.video.streams import video_stream
from core.video.upright import layout_of


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Facts of a source. Sizes are width and height in pixels."""

    source: str
    kind: SourceKind
    size: tuple[int, int]  # of the upright frames, with square pixels
    stored_size: tuple[int, int]
    rotation_deg: int  # clockwise turn that was applied: 0, 90, 180 or 270
    mirrored: bool  # left and right were swapped before the turn
    sample_aspect_ratio: float  # width of a stored pixel by its height
    nominal_rate_hz: float | None  # as the container states it, times `time_scale`
    duration_s: float | None  # as the container states it, by `time_scale`
    frame_count: int | None  # as the container states it; what decodes may be less
    codec: str
    pixel_format: str
    time_scale: float = 1.0  # how many times slower the clip runs than what it shows


def probe(source: str, settings: CaptureSettings | None = None) -> SourceInfo:
    """Open a source, decode its first frame and close it again. Raises SourceError."""
    settings = settings or CaptureSettings()
    source = local_path(source)
    if kind_of(source) == "images":
        return _probe_images(source, settings)
    with open_video(source, settings) as container:
        stream = video_stream(container, source, settings.threads)
        damage = Damage()
        first = next(pictures(container, stream, damage, Clock(stream)), None)
        if first is None:
            raise damage.error(source, good=0)
        layout = layout_of(stream, first)
        rate = stream.guessed_rate or stream.average_rate
        return SourceInfo(
            source=source,
            kind=kind_of(source),
            size=layout.size,
            stored_size=(first.width, first.height),
            rotation_deg=layout.rotation_deg,
            mirrored=layout.mirrored,
            sample_aspect_ratio=float(stream.sample_aspect_ratio or 1),
            nominal_rate_hz=float(rate) * settings.time_scale if rate else None,
            duration_s=_scaled(_duration_s(container, stream), settings),
            frame_count=stream.frames or None,
            codec=stream.codec_context.name,
            pixel_format=first.format.name,
            time_scale=settings.time_scale,
        )


def _duration_s(container: InputContainer, stream: av.VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / 1e6


def _scaled(duration_s: float | None, settings: CaptureSettings) -> float | None:
    return None if duration_s is None else duration_s / settings.time_scale


def _probe_images(source: str, settings: CaptureSettings) -> SourceInfo:
    stills = list_stills(source, settings)
    for still in stills:
        first = read_still(still)
        if first is not None:
            break
    else:
        raise SourceError(f"{source}: not one image can be read")
    rate_hz = settings.image_rate_hz * settings.time_scale
    size = (first.shape[1], first.shape[0])
    return SourceInfo(
        source=source,
        kind="images",
        size=size,
        stored_size=size,
        rotation_deg=0,
        mirrored=False,
        sample_aspect_ratio=1.0,
        nominal_rate_hz=rate_hz,
        duration_s=stills[-1].time_s + 1 / rate_hz,
        frame_count=len(stills),
        codec=still.path.suffix.lower().lstrip("."),
        pixel_format="rgb24",
        time_scale=settings.time_scale,
    )
