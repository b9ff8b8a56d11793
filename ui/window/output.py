"""The window's recordings and exports: begun by a command, followed by the job bar."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QFileDialog

from core.run.recorded import Progress
from ui.session.export import Part, export_csv, export_video
from ui.session.file_session import FileSession
from ui.session.live_session import LiveSession
from ui.session.recorder import Recorder, What
from ui.window.export_dialog import ExportDialog

if TYPE_CHECKING:
    from ui.window.main_window import MainWindow


class Output:
    """Everything that the window writes for the person."""

    def __init__(self, window: "MainWindow", recordings: Path) -> None:
        self._window = window
        self.recorder = Recorder(window.jobs, recordings)

    @property
    def what(self) -> What:
        """Which pictures are recorded, as chosen in the menu."""
        actions = self._window.parts.actions
        if not actions["record_annotated"].isChecked():
            return "camera"
        return "both" if actions["record_camera"].isChecked() else "annotated"

    def record(self, on: bool) -> None:
        """Begin or end a recording of the live run."""
        window = self._window
        session = window.session
        if on and isinstance(session, LiveSession):
            style = window.parts.viewer.view.style_of_overlay
            folder = self.recorder.start(session, self.what, style)
            window.say(f"Recording into {folder}", "info")
        elif self.recorder.recording:
            self.end_recording()

    def end_recording(self) -> None:
        """End the files, and offer to process every recorded frame."""
        recorded = self.recorder.stop()
        window = self._window
        window.parts.actions["record"].setChecked(False)
        lost = f" {recorded.lost} frames could not be written in time." if recorded.lost else ""
        camera = recorded.camera
        if camera is None:
            window.say(f"Recorded {recorded.annotated}.{lost}", "info")
            return
        window.parts.viewer.messages.show_message(
            f"Recorded {camera}.{lost} Live analysis may have skipped frames.",
            "warning" if lost else "info",
            "Process every frame",
            lambda: self._process(camera),
        )

    def ask_csv(self) -> None:
        """Ask what and where, then write the table."""
        self._ask("Export tracks as CSV", ".csv", "Tables (*.csv)", self.export_csv)

    def ask_video(self) -> None:
        """Ask what and where, then write the annotated video."""
        self._ask("Export annotated video", ".annotated.mp4", "Videos (*.mp4)", self.export_video)

    def export_csv(self, part: Part, path: Path) -> None:
        """Write the table in the background."""
        session = self._window.file
        if session is not None:
            threshold = self._window.engine.keypoint_threshold(self._window.settings)
            stage = export_csv(session.knowledge, session.times_s, part, path, threshold)
            self._follow("CSV", stage, path)

    def export_video(self, part: Part, path: Path) -> None:
        """Write the annotated video in the background."""
        window, session = self._window, self._window.file
        if session is not None:
            style = window.parts.viewer.view.style_of_overlay
            address = session.source.address
            stage = export_video(session.knowledge, address, part, style, path)
            self._follow("Annotated video", stage, path)

    def _follow(self, title: str, stage: Iterator[Progress], path: Path) -> None:
        window = self._window
        bar = window.parts.job_bar

        def end() -> None:
            bar.done()
            window.say(f"Saved {path}", "info")

        bar.follow(window.jobs.start(title, stage, bar.show_progress, end))

    def _ask(self, title: str, suffix: str, kinds: str, then: object) -> None:
        window, session = self._window, self._window.file
        if session is None or len(session) == 0:
            return
        selected = window.editing.selected
        dialog = ExportDialog(title, len(session), session.marks, selected, window)
        if dialog.exec() != ExportDialog.DialogCode.Accepted:
            return
        suggestion = str(_beside(session, suffix))
        path, _ = QFileDialog.getSaveFileName(window, title, suggestion, kinds)
        if path:
            then(dialog.part, Path(path))  # type: ignore[operator]

    def _process(self, camera: Path) -> None:
        """Open the recording once its file is complete."""
        window = self._window
        if self.recorder.writing:
            window.say("The recording is being completed.", "info")
            window.later(lambda: self._process(camera))
        else:
            window.open_text(str(camera))


def _beside(session: FileSession, suffix: str) -> Path:
    path = Path(session.source.address)
    return path.with_name(path.stem + suffix)
