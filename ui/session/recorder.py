"""Writes a live run to disk while it goes on: the camera's picture, the overlay, the tracks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Literal

from core.part_file import make_folder
from core.run.channel import Channel
from core.run.governed import taken_for_seen
from core.run.reconnect import Link
from core.send.recording import FAST, write_camera, write_tracks
from core.tracks.seen_ids import live_table
from core.tracks.trails import Trails
from core.types import Frame, FrameResult
from core.video.encode import VideoWriter
from ui.session.export import paint_over
from ui.session.jobs import Job, Jobs
from ui.session.live_session import LiveSession
from ui.view.overlay import OverlayStyle, Scene
from ui.view.picture import picture_of

What = Literal["camera", "annotated", "both"]
ROOM = 24  # frames that may wait for the encoder before one is lost, and counted


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording that has ended. `camera` is the file that can be analysed frame by frame."""

    camera: Path | None
    annotated: Path | None
    lost: int  # frames that the disk or the encoder was too slow for


class Recorder:
    """Taps a session; stopping ends the files while the session goes on."""

    def __init__(self, jobs: Jobs, folder: Path) -> None:
        self._jobs = jobs
        self._folder = folder
        self._session: LiveSession | None = None
        self._frames: list[Channel[Frame]] = []
        self._results: list[Channel[FrameResult]] = []
        self._written: list[Job] = []
        self._camera: Path | None = None
        self._annotated: Path | None = None

    @property
    def recording(self) -> bool:
        """Whether a run is being written."""
        return self._session is not None

    @property
    def writing(self) -> bool:
        """Whether files are still being ended."""
        return any(job in self._jobs.running for job in self._written)

    def start(self, session: LiveSession, what: What, style: OverlayStyle) -> Path:
        """Write from the next frame on. Returns where."""
        stem = datetime.now().strftime("%Y-%m-%d %H.%M.%S")
        camera = self._folder / f"{stem}.mp4"
        annotated = self._folder / f"{stem} annotated.mp4"
        self._camera = camera if what != "annotated" else None
        self._annotated = annotated if what != "camera" else None
        self._frames, self._results = [], []
        stages: list[Iterator[int]] = []

        def link() -> Link:
            return session.link

        if self._camera is not None:
            self._frames.append(Channel(ROOM))
            stages.append(write_camera(self._frames[0], camera, link))
            self._results.append(Channel(8 * ROOM))
            stages.append(
                write_tracks(self._results[0], live_table(camera), link, session.governed)
            )
        if self._annotated is not None:
            self._results.append(Channel(ROOM))
            stages.append(write_annotated(self._results[-1], annotated, style))
        self._written = [self._jobs.start("Recording", stage) for stage in stages]
        for frames in self._frames:
            session.pipeline.add_frame_tap(frames)
        for results in self._results:
            session.pipeline.add_result_tap(results)
        self._session = session
        return self._folder

    def stop(self) -> Recorded:
        """End the files; they get their final names as soon as all is written."""
        if self._session is not None:
            for frames in self._frames:
                self._session.pipeline.remove_tap(frames)
            for results in self._results:
                self._session.pipeline.remove_tap(results)
            self._session = None
        lost = 0
        for frames in self._frames:
            frames.close()
            lost += frames.dropped
        for results in self._results:
            results.close()
            lost += results.dropped
        return Recorded(self._camera, self._annotated, lost)

    def finish(self, timeout_s: float = 10.0) -> None:
        """Wait until all files are ended: for the moment before the program ends."""
        for job in self._written:
            job.values.wait_closed(timeout_s)


def write_annotated(
    results: Channel[FrameResult], path: Path, style: OverlayStyle
) -> Iterator[int]:
    """The analysed frames with the overlay. Raises OutputError."""
    make_folder(path.parent)
    first = next(iter(results), None)
    if first is None:
        return
    trails = Trails()
    with VideoWriter(path, first.frame.size, settings=FAST) as video:
        for number, result in enumerate(chain([first], results)):
            tracks = taken_for_seen(result)
            trails.add(tracks, result.frame.time_s)
            picture = picture_of(result.frame)
            rgb = paint_over(picture, Scene(tracks, trails.positions()), style)
            video.write(rgb, result.frame.time_s - first.frame.time_s)
            yield number
