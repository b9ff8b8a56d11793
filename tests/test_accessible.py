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
    QTextEdit,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ui.window.actions import COMMANDS
from ui.window.main_window import MainWindow

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
# What has no command of its own in a menu, and the commands that do the same.
SAME = {"Speed": ("slower", "faster"), "What the curves show": ("next_plot",)}


def own(top: QWidget) -> list[QWidget]:
    """What a person uses, less the parts that Qt makes of single widgets."""
    found = []
    for widget in [top, *top.findChildren(QWidget)]:
        above = widget.parent()
        inside = isinstance(above, (QAbstractSpinBox, QComboBox)) or isinstance(widget, QScrollBar)
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
    unnamed = QLineEdit(window)
    assert nameless(window) == ["QLineEdit in MainWindow"]
    unnamed.setParent(None)


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
