"""Drives the real window through every state of the Improve panel, and times the window's thread.

    QT_QPA_PLATFORM=offscreen python tests/improve_states.py [--pictures FOLDER]

A row a state: how long the thread was kept from its events at most, how often longer than 50 ms,
and how long it computed itself at most, which other work on the computer does not change; below
it what the longest blocks were made of.
Pictures are of the dark and of the light theme, QT_SCALE_FACTOR=2 gives those of a screen of twice
the density; taking them is not measured.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PyQt6.QtCore import QSettings
from PyQt6.QtWidgets import QApplication, QWidget

from app.bench.soak_report import told
from app.bundled import sample_clip
from app.live.engine import AppEngine
from app.settings import AppSettings
from core.machine import keep_waits_short
from core.model.checkpoint import find_weights
from core.run.background import wait_for_threads
from core.tracks.improve.lesson import WEIGHTS, Lesson, Looked, load_lesson, save_lesson
from ui.session.own_weights import own_weights
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences
from ui.window.weights_dialog import WeightsDialog

PATIENCE_S = 900.0
SETTLED_S = 0.6


class ShortLessons(AppEngine):
    """The program's own engine, whose lessons are short."""

    def teach_command(
        self, settings: AppSettings, labels: Path, output: Path, folder: Path
    ) -> list[str]:
        """The same command with few steps on small pictures."""
        command = super().teach_command(settings, labels, output, folder)
        return [*command, "--steps", "6", "--size", "256"]


