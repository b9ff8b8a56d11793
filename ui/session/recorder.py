"""Writes live runs to disk while they go on: the camera's picture, the overlay, the tracks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from core.part_file import make_folder
from core.run.channel import Channel
from core.run.governed import taken_for_seen
from core.run.outcome import LiveOutcome
from core.run.reconnect import Link
from core.send.recording import FAST, write_camera, write_tracks
from core.tracks.seen_ids import frame_times, live_table
from core.tracks.trails import Trails
from core.types import Frame, FrameResult
from core.video.encode import VideoWriter
from ui.session.export import paint_over
from ui.session.jobs import Job, Jobs
from ui.session.live_session import LiveSession
from ui.session.source import file_names_of
from ui.view.overlay import OverlayStyle, Scene
from ui.view.picture import picture_of

What = Literal["camera", "annotated", "both"]
ROOM = 24  # frames that may wait for the encoder before one is lost, and counted
LONGEST_END_S = 60.0  # for files to be completed, before the record of them is written


@dataclass(frozen=True, slots=True)
class RecordedFiles:
    """A recording that has ended. `cameras` are files that can be analysed frame by frame."""

    cameras: tuple[Path, ...]
    annotated: tuple[Path, ...]
    lost: int  # frames that the disk or the encoder was too slow for


class Recorder:
    """Taps sessions; stopping ends the files while the sessions go on."""

    def __init__(self, jobs: Jobs, folder: Path) -> None:
        self._jobs = jobs
        self._folder = folder
        self._taken: list[_Taken] = []
        self._written: list[Job] = []

    @property
    def recording(self) -> bool:
        """Whether a run is being written."""
        return bool(self._taken)

    @property
    def writing(self) -> bool:
        """Whether files are still being ended."""
        return any(job in self._jobs.running for job in self._written)

    def start(self, sessions: Sequence[LiveSession], what: What, style: OverlayStyle) -> Path:
        """Write from the next frame on, files of its own for each session. Returns where."""
        stamp = datetime.now().strftime("%Y-%m-%d %H.%M.%S")
        names = [stamp]
        if len(sessions) > 1:
            names = file_names_of([session.source for session in sessions], stamp)
        self._taken = [
            _Taken(session, self._folder / f"{name}.mp4", what, style)
            for session, name in zip(sessions, names, strict=True)
        ]
        for taken in self._taken:
            taken.written = [self._jobs.start("Recording", stage) for stage in taken.stages]
        ending = [job for job in self._written if job in self._jobs.running]
        self._written = ending + [job for taken in self._taken for job in taken.written]
        for taken in self._taken:
            taken.tap()
        return self._folder

    def stop(self) -> RecordedFiles:
        """End the files; they get their final names as soon as all is written."""
        taken, self._taken = self._taken, []
        lost = [one.end() for one in taken]
        for one, count in zip(taken, lost, strict=True):
            self._written.append(self._jobs.start("Recording", one.told(count)))
        return RecordedFiles(
            tuple(one.camera for one in taken if one.camera is not None),
            tuple(one.annotated for one in taken if one.annotated is not None),
            sum(lost),
        )

    def finish(self, timeout_s: float = 10.0) -> None:
        """Wait until all files are ended: for the moment before the program ends."""
        for job in self._written:
            job.values.wait_closed(timeout_s)


class _Taken:
    """What is recorded of one session."""

    def __init__(self, session: LiveSession, camera: Path, what: What, style: OverlayStyle) -> None:
        self._session = session
        self._frames: list[Channel[Frame]] = []
        self._results: list[Channel[FrameResult]] = []
        self.camera: Path | None = None
        self.annotated: Path | None = None
        self.stages: list[Iterator[int]] = []  # that write the files
        self.written: list[Job] = []  # the same as jobs
        self._started = datetime.now(UTC).astimezone()
        # What is being analysed now belongs to the recording: its result will be taken.
        analysed = session.pipeline.analysed
        self._before = (analysed + session.pipeline.dropped, analysed)

        def link() -> Link:
            return session.link

        if what != "annotated":
            self.camera = camera
            self._frames.append(Channel(ROOM))
            self.stages.append(write_camera(self._frames[0], camera, link))
            self._results.append(Channel(8 * ROOM))
            self.stages.append(
                write_tracks(self._results[0], live_table(camera), link, session.governed)
            )
        if what != "camera":
            self.annotated = camera.with_name(f"{camera.stem} annotated.mp4")
            self._results.append(Channel(ROOM))
            self.stages.append(write_annotated(self._results[-1], self.annotated, style))

    def tap(self) -> None:
        """Take copies from the next frame on."""
        for frames in self._frames:
            self._session.pipeline.add_frame_tap(frames)
        for results in self._results:
            self._session.pipeline.add_result_tap(results)

    def told(self, lost: int) -> Iterator[Path]:
        """What writes the record, once all files are complete; `lost` frames are not in them."""
        pipeline, latency = self._session.pipeline, self._session.painted.latency()
        analysed = pipeline.analysed - self._before[1]  # first: it stays behind what is captured
        outcome = LiveOutcome(
            self._started,
            pipeline.captured - self._before[0],
            analysed,
            lost,
            self._session.link,
            latency.median,
            latency.p95,
        )
        return self._told(outcome)

    def _told(self, outcome: LiveOutcome) -> Iterator[Path]:
        for job in self.written:
            job.values.wait_closed(LONGEST_END_S)
        camera = self.camera
        own = [] if camera is None else [live_table(camera), camera, frame_times(camera)]
        files = own + ([] if self.annotated is None else [self.annotated])
        self._session.write_record(files, outcome)
        yield files[0]

    def end(self) -> int:
        """Take no more. Returns how much there was no room for."""
        channels: list[Channel[Any]] = [*self._frames, *self._results]
        for channel in channels:
            self._session.pipeline.remove_tap(channel)
            channel.close()
        return sum(channel.dropped for channel in channels)


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
            rgb = paint_over(picture, Scene(tracks, trails.positions(), named=result.named), style)
            video.write(rgb, result.frame.time_s - first.frame.time_s)
            yield number
