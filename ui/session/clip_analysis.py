"""The analysis of a clip in the background, and what is known so far."""

import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DamagedSourceError, UserError
from core.run.channel import Channel
from core.run.pose_file import PoseFile
from core.run.pose_record import PosesOf
from core.run.recorded import Analysis, Progress, Recorded, first_pass, second_pass
from core.run.stages import Estimator
from core.skeleton import COCO_17, Skeleton, told_of
from core.tracks.edits.found_again import found_again
from core.tracks.edits.frame import edited_tracks
from core.tracks.edits.log import Anchor, Edit, EditError, EditLog
from core.tracks.edits.rows import PeopleRows, edited_rows
from core.tracks.joined_index import JoinedIndex
from core.tracks.track_index import TrackIndex
from core.types import Tracks
from core.video.seek import open_seekable
from ui.session.engine import Settings, WindowEngine
from ui.session.jobs import Job, Jobs

_TITLE = "Analysis"


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Kept poses and the ids that belong to them."""

    kept: PoseFile
    index: TrackIndex | JoinedIndex
    made_by: Mapping[str, Any]  # network and settings, as records have them

    def tracks_at(self, number: int) -> Tracks:
        """Who is in a frame, before all edits."""
        return self.index.of_frame(number, self.kept.poses)


@dataclass(frozen=True, slots=True)
class Finished:
    """The analysis is complete. `holds` says what each edit means in it."""

    holds: tuple[Edit | None, ...]


class Knowledge:
    """What is known of a clip; `known` is replaced whole, by the thread that analyses."""

    def __init__(self) -> None:
        self.known: Known | None = None
        self.log = EditLog()
        self._last: tuple[Known, int, Tracks] | None = None  # who was in a frame, before all edits
        self._rows: tuple[tuple[Known | None, int], tuple[Edit, ...], PeopleRows] = (
            (None, 0),
            (),
            self.rows_before(),
        )

    def tracks_at(self, number: int) -> Tracks:
        """Who is in a frame, after all edits."""
        before = self.tracks_before(number)
        return edited_tracks(self.log.edits, number, before, self.named)

    def tracks_before(self, number: int) -> Tracks:
        """Who is in a frame, before all edits."""
        known = self.known
        if known is None:
            return Tracks.empty()
        last = self._last
        if last is None or last[0] is not known or last[1] != number:
            tracks = known.tracks_at(number)
            if number >= known.index.frame_count:
                return tracks  # not known yet
            # Who is asked about is nearly always the frame on the screen, again and again.
            self._last = last = (known, number, tracks)
        return last[2]

    def rows_before(self) -> PeopleRows:
        """Everybody in every frame known so far, before all edits."""
        known = self.known
        index = TrackIndex(COCO_17, room=0) if known is None else known.index
        return PeopleRows.of(index.frames, index.ids, index.scores, index.boxes)

    def rows(self) -> PeopleRows:
        """Everybody in every frame known so far, after all edits."""
        known, edits = self.known, self.log.edits
        count = 0 if known is None else len(known.index.ids)
        # Only edits that are new since the last time are made: a long clip has many rows.
        of, done, rows = self._rows
        if of != (known, count) or edits[: len(done)] != done:
            of, done, rows = (known, count), (), self.rows_before()
        rows = edited_rows(edits[len(done) :], rows) if len(done) < len(edits) else rows
        self._rows = (of, edits, rows)
        return rows

    @property
    def named(self) -> Skeleton | None:
        """What the network brought; None where it is the usual one, or nothing is known yet."""
        return None if self.known is None else self.known.kept.named

    @property
    def skeleton(self) -> Skeleton:
        """Of everybody in the clip. Raises TableError."""
        return COCO_17 if self.known is None else self.known.kept.skeleton

    def time_at(self, number: int) -> float | None:
        """When a frame is shown, as far as it was analysed, s."""
        known = self.known
        kept = None if known is None else known.kept.read(number)
        return None if kept is None else kept.time_s

    def anchor_of(self, track_id: int, number: int) -> Anchor:
        """Where a person is in a frame, or else in the first frame with them.

        Raises EditError for nobody.
        """
        rows = self.rows()
        found = rows.where(track_id, number)
        if not len(found):
            found = rows.where(track_id)
        if not len(found):
            raise EditError(f"there is no person {track_id}")
        x1, y1, x2, y2 = (float(value) for value in rows.boxes[found[0]])
        return Anchor(int(rows.frames[found[0]]), (x1, y1, x2, y2))

    def frames_of(self, track_id: int) -> NDArray[np.int64]:
        """The frames with a person, ascending, after all edits."""
        rows = self.rows()
        return np.unique(rows.frames[rows.ids == track_id])

    def next_id(self) -> int:
        """An id that nobody has."""
        used = [track_id for edit in self.log.made + self.log.edits for track_id in edit.ids]
        known = self.known
        if known is not None and len(known.index.ids):
            used.append(int(known.index.ids.max()))
        return max(used, default=0) + 1


def results_of(folder: Path, source: str) -> Path:
    """The folder for what is known of a clip; another content of the file is another clip."""
    path = Path(source).resolve()
    facts = path.stat()
    text = f"{path}|{facts.st_size}|{facts.st_mtime_ns}"
    return folder / f"{path.stem[:40]}-{hashlib.sha1(text.encode()).hexdigest()[:12]}"


def run_analysis(
    knowledge: Knowledge,
    source: str,
    results: Path,
    engine: WindowEngine[Settings],
    estimator: Estimator,
    settings: Settings,
) -> Generator[Progress | Finished, None, None]:
    """Analyse from the first frame on, using all poses that are kept. For a thread of its own.

    A first analysis is known frame by frame; a later one replaces it when it is complete, and so
    does the second pass. A damaged clip is complete where its good part ends; its error is raised
    after that.
    """
    analysis = engine.analysis(source, settings, estimator)
    made_by = engine.made_by(settings, estimator)
    with open_seekable(source) as video:
        total = len(video)
    damage: DamagedSourceError | None = None
    with _kept_poses(results, analysis, engine.kept(settings)) as kept:
        index = TrackIndex(analysis.skeleton)
        if knowledge.known is None:
            knowledge.known = Known(kept, index, made_by)
        try:
            for _ in first_pass(analysis, Recorded(analysis, kept), kept, index):
                yield Progress(index.frame_count, max(total, index.frame_count))
        except DamagedSourceError as error:
            damage = error
        fresh = Known(kept, second_pass(analysis, index), made_by)
        knowledge.known = fresh
        made = knowledge.log.made
        yield Finished(tuple(found_again(made, fresh.tracks_at, fresh.index.ids)))
    if damage is not None:
        raise damage


def _kept_poses(results: Path, analysis: Analysis, origin: Mapping[str, Any]) -> PoseFile:
    """The file of a clip's poses; one a network and way of asking it."""
    source, told = str(Path(analysis.source).resolve()), told_of(analysis.skeleton)
    of = PosesOf(origin, source, analysis.photos, told)
    path = results / f"{hashlib.sha1(of.line()).hexdigest()[:12]}.poses"
    return PoseFile.resume(path, of, replace=True)


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """An analysis that is wanted; without an estimator: none."""

    knowledge: Knowledge
    source: str
    results: Path
    settings: Settings
    estimator: Estimator | None
    on_step: Callable[[Progress | Finished], None]