class States:
    """The window on the sample clip, and what was measured in each state."""

    def __init__(self, window: MainWindow, pictures: Path | None) -> None:
        self.window = window
        self.improve = window.improve
        self._pictures = pictures
        self._number = 0

    def state(self, name: str, until: Callable[[], bool], widget: QWidget | None = None) -> None:
        """Wait until it is so and has settled; then say how long the thread was blocked."""
        wait(until)
        wait_s(SETTLED_S)
        watchdog = self.window.watchdog
        print(
            f"{name:<34}{watchdog.longest_ms:>7.0f}{watchdog.over_50_ms:>7}"
            f"{watchdog.longest_work_ms:>7.0f}",
            flush=True,
        )
        for text in told(watchdog.slowest)[:3]:
            print(f"    {text}", flush=True)
        self._number += 1
        if self._pictures is not None:
            for theme in ("dark", "light"):
                picture = f"{self._number:02d}_{name.replace(' ', '_')}_{theme}.png"
                wait_s(SETTLED_S)
                (widget or self.window).grab().save(str(self._pictures / picture))
                self.window.next_theme()
        watchdog.start()

    def trigger(self, name: str) -> None:
        """A command of the window."""
        self.window.parts.actions[name].trigger()

    def run(self) -> None:
        """All states."""
        window, improving, lessons = self.window, self.improve.improving, self.improve.lessons
        wait(lambda: window.showing.network.estimator is not None)
        window.watchdog.start()
        self.trigger("open_sample")
        session = window.showing.file
        assert session is not None
        self.state("opened and analysed", lambda: len(session) > 0 and self.analysed())
        window.parts.viewer.side.setCurrentWidget(window.parts.improve)
        self.state("panel without frames", lambda: True)
        self.trigger("propose")
        self.state("proposed", lambda: len(improving.listed) == 20)
        for item in improving.listed:
            improving.show(item.frame)
            wait(lambda frame=item.frame: session.settled and session.number == frame)
            if session.knowledge.tracks_before(item.frame).ids.size:
                window.correcting.next_person()
                window.correcting.choose(9)
                window.correcting.nudge(25, 10)
            if item is improving.listed[3]:
                self.state("a joint corrected", lambda: session.settled)
            wait(lambda: session.settled)
            self.trigger("frame_right")
        self.state("twenty checked", lambda: improving.accuracy is not None)
        window.deselect()
        window.deselect()
        self.trigger("accuracy")
        figures = self.improve.figures
        assert figures is not None
        self.state("all figures", lambda: figures.joints.rowCount() == 17, figures)
        figures.height_field.setValue(1.75)
        self.state("figures in cm", lambda: _has_cm(figures.joints), figures)
        figures.close()
        self.trigger("more_random")
        self.state("ten more at random", lambda: len(improving.listed) > 20)
        self.trigger("teach")
        self.state("learning", lambda: _learning(lessons.progress))
        self.trigger("teach")
        self.state("refused a second lesson", lambda: bool(window.parts.viewer.messages.text))
        self.state("lesson ended", lambda: self.improve.result is not None)
        self.kept()
        self.weights()

    def analysed(self) -> bool:
        """Whether the whole clip is."""
        session = self.window.showing.file
        progress = None if session is None else session.progress
        return progress is not None and progress.done == progress.total and not session.analysing

    def kept(self) -> None:
        """The page of a lesson, first as it came out, then as one that helped."""
        folder, dialog = self.improve.lessons.folder, self.improve.result
        assert folder is not None
        assert dialog is not None
        self.state("what it changed", lambda: True, dialog)
        for page in dialog.pages[1:] * 2:
            page.click()
        self.state("other pictures", lambda: True, dialog)
        dialog.reject()
        shutil.copyfile(find_weights(None), folder / WEIGHTS)
        lesson = load_lesson(folder)
        better = "the new weights are better on pictures that they have not seen"
        looks = (Looked(512, True, False, 0.717, 1.0), Looked(960, True, False, 0.826, 3.5))
        figures = (lesson.held_out, lesson.ordinary)
        save_lesson(folder, Lesson(True, better, 0.5, *figures, lesson.pictures, looks, looks[1]))
        self.improve.show_lesson(load_lesson(folder))
        dialog = self.improve.result
        assert dialog is not None
        self.state("one that helped", lambda: True, dialog)
        dialog.name.setText("sports hall")
        dialog.keep_button.click()
        self.state("kept and in use", self.analysed)

    def weights(self) -> None:
        """Own weights: the default ones again, and the kept ones removed."""
        self.trigger("own_weights")
        dialog = self.window.findChildren(WeightsDialog)[-1]
        self.state("own weights", lambda: True, dialog)
        dialog.list.setCurrentRow(0)
        dialog.use_button.click()
        self.state("default weights again", self.analysed)
        dialog.list.setCurrentRow(1)
        dialog.remove_button.click()
        self.state("removed", lambda: not own_weights(self.improve.lessons.weights), dialog)
        dialog.reject()


def _has_cm(joints: object) -> bool:
    item = joints.item(0, 4)  # type: ignore[attr-defined]
    return item is not None and item.text() != ""


def _learning(progress: object) -> bool:
    return getattr(progress, "stage", "") == "Learning"


def wait(until: Callable[[], bool]) -> None:
    """Let the window live until something is so."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not until():
        if time.monotonic() > deadline_s:
            sys.exit("the window did not come so far")
        QApplication.processEvents()
        time.sleep(0.001)


def wait_s(seconds: float) -> None:
    """Let the window live for a moment."""
    end_s = time.monotonic() + seconds
    wait(lambda: time.monotonic() > end_s)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=Path)
    arguments = parser.parse_args()
    if arguments.pictures is not None:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        preferences = Preferences(QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat))
        clip = shutil.copy(sample_clip() or "", folder)
        window = MainWindow(
            ShortLessons(AppSettings()), preferences, folder / "results", Path(clip)
        )
        window.resize(1280, 720)
        window.show()
        keep_waits_short()  # as the program itself
        print(f"{'state':<34}{'longest':>7}{'> 50':>7}{'own':>7}   ms")
        States(window, arguments.pictures).run()
        window.close()
        wait_for_threads(PATIENCE_S)
    application.quit()


if __name__ == "__main__":
    main()
