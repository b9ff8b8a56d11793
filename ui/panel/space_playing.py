"""Skeletons in space, in step with the clip that is on the screen."""

from pathlib import Path

from PyQt6.QtGui import QAction

from ui.panel.space_panel import SpacePanel
from ui.session.file_session import FileSession
from ui.session.jobs import Jobs
from ui.session.space import SpaceOfClip, read_space, space_beside

NOTHING = (
    "No skeletons in space go with this clip. `reconstruct` makes them from the tracks of several "
    "cameras; File > Open skeletons in space shows them."
)


class SpacePlaying:
    """Finds the file beside a clip; draws only while the panel is on the screen."""

    def __init__(self, panel: SpacePanel, shown: QAction, jobs: Jobs) -> None:
        self._panel = panel
        self._shown = shown
        self._jobs = jobs
        self._session: FileSession | None = None
        self._space: SpaceOfClip | None = None
        self._time_s = 0.0
        shown.toggled.connect(self._switch)

    def begin(self, session: FileSession | None) -> None:
        """Another clip, or none."""
        self._session, self._space = session, None
        self._panel.title.setText(NOTHING if session is not None else "")
        self._panel.view.show_people({})
        self._shown.setChecked(False)
        if session is not None:
            clip = Path(session.source.address)

            def look() -> SpaceOfClip | None:
                path = space_beside(clip)
                return None if path is None else read_space(path, clip)

            self._jobs.ask("Skeletons in space", look, lambda found: self._take(session, found))

    def open(self, path: Path) -> None:
        """Show a file that was chosen."""
        session = self._session
        if session is not None:
            clip = Path(session.source.address)
            self._jobs.ask(
                "Skeletons in space",
                lambda: read_space(path, clip),
                lambda found: self._take(session, found),
            )

    def see(self, time_s: float) -> None:
        """A frame of the clip reached the screen."""
        self._time_s = time_s
        if self._space is not None and self._shown.isChecked():
            self._panel.view.show_people(self._space.at(time_s))

    def _take(self, session: FileSession, found: SpaceOfClip | None) -> None:
        if session is not self._session or found is None:
            return
        self._space = found
        self._panel.view.set_room(found.low, found.high)
        unknown = "; its record names no such clip: the clip's own time is taken"
        self._panel.title.setText(found.path.name + (unknown if found.clock is None else ""))
        self._shown.setChecked(True)
        self.see(self._time_s)

    def _switch(self, on: bool) -> None:
        self._panel.setVisible(on)
        self.see(self._time_s)