class ClipAnalyser:
    """One thread that analyses for the whole window: a newer order ends the one before.

    So two analyses never write the same file, and never run the network at the same time.
    """

    def __init__(self, engine: WindowEngine[Settings], jobs: Jobs) -> None:
        self._engine = engine
        self._jobs = jobs
        self._orders: Channel[Order] = Channel(1, newest_wins=True)
        self._job: Job | None = None
        self._current: Order | None = None

    def order(self, order: Order) -> None:
        """Begin as soon as the thread is free; progress is reported by the window's timer."""
        if self._job is None or self._job not in self._jobs.running:
            self._orders = Channel(1, newest_wins=True)
            stage = _analyses(self._engine, self._orders)
            self._job = self._jobs.start(_TITLE, stage, self._take)
        self._current = order
        self._orders.put(order)

    def cancel(self) -> None:
        """Stop; what was found is kept."""
        if self._current is not None:
            self._orders.put(replace(self._current, estimator=None))
            self._current = None

    def is_busy(self, knowledge: Knowledge) -> bool:
        """Whether a clip is being analysed."""
        running = self._job is not None and self._job in self._jobs.running
        return running and self._current is not None and self._current.knowledge is knowledge

    def close(self) -> None:
        """End the thread."""
        self._orders.close(discard=True)

    def _take(self, news: tuple[Order, Progress | Finished | UserError]) -> None:
        order, step = news
        if order is not self._current:  # a clip that nobody looks at any more
            return
        if not isinstance(step, Progress):
            self._current = None
        if isinstance(step, UserError):
            self._jobs.say_failed(_TITLE, step)
        else:
            order.on_step(step)


def _analyses(
    engine: WindowEngine[Settings], orders: Channel[Order]
) -> Iterator[tuple[Order, Progress | Finished | UserError]]:
    """What becomes of the orders; one that fails ends alone."""
    for first in orders:
        order: Order | None = first
        while order is not None and order.estimator is not None:
            newer: Order | None = None
            steps = run_analysis(
                order.knowledge,
                order.source,
                order.results,
                engine,
                order.estimator,
                order.settings,
            )
            try:
                with closing(steps):
                    for step in steps:
                        yield order, step
                        newer = orders.latest()
                        if newer is not None:
                            break
            except UserError as error:
                yield order, error
            order = newer
