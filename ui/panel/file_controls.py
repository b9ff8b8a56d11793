"""Transport and timeline of the clip that is open."""

from collections.abc import Callable

from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QFrame, QMenu, QVBoxLayout, QWidget

from ui.look.theme import Theme
from ui.panel.timeline import Timeline
from ui.panel.transport import Transport
from ui.session.editing import Editing
from ui.session.file_session import FileSession
from ui.session.jobs import Jobs
from ui.session.lanes import Lanes, lanes_of


class FileControls(QFrame):
    """Follows a session: `refresh` is called by the window's timers."""

    def __init__(
        self,
        transport_actions: list[QAction],
        lane_actions: list[QAction],
        jobs: Jobs,
        editing: Callable[[], Editing],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "foot")
        self.transport = Transport(transport_actions)
        self.timeline = Timeline()
        self._lane_actions = lane_actions
        self._jobs = jobs
        self._editing = editing
        self._session: FileSession | None = None
        self._lanes_of: tuple[object, ...] = ()
        self._counting = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.transport)
        column.addWidget(self.timeline)
        self.timeline.sought.connect(self._seek)
        self.timeline.selected.connect(lambda track_id: editing().select(track_id))
        self.timeline.menu_asked.connect(self._show_menu)
        self.transport.speed_chosen.connect(self._set_speed)
        self.transport.analyse_asked.connect(self._analyse)
        self.transport.cancel_asked.connect(self._cancel)
        self.hide()

    def bind(self, session: FileSession | None) -> None:
        """Follow another clip, or none."""
        self._session = session
        self._lanes_of = ()
        self.setVisible(session is not None)
        if session is not None:
            self.timeline.show_clip(session.times_s)
            self.transport.speed.setCurrentIndex(self.transport.speed.findData(session.speed))

    def refresh(self) -> None:
        """Show the present place; cheap enough for every frame."""
        session = self._session
        if session is None or len(session) == 0:
            return
        if self.timeline.clip_length != len(session):
            self.timeline.show_clip(session.times_s)
        done = 0 if session.progress is None else session.progress.done
        self.timeline.show_place(
            session.number, session.marks, max(done - 1, 0), self._editing().selected
        )
        times_s = session.times_s
        self.transport.show_place(
            session.number, len(session), float(times_s[session.number]), float(times_s[-1])
        )

    def refresh_lanes(self) -> None:
        """Count the tracks anew in the background, if something changed."""
        session = self._session
        if session is None or len(session) == 0:
            return
        self.transport.show_progress(session.progress, session.analysing)
        knowledge, cells = session.knowledge, self.timeline.cells
        known = knowledge.known
        rows = 0 if known is None else len(known.index.ids)
        state = (knowledge, known, rows, knowledge.log.edits, cells)
        if state == self._lanes_of or self._counting:
            return
        self._lanes_of = state
        self._counting = True
        count = len(session)
        self._jobs.start(
            "Timeline",
            (lanes_of(knowledge, count, cells) for _ in range(1)),
            lambda lanes: self._take(session, lanes),
            self._counted,
        )

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self.timeline.set_theme(theme)

    def _take(self, session: FileSession, lanes: Lanes) -> None:
        if session is self._session:
            editing = self._editing()
            self.timeline.show_lanes(lanes, editing.names, editing.hidden)

    def _counted(self) -> None:
        self._counting = False

    def _seek(self, number: int) -> None:
        if self._session is not None:
            self._session.seek(number)

    def _set_speed(self, speed: float) -> None:
        if self._session is not None:
            self._session.set_speed(speed)

    def _analyse(self) -> None:
        if self._session is not None:
            self._session.analyse()

    def _cancel(self) -> None:
        if self._session is not None:
            self._session.cancel()

    def _show_menu(self, track_id: int, number: int, at: QPointF) -> None:
        self._editing().select(track_id)
        self._seek(number)
        menu = QMenu(self)
        menu.addActions(self._lane_actions)
        menu.popup(at.toPoint())
