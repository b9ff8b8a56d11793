"""Keeps the panel for improving in line with what is proposed, checked and measured."""

from collections.abc import Callable

import numpy as np
from PyQt6.QtWidgets import QWidget

from core.run.recorded import Progress
from ui.session.editing import Editing
from ui.session.file_session import FileSession
from ui.session.improving import Improving
from ui.session.jobs import Jobs
from ui.window.accuracy_dialog import AccuracyDialog
from ui.window.window_parts import WindowParts


class ImproveView:
    """Shows what `improving` knows; decides nothing."""

    def __init__(
        self,
        parent: QWidget,
        parts: WindowParts,
        editing: Editing,
        jobs: Jobs,
        *,
        threshold: Callable[[], float],
    ) -> None:
        self._parent = parent
        self._parts = parts
        self._session: FileSession | None = None
        self.improving = Improving(editing, jobs, threshold, self._searched)
        self._search: Progress | None = None
        self.figures: AccuracyDialog | None = None

    def begin(self, session: FileSession | None) -> None:
        """Another clip, or none."""
        self._session = session
        if self.figures is not None:
            self.figures.close()
        self.improving.begin(session)
        self.refresh()

    def refresh(self) -> None:
        """Show what is known now. For the window's timer."""
        improving, session, panel = self.improving, self._session, self._parts.improve
        improving.refresh()
        times_s = np.zeros(0) if session is None else session.times_s
        number = -1 if session is None else session.number
        panel.show_listed(improving.listed, times_s, number)
        panel.show_accuracy(improving.accuracy)
        panel.show_progress("Looking through the clip …" if self._search else "", self._search)
        if self.figures is not None:
            self.figures.show_accuracy(improving.accuracy)

    def propose(self) -> None:
        """Look for frames, and show the panel with them."""
        self._parts.viewer.side.setCurrentWidget(self._parts.improve)
        self.improving.propose()

    def cancel(self) -> None:
        """End what goes on in the background."""
        self.improving.cancel()

    def show_figures(self) -> None:
        """All figures, for every joint."""
        self.figures = AccuracyDialog(self.improving.height_m, self._parent)
        self.figures.height_chosen.connect(self.improving.set_height)
        self.figures.show_accuracy(self.improving.accuracy)
        self.figures.finished.connect(self._closed)
        self.figures.open()

    def _closed(self) -> None:
        self.figures = None

    def _searched(self, progress: Progress | None) -> None:
        self._search = progress
        self.refresh()
