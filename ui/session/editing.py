"""Who is selected and followed, and the corrections: made, undone, saved."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from PyQt6.QtWidgets import QInputDialog, QWidget

from core.tracks.edits.check import check_edit
from core.tracks.edits.log import Edit, EditError, EditKind, EditLog
from core.tracks.edits.people import hidden_in, names_of
from core.types import Tracks
from ui.session.edit_saver import EditSaver
from ui.session.file_session import FileSession
from ui.session.jobs import Jobs


class Editing:
    """Works on the log of the clip that is open; a live run has a log of its own.

    `on_change` is called after every change, `on_refusal` with the reason for one not made.
    """

    def __init__(
        self,
        parent: QWidget,
        jobs: Jobs,
        on_change: Callable[[], None],
        on_refusal: Callable[[str], None],
    ) -> None:
        self._parent = parent
        self._saver = EditSaver(jobs)
        self._on_change = on_change
        self._on_refusal = on_refusal
        self._session: FileSession | None = None
        self._live_log = EditLog()
        self._seen = Tracks.empty()
        self._number = 0
        self.selected: int | None = None
        self.followed: int | None = None

    def begin(self, session: FileSession | None) -> None:
        """Another clip, or with None a live run."""
        self._saver.finish()
        self._session = session
        self._live_log = EditLog()
        self._seen = Tracks.empty()
        self.selected = self.followed = None
        self._on_change()

    def see(self, tracks: Tracks, number: int) -> None:
        """What is on the screen now: edits remember where people are."""
        self._seen, self._number = tracks, number

    @property
    def session(self) -> FileSession | None:
        """The clip that is open."""
        return self._session

    @property
    def number(self) -> int:
        """The frame on the screen."""
        return self._number

    @property
    def log(self) -> EditLog:
        """The edits of what is shown."""
        return self._live_log if self._session is None else self._session.knowledge.log

    @property
    def names(self) -> dict[int, str]:
        """The names given."""
        return names_of(self.log.edits)

    @property
    def hidden(self) -> frozenset[int]:
        """Who is hidden."""
        return hidden_in(self.log.edits)

    def select(self, track_id: int | None) -> None:
        """Choose a person, or nobody."""
        self.selected = track_id
        if self.followed is not None:
            self.followed = track_id
        self._on_change()

    def follow(self, on: bool) -> None:
        """Keep the selected person in the middle."""
        self.followed = self.selected if on else None
        self._on_change()

    def rename(self, name: str) -> None:
        """Name the selected person."""
        if self.selected is not None:
            self._make("name", (self.selected,), name=name.strip())

    def ask_name(self) -> None:
        """Ask for a name."""
        if self.selected is None:
            return
        name, good = QInputDialog.getText(
            self._parent,
            "Name",
            f"Name of person {self.selected}",
            text=self.names.get(self.selected, ""),
        )
        if good:
            self.rename(name)

    def toggle_hidden(self) -> None:
        """Hide the selected person, or show them again."""
        if self.selected is not None:
            kind: EditKind = "show" if self.selected in self.hidden else "hide"
            self._make(kind, (self.selected,))

    def merge(self, other: int) -> None:
        """Another track is the selected person too."""
        if self.selected is not None:
            self._make("merge", (self.selected, other))

    def swap(self, other: int) -> None:
        """From the present frame on two people have each other's id."""
        if self.selected is not None:
            self._make("swap", (self.selected, other), self._number)

    def split(self) -> None:
        """From the present frame on the selected track is another person."""
        if self.selected is not None and self._session is not None:
            new_id = self._session.knowledge.next_id()
            self._make("split", (self.selected, new_id), self._number)

    def ask_other(self, title: str, then: Callable[[int], None], others: list[int]) -> None:
        """Ask which other person is meant."""
        choices = [str(track_id) for track_id in others if track_id != self.selected]
        if self.selected is None or not choices:
            self._on_refusal("Select a person first; there must be another one to choose from.")
            return
        choice, good = QInputDialog.getItem(
            self._parent, title, f"Person {self.selected} and person", choices, 0, False
        )
        if good:
            then(int(choice))

    def undo(self) -> None:
        """Take the last edit back."""
        self.log.undo()
        self._changed()

    def redo(self) -> None:
        """Make the edit taken back again."""
        self.log.redo()
        self._changed()

    def make(self, edit: Edit, anchored: Sequence[int], at: int) -> bool:
        """Make an edit of the clip that is open, if it makes sense.

        It remembers where the people `anchored` are, in the frame `at` if they are in it.
        """
        session = self._session
        if session is None:
            self._on_refusal("Tracks are corrected in recorded clips: record this run first.")
            return False
        knowledge = session.knowledge
        try:
            check_edit(edit, knowledge.rows())
            anchors = tuple(knowledge.anchor_of(track_id, at) for track_id in anchored)
        except EditError as error:
            self._on_refusal(str(error))
            return False
        self.log.add(replace(edit, anchors=anchors))
        self._changed()
        return True

    def add_all(self, edits: Sequence[Edit]) -> None:
        """Make edits that are known to make sense; each is undone by itself."""
        for edit in edits:
            self.log.add(edit)
        self._changed()

    def refuse(self, sentence: str) -> None:
        """Say why something cannot be done."""
        self._on_refusal(sentence)

    def notify(self) -> None:
        """Something that is shown beside the edits changed."""
        self._on_change()

    def _make(self, kind: EditKind, ids: tuple[int, ...], frame: int = 0, name: str = "") -> None:
        edit = Edit(kind, ids, frame, name)
        if self._session is None and kind in ("name", "hide", "show"):
            self.log.add(edit)
            self._changed()
        else:
            self.make(edit, ids[:1] if kind == "split" else ids, self._number)

    def _changed(self) -> None:
        session = self._session
        if session is not None:
            session.show_again()
            if session.edits_file is not None:
                self._saver.save(self.log, session.edits_file)
        self._on_change()
