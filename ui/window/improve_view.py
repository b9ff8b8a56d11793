"""Keeps the panel for improving in line with what is proposed, checked, measured and learned."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PyQt6.QtWidgets import QFileDialog, QWidget

from core.run.recorded import Progress
from core.tracks.improve.lesson import Lesson
from ui.session.editing import Editing
from ui.session.engine import Settings, WindowEngine
from ui.session.file_session import FileSession
from ui.session.improving import Improving
from ui.session.jobs import Jobs
from ui.session.lessons import ALREADY, Lessons, remaining
from ui.session.source import Source
from ui.window.accuracy_dialog import AccuracyDialog
from ui.window.lesson_dialog import LessonDialog
from ui.window.projects import Projects, folder_of
from ui.window.weights_dialog import WeightsDialog
from ui.window.window_parts import WindowParts

LABELS = "Labels (*.json *.xml *.yaml *.csv *.h5 *.slp)"


class ImproveView:
    """Shows what `improving` and `lessons` know, and asks what the person decides."""

    def __init__(
        self,
        parent: QWidget,
        parts: WindowParts,
        editing: Editing,
        jobs: Jobs,
        engine: WindowEngine[Settings],
        projects: Projects,
        weights: Path,
        *,
        threshold: Callable[[], float],
        settings: Callable[[], Settings],
        use_settings: Callable[[Settings], None],
        say: Callable[[str, str], None],
    ) -> None:
        self._parent = parent
        self._parts = parts
        self._projects = projects
        self._settings = settings
        self._with_weights = engine.with_weights
        self._use_settings = use_settings
        self._say = say
        self._session: FileSession | None = None
        self._search: Progress | None = None
        self.improving = Improving(editing, jobs, threshold, self._searched)
        self.lessons = Lessons(engine, jobs, weights, editing.refuse, self.show_lesson)
        self.figures: AccuracyDialog | None = None
        self.result: LessonDialog | None = None

    def begin(self, session: FileSession | None) -> None:
        """Another clip, or none."""
        self._session = session
        if self.figures is not None:
            self.figures.close()
        self.improving.begin(session)
        self.refresh()

    def close(self) -> None:
        """The window ends, and with it what goes on."""
        self.improving.finish()
        self.lessons.cancel()

    def refresh(self) -> None:
        """Show what is known now. For the window's timer."""
        improving, session, panel = self.improving, self._session, self._parts.improve
        improving.refresh()
        times_s = np.zeros(0) if session is None else session.times_s
        number = -1 if session is None else session.number
        panel.show_listed(improving.listed, times_s, number)
        panel.show_accuracy(improving.accuracy)
        going_on, messages = self.lessons.going_on, self._parts.viewer.messages
        if not going_on and messages.text == ALREADY:
            messages.clear()
        lesson = self.lessons.progress if going_on else None
        if self._search is not None:
            panel.show_progress("Looking through the clip …", self._search)
        elif lesson is not None:
            panel.show_progress(remaining(lesson), Progress(lesson.done, lesson.total))
        else:
            teaching, measuring = len(improving.teaching), len(improving.measuring)
            checked = f"Checked: {teaching} teach, {measuring} measure."
            why_not = self.lessons.why_not(self._settings())
            panel.show_progress(f"{checked} {why_not}".rstrip(), None)
        if self.figures is not None:
            self.figures.show_accuracy(improving.accuracy)

    def propose(self) -> None:
        """Look for frames, and show the panel with them."""
        self._parts.viewer.side.setCurrentWidget(self._parts.improve)
        self.improving.propose()

    def cancel(self) -> None:
        """End what goes on in the background."""
        if self._search is not None:
            self.improving.cancel()
        else:
            self.lessons.cancel()
        self.refresh()

    def show_figures(self) -> None:
        """All figures, for every joint."""
        self.figures = AccuracyDialog(self.improving.height_m, self._parent)
        self.figures.height_chosen.connect(self.improving.set_height)
        self.figures.show_accuracy(self.improving.accuracy)
        self.figures.finished.connect(self._closed)
        self.figures.open()

    def teach(self) -> None:
        """Teach the network the checked frames."""
        self._parts.viewer.side.setCurrentWidget(self._parts.improve)
        if self._session is not None:
            self.lessons.start(self._session, self.improving, self._settings())
            self.refresh()

    def ask_labels(self) -> None:
        """Ask which labels of another tool are taken in."""
        path, _ = QFileDialog.getOpenFileName(self._parent, "Import corrections", "", LABELS)
        if path:
            self.improving.read_labels(Path(path))

    def show_weights(self) -> None:
        """The weights that were taught here."""
        dialog = WeightsDialog(
            self.lessons.weights, lambda: self._settings().weights, self._removed, self._parent
        )
        dialog.chosen.connect(self._choose)
        dialog.open()

    def show_lesson(self, lesson: Lesson) -> None:
        """What a lesson changed, to keep or discard."""
        folder, project = self.lessons.folder, self.lessons.project
        if folder is None or project is None:
            return

        def keep(name: str) -> None:
            path = self.lessons.keep(name)
            here = self._session is not None and folder_of(self._session.source) == project
            settings = self._projects.choose(project, path, self._settings())
            if here:
                self._use_settings(settings)
            self._say(f"Kept as {path.stem}; used for the clips in {project}", "info")

        self.result = LessonDialog(
            lesson, folder, project.name, keep, self.lessons.discard, self._parent
        )
        self.result.open()

    def use_weights_for(self, source: Source) -> None:
        """Use the weights of the folder that a source is in, before it is opened."""
        before = self._settings()
        settings = self._projects.settings_for(source, before)
        if settings != before:
            self._use_settings(settings)

    def _choose(self, path: Path | None) -> None:
        if self._session is not None:
            self._projects.choose(folder_of(self._session.source), path, self._settings())
        self._use_settings(self._with_weights(self._settings(), path))

    def _removed(self, path: Path) -> None:
        self._say(f"Removed the weights {path.stem}", "info")

    def _closed(self) -> None:
        self.figures = None

    def _searched(self, progress: Progress | None) -> None:
        self._search = progress
        self.refresh()
