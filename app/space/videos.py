"""Skeletons in space drawn over the clips of the cameras that saw them."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.progress_bar import ProgressBar
from app.results.clip_results import recorded_clip, recorded_time_scale
from app.space.inputs import View, check_sizes
from core.errors import DamagedSourceError, SettingsError, UserNotice
from core.space.camera import Array, Camera
from core.space.people.moments import Moments
from core.space.resample import ClockMap
from core.space.tracks3d import Tracks3D
from core.tracks.motion import is_known
from core.types import FloatArray, Frame, FrameResult, PoseBatch, Tracks
from core.video.capture import read_frames
from core.video.draw import Annotator, DrawSettings
from core.video.encode import EncodeSettings, VideoWriter
from core.video.probe import SourceInfo, probe
from core.video.source import CaptureSettings, kind_of

_DRAWN = DrawSettings(boxes=False, trail_s=0)


@dataclass(frozen=True, slots=True)
class SpaceClip:
    """The clip of a view."""

    camera: Camera
    clock: ClockMap
    info: SourceInfo
    capture: CaptureSettings


def clips_of(
    views: Sequence[View], cameras: Sequence[Camera], clocks: Sequence[ClockMap]
) -> list[SpaceClip]:
    """The clips that the records beside tracks name. Raises SettingsError, SourceError."""
    found = []
    for view, camera, clock in zip(views, cameras, clocks, strict=True):
        source = recorded_clip(view.path, "put that one in its place, or leave out --video")
        if not source or kind_of(source) == "stream":
            raise SettingsError(
                f"--video: the record beside {view.path} names no clip; `process` writes one"
            )
        capture = CaptureSettings(time_scale=recorded_time_scale(view.path))
        found.append(SpaceClip(camera, clock, probe(source, capture), capture))
    check_sizes(cameras, [(clip.info.source, clip.info.size) for clip in found])
    return found


def write_video(path: Path, clip: SpaceClip, tracks: Tracks3D, encode: EncodeSettings) -> None:
    """Draw everybody over a clip, at its own frames. Raises SourceError, OutputError."""
    annotator, info, moments = Annotator(_DRAWN), clip.info, Moments(tracks)
    with (
        ProgressBar(path.stem) as bar,
        VideoWriter(path, info.size, info.nominal_rate_hz, encode) as writer,
    ):
        done = 0
        try:
            for frame in read_frames(info.source, clip.capture):
                time_s = float(clip.clock.common(np.array(frame.time_s)))
                result = _shown(frame, clip.camera, moments.at(time_s))
                writer.write(annotator(result), frame.time_s)
                done += 1
                bar(info, "skeletons in space", done)
        except DamagedSourceError as error:
            if not done:
                raise
            warnings.warn(str(error), UserNotice, stacklevel=2)


def _shown(frame: Frame, camera: Camera, people: dict[int, Array]) -> FrameResult:
    bodies, ids = [], []
    for person, points in people.items():
        pixels = camera.project(points)
        if is_known(pixels).any():
            bodies.append(pixels)
            ids.append(person)
    if not bodies:
        return FrameResult(frame, PoseBatch.empty(), Tracks.empty())
    keypoints = np.stack(bodies).astype(np.float32)
    poses = PoseBatch(
        _boxes(keypoints),
        np.ones(len(ids), np.float32),
        np.nan_to_num(keypoints),
        np.stack([is_known(body) for body in bodies]).astype(np.float32),
    )
    shown = Tracks(np.array(ids, np.int64), poses, np.ones(len(ids), np.bool_))
    return FrameResult(frame, poses, shown)


def _boxes(keypoints: FloatArray) -> FloatArray:
    return np.concatenate([np.nanmin(keypoints, axis=1), np.nanmax(keypoints, axis=1)], axis=1)
