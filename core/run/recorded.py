"""A recorded clip: frames estimated ahead, kept poses, who is who, and the second pass."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from core.errors import DamagedSourceError, UserError
from core.run.pose_file import PoseFile
from core.run.pose_record import Kept
from core.run.stages import Estimator, Tracker, follow
from core.skeleton import Skeleton
from core.tracks.join_plan import JoinPlan
from core.tracks.joined_index import JoinedIndex
from core.tracks.seen_ids import carried_ids, live_table, load_seen
from core.tracks.table import TrackTable
from core.tracks.track_index import TrackIndex
from core.types import Frame, FramePoses, FrameResult, PoseBatch, Sight

Join = Callable[[TrackTable], JoinPlan]  # which rows of a finished clip are whose


@dataclass(frozen=True, slots=True)
class Progress:
    """How far long work has come."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The parts that turn one recorded clip into tracks, made for one run."""

    source: str
    frames: Callable[[], Iterator[Frame]]
    estimate: Estimator | None  # None: only kept poses are followed
    tracker: Tracker
    skeleton: Skeleton  # of the people that are found
    join: Join | None = None  # the second pass
    least_score: float = 0.0  # weaker people are kept, but not followed
    workers: int = 1  # threads that estimate frames ahead
    looks_at_camera: bool = False  # the tracker asks pictures how the camera moved,
    looks_at_people: bool = False  # and what people wear
    photos: bool = False  # the pictures are no film

    @property
    def is_second_pass_due(self) -> bool:
        """Whether the first pass is not the last word on who is who."""
        return self.join is not None or bool(self.source and live_table(Path(self.source)).exists())

    def looks(self, kept: PoseFile) -> bool:
        """Whether pictures are looked at although all poses are kept."""
        return (self.looks_at_people and not kept.knows_looks) or (
            self.looks_at_camera and not kept.knows_camera
        )


class Recorded:
    """The frames of a clip with everyone in them; iterate once.

    Frames whose poses are kept cost no network; where all are, the clip itself is read only if
    its pictures have to be looked at. Without an estimator it ends at the first frame not kept. An
    error of the source is raised after its last good frame.
    """

    def __init__(self, analysis: Analysis, kept: PoseFile) -> None:
        self.replayed = 0  # frames given so far whose poses were kept
        self._analysis = analysis
        self._kept = kept

    def __iter__(self) -> Generator[FramePoses, None, None]:
        analysis, kept = self._analysis, self._kept
        if not analysis.looks(kept) and (kept.is_whole or analysis.estimate is None):
            for item in kept.frames():
                if item.frame.index > self.replayed:
                    return  # what lies between is not known
                self.replayed += 1
                yield item
        else:
            yield from self._read(analysis.frames())

    def _read(self, frames: Iterable[Frame]) -> Generator[FramePoses, None, None]:
        waiting: deque[tuple[Frame, Kept | Future[PoseBatch]]] = deque()
        ended: UserError | None = None
        workers, estimate = self._analysis.workers, self._analysis.estimate
        with ThreadPoolExecutor(workers, "ahead") as pool:
            try:
                for frame in frames:
                    kept = self._kept.read(frame.index)
                    if kept is not None and kept.time_s == frame.time_s:
                        waiting.append((frame, kept))
                    elif estimate is None:
                        break
                    else:
                        waiting.append((frame, pool.submit(estimate, frame)))
                    if len(waiting) > workers:
                        yield self._given(*waiting.popleft())
            except UserError as error:
                ended = error
            try:
                while waiting:
                    yield self._given(*waiting.popleft())
            finally:
                pool.shutdown(cancel_futures=True)
        if ended is not None:
            raise ended

    def _given(self, frame: Frame, answer: Kept | Future[PoseBatch]) -> FramePoses:
        if isinstance(answer, Kept):
            self.replayed += 1
            return FramePoses(frame, answer.poses, answer.sight)
        return FramePoses(frame, answer.result())


def first_pass(
    analysis: Analysis, found: Recorded, kept: PoseFile, index: TrackIndex | None = None
) -> Generator[FrameResult, None, None]:
    """Follow everyone from the first frame on, as a live run would, and keep what is new.

    `index` gets who is who. Raises what the source raises, after its last good frame.
    """
    count = 0
    try:
        for result in follow(found, analysis.tracker, analysis.least_score):
            _keep(kept, result)
            if index is not None:
                index.append(result.poses, result.tracks, result.frame.time_s)
            count += 1
            yield result
    except DamagedSourceError:
        _end(kept, count)
        raise
    _end(kept, count)


def second_pass(analysis: Analysis, index: TrackIndex) -> TrackIndex | JoinedIndex:
    """Who is who once all of a clip is known: tracks joined where that is asked for.

    In a recording of a live run people get the ids that they had on the screen. Raises
    TableError where the tables beside the recording cannot be read.
    """
    joined: TrackIndex | JoinedIndex = index
    if analysis.join is not None:
        joined = JoinedIndex.of(index, analysis.join(index.outline()))
    on_screen = load_seen(Path(analysis.source)) if analysis.source else {}
    return joined.renamed(carried_ids(joined, on_screen)) if on_screen else joined


def _keep(kept: PoseFile, result: FrameResult) -> None:
    if not kept.writable:
        return
    frame = result.frame
    old = kept.read(frame.index)
    if old is None or old.time_s != frame.time_s:
        kept.write(frame, result.poses, result.sight)
    elif (sight := _together(old.sight, result.sight)) is not None:
        kept.write(frame, result.poses, sight)


def _together(old: Sight, new: Sight) -> Sight | None:
    """What was seen in both; None where nothing was looked at for the first time."""
    camera = new.camera if old.camera is None else old.camera
    looks = new.looks if old.looks is None else old.looks
    learnt = camera is not old.camera or looks is not old.looks
    return Sight(camera, looks) if learnt else None


def _end(kept: PoseFile, count: int) -> None:
    if kept.writable:
        kept.end(count)
