"""Screen readers find a name for everything, and the keyboard a way to it."""

from pathlib import Path

from file_window import new_window
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QProgressBar,
    QScrollBar,
    QTableWidget,
    QTextEdit,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.tracks.improve.lesson import BeforeAfter, Lesson
from ui.window.about import AboutDialog
from ui.window.accuracy_dialog import AccuracyDialog
from ui.window.actions import COMMANDS
from ui.window.camera_dialog import CameraDialog
from ui.window.export_dialog import ExportDialog
from ui.window.help import HelpDialog
from ui.window.latency_test import LatencyDialog
from ui.window.lesson_dialog import LessonDialog
from ui.window.main_window import MainWindow
from ui.window.weights_dialog import WeightsDialog

USED = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QProgressBar,
    QTextEdit,
)
PARTED = (QAbstractSpinBox, QComboBox, QTableWidget)  # whose parts are Qt's own
# What has no command of its own in a menu, and the commands that do the same.
SAME = {"Speed": ("slower", "faster"), "What the curves show": ("next_plot",)}


def own(top: QWidget) -> list[QWidget]:
    """What a person uses, less the parts that Qt makes of single widgets."""
    found = []
    for widget in [top, *top.findChildren(QWidget)]:
        above = widget.parent()
        inside = isinstance(above, PARTED) or isinstance(widget, QScrollBar)
        popup = above is not None and isinstance(above.parent(), QComboBox)
        used = isinstance(widget, USED) or widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        if used and not inside and not popup and not widget.objectName().startswith("qt_"):
            found.append(widget)
    return found


def name_of(widget: QWidget, labels: dict[QWidget, str]) -> str:
    """As Qt tells it to screen readers."""
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text or labels.get(widget, "")


def nameless(top: QWidget) -> list[str]:
    labels = {
        buddy: label.text()
        for label in top.findChildren(QLabel)
        if (buddy := label.buddy()) is not None
    }
    return [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for widget in own(top)
        if not name_of(widget, labels)
    ]


def dialogs(window: MainWindow) -> list[QDialog]:
    for show in (window.dialogs.show_about, window.dialogs.show_keys, window.dialogs.show_help):
        show()
    return window.findChildren(QDialog)


def test_every_widget_has_a_name(qtbot: QtBot, tmp_path: Path) -> None:
    window = new_window(qtbot, tmp_path)
    assert len(own(window)) > 60
    assert nameless(window) == []
    opened = dialogs(window)
    assert len(opened) == 3
    for dialog in opened:
        assert nameless(dialog) == []
    assert {window.parts.improve.list, window.parts.space.view} <= {*own(window)}
    unnamed = QLineEdit(window)
    assert nameless(window) == ["QLineEdit in MainWindow"]
    unnamed.setParent(None)


def test_every_other_dialog_has_names(qtbot: QtBot, tmp_path: Path) -> None:
    looked = BeforeAfter(5, 0.4, 0.6, 0.8, 0.9)
    lesson = Lesson(True, "the new weights are better", 0.5, looked, looked)
    opened = [
        ExportDialog("Export", 60, (3, 9), 1),
        AccuracyDialog(1.8),
        CameraDialog([]),
        WeightsDialog(tmp_path, lambda: None, lambda path: None),
        LessonDialog(lesson, tmp_path, "mine", lambda name: None, lambda: None),
    ]
    for dialog in opened:
        qtbot.addWidget(dialog)
        assert own(dialog)
        assert nameless(dialog) == []
    # That of the latency test has nothing but a picture and a sentence.
    elsewhere = {AboutDialog, HelpDialog, LatencyDialog}
    ours = {kind for kind in QDialog.__subclasses__() if kind.__module__.startswith("ui.")}
    assert ours == {type(dialog) for dialog in opened} | elsewhere


def test_the_keyboard_reaches_everything(qtbot: QtBot, tmp_path: Path) -> None:
    window = new_window(qtbot, tmp_path)
    menu_bar = window.menuBar()
    assert menu_bar is not None
    for entry in menu_bar.actions():
        assert "&" in entry.text(), f"{entry.text()} has no letter to open it with Alt"
    in_menus = {
        action.text()
        for entry in menu_bar.actions()
        if (menu := entry.menu()) is not None
        for action in menu.actions()
    }
    assert in_menus == {command.text for command in COMMANDS}
    for widget in own(window):
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus or isinstance(widget, QProgressBar):
            continue
        if widget is window.parts.controls.transport.button:
            assert "Analyse, or cancel it" in in_menus
        elif isinstance(widget, QToolButton):
            action = widget.defaultAction()
            assert action is not None
            assert action in window.actions(), widget.text()
        else:
            assert widget.accessibleName() in SAME, type(widget).__name__


def test_no_key_means_two_things() -> None:
    keys = [key for command in COMMANDS for key in command.key.split("|") if key]
    assert len(keys) == len(set(keys))
