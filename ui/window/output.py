"""The window's recordings and exports: begun by a command, followed by the job bar."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QFileDialog, QInputDialog, QWidget

from core.run.recorded import Progress
from core.settings import as_dict
from core.tracks.edits.file import save_edits
from core.tracks.improve.truth import ListedFrame
from core.video.encode import EncodeSettings
from ui.session.checked_labels import export_labels, label_forms
from ui.session.editing import Editing
from ui.session.engine import Settings, WindowEngine
from ui.session.export import (
    Offer,
    Part,
    export_csv,
    export_format,
    export_video,
    format_files,
    formats,
)
from ui.session.file_session import FileSession
from ui.session.jobs import Jobs
from ui.session.live_group import LiveGroup
from ui.session.live_session import LiveSession
from ui.session.recorder import Recorder, What
from ui.session.records import CSV, Exported, with_record
from ui.session.session import Session
from ui.window.export_dialog import ExportDialog
from ui.window.window_parts import WindowParts

RETRY_MS = 250  # until a recording that is being completed is looked at again
Write = Callable[[Part, Path], None]
Step = TypeVar("Step")


class WindowOutput:
    """Everything that the window writes for the person.

    `session` gives what is shown, `threshold` the least score of a keypoint in tables, `encode`
    how exported videos are compressed.
    """

    def __init__(
        self,
        parent: QWidget,
        parts: WindowParts,
        jobs: Jobs,
        editing: Editing,
        engine: WindowEngine[Settings],
        recordings: Path,
        *,
        session: Callable[[], Session | None],
        threshold: Callable[[], float],
        encode: Callable[[], EncodeSettings],
        say: Callable[[str, str], None],
        open_text: Callable[[str], None],
    ) -> None:
        self._parent = parent
        self._parts = parts
        self._jobs = jobs
        self._editing = editing
        self._engine = engine
        self._session = session
        self._threshold = threshold
        self._encode = encode
        self._say = say
        self._open_text = open_text
        self.recorder = Recorder(jobs, recordings)

    @property
    def what(self) -> What:
        """Which pictures are recorded, as chosen in the menu."""
        actions = self._parts.actions
        if not actions["record_annotated"].isChecked():
            return "camera"
        return "both" if actions["record_camera"].isChecked() else "annotated"

    def record(self, on: bool) -> None:
        """Begin or end a recording of the live run, or of all that are shown."""
        session = self._session()
        sessions: list[LiveSession] = []
        if isinstance(session, LiveGroup):
            sessions = session.sessions
        elif isinstance(session, LiveSession):
            sessions = [session]
        if on and sessions:
            style = self._parts.viewer.view.style_of_overlay
            folder = self.recorder.start(sessions, self.what, style)
            self._say(f"Recording into {folder}", "info")
        elif self.recorder.recording:
            self.end_recording()

    def end_recording(self) -> None:
        """End the files, and offer to process every recorded frame."""
        recorded = self.recorder.stop()
        self._parts.actions["record"].setChecked(False)
        lost = f" {recorded.lost} frames could not be written in time." if recorded.lost else ""
        if len(recorded.cameras) != 1:
            names = ", ".join(str(path) for path in recorded.cameras or recorded.annotated)
            self._say(f"Recorded {names}.{lost}", "info")
            return
        camera = recorded.cameras[0]
        self._parts.viewer.messages.show_message(
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

    def ask_format(self) -> None:
        """Ask what, in which format and where, then write what other programs read."""
        title = "Export for other programs"
        dialog = self._asked(title, formats())
        if dialog is None:
            return
        folder = QFileDialog.getExistingDirectory(self._parent, title)
        if folder:
            self.export_format(dialog.part, dialog.format_name, Path(folder), dialog.height_m)

    def ask_labels(self, frames: Sequence[ListedFrame]) -> None:
        """Ask in which form and where, then write the checked frames as pictures with labels."""
        if self._clip() is None:
            return
        if not frames:
            self._editing.refuse(
                "Labels are those of checked frames, and none is: say of a frame that it is right."
            )
            return
        title = "Export labels"
        form, chosen = QInputDialog.getItem(self._parent, title, "Form", label_forms(), 0, False)
        folder = QFileDialog.getExistingDirectory(self._parent, title) if chosen else ""
        if folder:
            self.export_labels(frames, form, Path(folder))

    def ask_edits(self) -> None:
        """Ask where, then write the log of corrections for `process --edits`."""
        session = self._clip()
        if session is None:
            return
        suggestion = str(_beside(session, ".edits.json"))
        path, _ = QFileDialog.getSaveFileName(
            self._parent, "Save corrections", suggestion, "Corrections (*.json)"
        )
        if path:
            self.save_edits(Path(path))

    def save_edits(self, path: Path) -> None:
        """Write the log of corrections in the background."""
        made = self._editing.log.made

        def saved(_: object) -> None:
            self._say(f"Saved {path}", "info")

        self._jobs.ask("Corrections", lambda: save_edits(path, made), saved)

    def export_csv(self, part: Part, path: Path) -> None:
        """Write the table in the background."""
        session = self._clip()
        if session is not None:
            threshold = self._threshold()
            stage = export_csv(session.knowledge, session.times_s, part, path, threshold)
            made = _exported(session, CSV, part, path, keypoint_threshold=threshold)
            self._follow("CSV", self._recorded(session, stage, made), path)

    def export_format(
        self, part: Part, name: str, folder: Path, height_m: float | None = None
    ) -> None:
        """Write the tracks in a format of `convert` in the background."""
        session = self._clip()
        if session is not None:
            address = session.source.address
            known, times_s = session.knowledge, session.times_s
            least = self._threshold()
            stage = export_format(known, times_s, part, address, name, folder, least, height_m)
            how = {"keypoint_threshold": least, "height_m": height_m}
            made = _exported(session, name, part, folder / Path(address).stem, **how)
            made = replace(made, name=Path(address).stem, files=format_files(address, name))
            self._follow(name, self._recorded(session, stage, made), folder)

    def export_labels(self, frames: Sequence[ListedFrame], form: str, folder: Path) -> None:
        """Write checked frames as pictures with labels in the background."""
        session = self._clip()
        if session is not None:
            stage = export_labels(session.source.address, frames, form, folder)
            self._follow("Labels", stage, folder)

    def export_video(self, part: Part, path: Path) -> None:
        """Write the annotated video in the background."""
        session = self._clip()
        if session is not None:
            style = self._parts.viewer.view.style_of_overlay
            address = session.source.address
            known, encode = session.knowledge, self._encode()
            stage = export_video(known, address, part, style, path, encode)
            how = {"overlay": as_dict(style), "encode": as_dict(encode)}
            made = _exported(session, "annotated video", part, path, **how)
            self._follow("Annotated video", self._recorded(session, stage, made), path)

    def _recorded(
        self, session: FileSession, stage: Iterator[Step], made: Exported
    ) -> Iterator[Step]:
        """The export with the record beside it, which says what is known of the clip now."""
        known, engine = session.knowledge.known, self._engine
        made_by = {} if known is None else known.made_by
        return with_record(
            stage,
            lambda: engine.check_record(made),
            lambda: engine.write_record(made, made_by),
        )

    def _follow(self, title: str, stage: Iterator[Progress | str], path: Path) -> None:
        """Show how far it is, and at last what it says."""
        bar, said = self._parts.job_bar, [f"Saved {path}"]

        def take(step: Progress | str) -> None:
            if isinstance(step, Progress):
                bar.show_progress(step)
            else:
                said.append(step)

        def end() -> None:
            bar.done()
            self._say("; ".join(said), "info")

        bar.follow(self._jobs.start(title, stage, take, end))

    def _ask(self, title: str, suffix: str, kinds: str, write: Write) -> None:
        session, dialog = self._clip(), self._asked(title)
        if session is None or dialog is None:
            return
        suggestion = str(_beside(session, suffix))
        path, _ = QFileDialog.getSaveFileName(self._parent, title, suggestion, kinds)
        if path:
            write(dialog.part, Path(path))

    def _asked(self, title: str, offered: Mapping[str, Offer] | None = None) -> ExportDialog | None:
        """What was chosen; None where it was cancelled, or there is nothing to export."""
        session = self._clip()
        if session is None or len(session) == 0:
            return None
        selected, parent = self._editing.selected, self._parent
        dialog = ExportDialog(title, len(session), session.marks, selected, offered, parent)
        return dialog if dialog.exec() == ExportDialog.DialogCode.Accepted else None

    def _clip(self) -> FileSession | None:
        session = self._session()
        return session if isinstance(session, FileSession) else None

    def _process(self, camera: Path) -> None:
        """Open the recording once its file is complete."""
        if self.recorder.writing:
            self._say("The recording is being completed.", "info")
            QTimer.singleShot(RETRY_MS, lambda: self._process(camera))
        else:
            self._open_text(str(camera))


def _exported(session: FileSession, kind: str, part: Part, path: Path, **how: Any) -> Exported:
    """One file that is made of a part of the clip."""
    source, corrections = session.source.address, len(session.knowledge.log.edits)
    files = (path.name,)
    return Exported(
        source,
        kind,
        path.parent,
        path.stem,
        files,
        part.first,
        part.last,
        part.only,
        corrections,
        how,
    )


def _beside(session: FileSession, suffix: str) -> Path:
    path = Path(session.source.address)
    return path.with_name(path.stem + suffix)
