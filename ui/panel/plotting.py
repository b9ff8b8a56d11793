"""Feeds the plots: from a live run as it goes on, from a clip in the background."""

import numpy as np

from core.types import FrameResult
from ui.panel.plots import Plots
from ui.session.editing import Editing
from ui.session.file_session import FileSession
from ui.session.jobs import Jobs
from ui.session.series import LiveSeries, PersonSeries, series_in_clip


class Plotting:
    """Draws only while the plots are on the screen, and only when something changed."""

    def __init__(self, plots: Plots, jobs: Jobs, editing: Editing) -> None:
        self._plots = plots
        self._jobs = jobs
        self._editing = editing
        self._live = LiveSeries()
        self._session: FileSession | None = None
        self._state: tuple[object, ...] = ()
        self._busy = False
        plots.sought.connect(self._seek)

    def begin(self, session: FileSession | None) -> None:
        """Another clip, or with None a live run."""
        self._session = session
        self._live = LiveSeries()
        self._state = ()
        self._plots.show_series(None, "Select a person")

    def see(self, result: FrameResult) -> None:
        """A frame reached the screen."""
        if self._session is None:
            self._live.add(result, self._editing.selected)
        self._plots.show_time(result.frame.time_s)

    def refresh(self) -> None:
        """Bring the curves up to date."""
        selected = self._editing.selected
        if self._plots.isHidden() or selected is None:
            return
        if self._session is None:
            self._plots.show_series(self._live.series(), self._title(selected))
            return
        session, knowledge = self._session, self._session.knowledge
        known = knowledge.known
        rows = 0 if known is None else len(known.index.ids)
        state = (known, rows, knowledge.log.edits, selected)
        if state == self._state or self._busy or len(session) == 0:
            return
        self._state, self._busy = state, True

        def take(series: PersonSeries) -> None:
            if session is self._session and selected == self._editing.selected:
                self._plots.show_series(series, self._title(selected))

        self._jobs.start(
            "Plots",
            (series_in_clip(knowledge, session.times_s, selected) for _ in range(1)),
            take,
            self._done,
        )

    def _done(self) -> None:
        self._busy = False

    def _title(self, track_id: int) -> str:
        return f"Person {track_id}  {self._editing.names.get(track_id, '')}".rstrip()

    def _seek(self, time_s: float) -> None:
        session = self._session
        if session is not None and len(session):
            session.seek(int(np.abs(session.times_s - time_s).argmin()))
