"""The frames of a clip that are worth correcting: proposed, checked, and what they tell."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from core.errors import OutputError
from core.run.recorded import Progress
from core.skeleton import COCO_17
from core.tracks.edits.frame import shown_frame
from core.tracks.edits.log import POSE_KINDS, Edit
from core.tracks.formats.imported import ImportedLabels, imported_labels
from core.tracks.improve.accuracy import Accuracy
from core.tracks.improve.from_labels import imported_edits
from core.tracks.improve.proposals import Proposal
from core.tracks.improve.truth import (
    FrameTruth,
    ListedFrame,
    load_listed,
    save_listed,
    truth_of,
)
from ui.session.clip_analysis import Knowledge
from ui.session.editing import Editing
from ui.session.file_session import FileSession
from ui.session.jobs import Job, Jobs
from ui.session.kept_file import KeptFile
from ui.session.proposing import listed_with, measured, more_at_random, propose

PROPOSED = 20  # frames
MORE = 10  # frames
_SAVING = "Frames to correct"


class Improving:
    """Holds the list of frames. `threshold` gives the least score of a keypoint in tables.

    `on_progress` is told how far a search is, and None when it has ended.
    """

    def __init__(
        self,
        editing: Editing,
        jobs: Jobs,
        threshold: Callable[[], float],
        on_progress: Callable[[Progress | None], None],
    ) -> None:
        self._editing = editing
        self._jobs = jobs
        self._threshold = threshold
        self._on_progress = on_progress
        self._forget()

    def _forget(self) -> None:
        self._session: FileSession | None = None
        self._file: KeptFile | None = None
        self._made: tuple[Edit, ...] | None = None
        self._search: Job | None = None
        self._measurement: Job | None = None
        self._measured_of: tuple[object, ...] = ()
        self._saved: tuple[ListedFrame, ...] = ()
        self.listed: tuple[ListedFrame, ...] = ()
        self.accuracy: Accuracy | None = None
        self.height_m: float | None = None  # of the person who is there longest

    def begin(self, session: FileSession | None) -> None:
        """Another clip, or none."""
        self.finish()
        self.cancel()
        self._forget()
        self._session = session

    @property
    def here(self) -> ListedFrame | None:
        """What is known of the frame on the screen."""
        number = self._editing.number
        return next((item for item in self.listed if item.frame == number), None)

    @property
    def teaching(self) -> tuple[ListedFrame, ...]:
        """Checked frames that teach."""
        return tuple(i for i in self.listed if i.truth is not None and not i.proposal.measures)

    @property
    def checked(self) -> tuple[ListedFrame, ...]:
        """All checked frames."""
        return tuple(item for item in self.listed if item.truth is not None)

    @property
    def measuring(self) -> tuple[ListedFrame, ...]:
        """Checked frames that measure."""
        return tuple(i for i in self.listed if i.truth is not None and i.proposal.measures)

    @property
    def searching(self) -> bool:
        """Whether frames are being looked for."""
        return self._search is not None and self._search in self._jobs.running

    def propose(self) -> None:
        """Look for twenty more frames, in the background."""
        session = self._analysed()
        if session is None or self.searching:
            return
        stage = propose(
            session.knowledge, session.source.address, self.listed, len(session), PROPOSED
        )

        def take(value: Progress | tuple[Proposal, ...]) -> None:
            if session is not self._session:
                return
            if isinstance(value, Progress):
                self._on_progress(value)
            else:
                self._add(value)

        self._search = self._jobs.start("Proposals", stage, take, lambda: self._on_progress(None))

    def more(self) -> None:
        """Ten more frames at random."""
        session = self._analysed()
        if session is not None:
            self._add(more_at_random(self.listed, len(session), MORE))

    def check(self) -> None:
        """All of the frame on the screen is right as it is; on to the next one that waits."""
        session, number = self._session, self._editing.number
        if session is None or not session.settled or not self._is_coco(session):
            return
        self._wait_again(session.knowledge.log.made)  # edits that come before this
        item = self.here or ListedFrame(Proposal(number, "chosen"))
        self._put(replace(item, truth=_truth(session.knowledge, number, self._threshold())))
        self.next()

    def next(self) -> None:
        """Show the next frame that waits, after the last one the first."""
        waiting = [item.frame for item in self.listed if item.truth is None]
        if self._session is not None and waiting:
            later = [frame for frame in waiting if frame > self._editing.number]
            self.show(min(later or waiting))

    def show(self, frame: int) -> None:
        """Show a frame, and stop there."""
        if self._session is not None:
            self._session.playing = False
            self._session.seek(frame)

    def forget_here(self) -> None:
        """Take the frame on the screen off the list, if it is one that teaches."""
        item = self.here
        if item is not None and item.proposal.measures:
            self._editing.refuse("Frames drawn at random stay: without the worst they say nothing.")
        elif item is not None:
            self._set([other for other in self.listed if other is not item])

    def cancel(self) -> None:
        """Look for frames no longer."""
        if self._search is not None:
            self._search.cancel()
            self._search = None
            self._on_progress(None)

    def set_height(self, height_m: float | None) -> None:
        """The height of the person who is there longest, for errors in cm."""
        self.height_m = height_m

    def refresh(self) -> None:
        """Take in what changed: edits, another analysis, another list. For the window's timer."""
        session = self._session
        if session is None or session.results is None:
            return
        if self._file is None:
            self._file = KeptFile(session.results / "frames.json")
            path = self._file.path
            self._jobs.ask(
                _SAVING, lambda: load_listed(path), lambda found: self._take(session, found)
            )
        self._wait_again(session.knowledge.log.made)
        knowledge = session.knowledge
        state = (knowledge.known, self.measuring, self.height_m)
        busy = self._measurement is not None and self._measurement in self._jobs.running
        if state != self._measured_of and not busy and not session.analysing:
            self._measured_of = state
            listed, height_m = self.measuring, self.height_m
            self._measurement = self._jobs.ask(
                "Accuracy",
                lambda: measured(knowledge, listed, height_m),
                lambda found: self._take_accuracy(session, found),
            )

    def read_labels(self, path: Path) -> None:
        """Take in what another tool says of frames: as corrections, and as checked frames."""
        session = self._analysed()
        if session is None or not self._is_coco(session):
            return
        knowledge, size = session.knowledge, session.picture_size

        def read() -> tuple[ImportedLabels, list[Edit]]:
            labels = imported_labels(path, len(session), size)
            edits = imported_edits(
                labels.truths, knowledge.tracks_before, knowledge.log.edits, knowledge.next_id()
            )
            return labels, edits

        self._jobs.ask("Labels", read, lambda found: self._take_labels(session, *found))

    def _take_labels(self, session: FileSession, labels: ImportedLabels, edits: list[Edit]) -> None:
        if session is not self._session:
            return
        self._editing.add_all(edits)
        self._made = session.knowledge.log.made
        known = {item.frame: item for item in self.listed}
        for frame, truth in labels.truths.items():
            old = known.get(frame, ListedFrame(Proposal(frame, labels.whys[frame])))
            known[frame] = replace(old, truth=truth)
        self._set([known[frame] for frame in sorted(known)])

    def finish(self) -> None:
        """Another clip comes, or the end: write what is not written yet."""
        file = self._file
        if file is not None and self.listed != self._saved and not self._jobs.titled(_SAVING):
            with suppress(OutputError), file.written() as path:  # the window has said so before
                save_listed(path, self.listed)

    def _analysed(self) -> FileSession | None:
        session = self._session
        if session is None:
            return None
        if session.analysing or session.progress is None or not len(session):
            self._editing.refuse("The clip is still being analysed: propose frames after.")
            return None
        return session

    def _is_coco(self, session: FileSession) -> bool:
        names = session.knowledge.skeleton.names
        if names != COCO_17.names:
            self._editing.refuse(
                f"Only people with COCO's {len(COCO_17)} keypoints are checked; this network finds "
                f"{len(names)} of its own."
            )
        return names == COCO_17.names

    def _wait_again(self, made: tuple[Edit, ...]) -> None:
        """Frames whose people were edited since they were checked must be checked again."""
        before, self._made = self._made, made
        if before is None or before == made:
            return
        same = next(
            (n for n, (a, b) in enumerate(zip(before, made, strict=False)) if a != b),
            min(len(before), len(made)),
        )
        changed = [e for e in (*before[same:], *made[same:]) if e.kind in POSE_KINDS]
        self._set(
            [
                replace(item, truth=None) if any(e.reaches(item.frame) for e in changed) else item
                for item in self.listed
            ]
        )

    def _take(self, session: FileSession, found: list[ListedFrame]) -> None:
        if session is self._session and not self.listed:
            self._saved = self.listed = tuple(found)

    def _take_accuracy(self, session: FileSession, found: Accuracy) -> None:
        if session is self._session:
            self.accuracy = found

    def _add(self, proposals: Sequence[Proposal]) -> None:
        if not proposals:
            self._editing.refuse("Every frame of the clip is on the list.")
        self._set(listed_with(self.listed, proposals))

    def _put(self, item: ListedFrame) -> None:
        others = [other for other in self.listed if other.frame != item.frame]
        self._set(sorted([*others, item], key=lambda one: one.frame))

    def _set(self, listed: Sequence[ListedFrame]) -> None:
        if tuple(listed) == self.listed:
            return
        self.listed = tuple(listed)
        if self._file is not None and not self._jobs.titled(_SAVING):
            self._jobs.start(_SAVING, self._writing(self._file), on_end=self._written)
        self._editing.notify()

    def _writing(self, file: KeptFile) -> Iterator[tuple[ListedFrame, ...]]:
        listed = self.listed
        with file.written() as path:
            save_listed(path, listed)
        if file is self._file:
            self._saved = listed
        yield listed

    def _written(self) -> None:
        if self._file is not None and self.listed != self._saved:
            self._jobs.start(_SAVING, self._writing(self._file), on_end=self._written)


def _truth(knowledge: Knowledge, number: int, least_score: float) -> FrameTruth:
    """What is on the screen, without those who are hidden or only predicted."""
    before = knowledge.tracks_before(number)
    frame = shown_frame(knowledge.log.edits, number, before, knowledge.named)
    return truth_of(frame[frame.tracks.observed], least_score)
