"""The window's questions: which file, which folder, where to save."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PyQt6.QtGui import QImage, QKeySequence
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from core.errors import OutputError
from core.part_file import whole_file, write_whole
from core.settings import as_dict, load_yaml
from core.video.camera import can_capture_screen, screen_address
from core.video.folders import VIDEO_SUFFIXES
from core.video.v4l2 import camera_modes
from core.yaml_text import write_yaml
from ui.session.engine import Settings, WindowEngine
from ui.session.jobs import Jobs
from ui.session.live_group import LiveGroup
from ui.session.live_session import LiveSession
from ui.session.session import Session
from ui.session.source import Source, source_of
from ui.session.space import ENDING
from ui.view.picture import Shown
from ui.window.about import AboutDialog
from ui.window.camera_dialog import CameraDialog
from ui.window.help import HelpDialog
from ui.window.latency_test import LatencyDialog
from ui.window.window_parts import WindowParts

VIDEOS = f"Videos ({' '.join(f'*{suffix}' for suffix in sorted(VIDEO_SUFFIXES))});;All files (*)"
SETTINGS = "Settings (*.yaml *.yml)"


class Dialogs:
    """Asks, then hands the answer to the window or to a background job."""

    def __init__(
        self,
        parent: QWidget,
        parts: WindowParts,
        jobs: Jobs,
        engine: WindowEngine[Settings],
        *,
        session: Callable[[], Session | None],
        settings: Callable[[], Settings],
        use_settings: Callable[[Settings], None],
        show: Callable[[Source], None],
        say: Callable[[str, str], None],
    ) -> None:
        self._parent = parent
        self._parts = parts
        self._jobs = jobs
        self._engine = engine
        self._session = session
        self._settings = settings
        self._use_settings = use_settings
        self._show = show
        self._say = say

    def open_file(self) -> None:
        """Choose a video."""
        path, _ = QFileDialog.getOpenFileName(self._parent, "Open video", "", VIDEOS)
        if path:
            self._show(source_of(path))

    def ask_space(self, take: Callable[[Path], None]) -> None:
        """Choose skeletons in space that go with the clip."""
        path, _ = QFileDialog.getOpenFileName(
            self._parent, "Open skeletons in space", "", f"Skeletons in space (*{ENDING})"
        )
        if path:
            take(Path(path))

    def ask_camera(self, offered: Sequence[Source], take: Callable[[Source], None]) -> None:
        """Choose what is shown beside the live sources; none that runs is offered."""
        session = self._session()
        shown: list[Source] = []
        if isinstance(session, LiveGroup):  # one that failed may be plugged in again
            shown = [one.session.source for one in session.members if not one.failed]
        elif isinstance(session, LiveSession):
            shown = [session.source]
        known = {source.shown_address for source in shown}
        left = [source for source in offered if source.shown_address not in known]
        dialog = CameraDialog(left, self._parent)
        dialog.chosen.connect(take)
        devices = [source.address for source in left if source.kind == "camera"]
        self._jobs.ask(
            "Cameras",
            lambda: {device: camera_modes(device) for device in devices},
            dialog.show_modes,
        )
        dialog.open()

    def open_folder(self) -> None:
        """Choose a folder of images."""
        path = QFileDialog.getExistingDirectory(self._parent, "Open image folder")
        if path:
            self._show(source_of(path))

    def open_screen(self) -> None:
        """Show this screen, where the platform gives it."""
        display = os.environ.get("DISPLAY", "")
        if can_capture_screen(display):
            self._show(Source("screen", screen_address(display), "This screen"))
        else:
            self._say("This screen cannot be captured here.", "bad")

    def save_snapshot(self) -> None:
        """Save the picture with its overlay."""
        picture = self._parts.viewer.view.snapshot()
        if picture is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self._parent, "Save this picture", "pose.png", "Pictures (*.png *.jpg)"
        )
        if path:
            self._jobs.start("Picture", save_picture(picture, Path(path)), self._saved)

    def save_settings(self) -> None:
        """Save the settings in use as YAML."""
        path, _ = QFileDialog.getSaveFileName(
            self._parent, "Save settings", "settings.yaml", SETTINGS
        )
        if path:
            self.write_settings(Path(path))

    def write_settings(self, path: Path) -> None:
        """Write the settings in use in the background."""
        values = as_dict(self._settings())
        self._jobs.start("Settings", save_yaml(values, path), self._saved)

    def load_settings(self) -> None:
        """Use the settings of a YAML file."""
        path, _ = QFileDialog.getOpenFileName(self._parent, "Load settings", "", SETTINGS)
        if path:
            self.use_settings_file(Path(path))

    def use_settings_file(self, path: Path) -> None:
        """Read a file in the background, then go on with its settings."""
        self._jobs.ask("Settings", lambda: self._engine.parse(load_yaml(path)), self._use_settings)

    def show_about(self) -> None:
        """Versions and licences."""
        AboutDialog(self._parent).open()

    def show_help(self) -> None:
        """The manuals."""
        HelpDialog(self._parent).show()

    def show_diagnostics(self) -> None:
        """What is found on this computer."""
        self._say("Collecting: this takes some seconds.", "info")
        self._jobs.ask(
            "Diagnostics",
            self._engine.diagnose,
            lambda text: self._page("Diagnostics", text),
        )

    def show_latency_test(self) -> None:
        """Measure the delay from screen to screen with the camera that is open."""
        session = self._session()
        if isinstance(session, LiveSession):
            dialog = LatencyDialog(session, self._jobs, self._parent)

            def painted(shown: Shown, paint_ms: float) -> None:
                session.on_painted(shown, paint_ms)
                dialog.painted(shown)

            self._parts.viewer.view.on_painted = painted
            dialog.show()

    def show_keys(self) -> None:
        """Every command that has a key."""
        form = QKeySequence.SequenceFormat.NativeText
        lines = []
        for command in self._parts.actions.commands:
            keys = self._parts.actions[command.name].shortcuts()
            if keys:
                shown = ", ".join(key.toString(form) for key in keys)
                lines.append(f"{shown:<18}{command.text.removesuffix(' …')}")
        self._page("Keys", "\n".join(lines))

    def _page(self, title: str, text: str) -> None:
        self._parts.viewer.messages.clear()
        dialog = QDialog(self._parent)
        dialog.setWindowTitle(title)
        dialog.resize(640, 460)
        browser = QTextBrowser()
        browser.setAccessibleName(title)
        browser.setPlainText(text)
        browser.setStyleSheet("font-family: monospace;")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(dialog.reject)
        layout = QVBoxLayout(dialog)
        layout.addWidget(browser)
        layout.addWidget(buttons)
        dialog.open()

    def _saved(self, path: object) -> None:
        self._say(f"Saved {path}", "info")


def save_picture(picture: QImage, path: Path) -> Iterator[Path]:
    """Write a picture; its suffix chooses the format. Raises OutputError."""
    suffix = path.suffix.removeprefix(".") or "png"
    with whole_file(path) as part:
        if not picture.save(str(part), suffix):
            raise OutputError(f"{path}: the picture cannot be written there as {suffix}")
    yield path


def save_yaml(values: dict[str, object], path: Path) -> Iterator[Path]:
    """Write settings as the command line reads them. Raises OutputError."""
    write_whole(path, write_yaml(values))
    yield path
