"""What comes from outside is shown as it is in the window."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from ui.look.plain import plain_tip
from ui.look.theme import DARK
from ui.panel.message_bar import MessageBar
from ui.panel.source_panel import SourcePanel
from ui.panel.top_bar import TopBar
from ui.session.source import Source

TRICK = "<img src='file:///a.png'><b>clip</b>.mp4"


def labels(widget: QWidget) -> list[QLabel]:
    return [label for label in widget.findChildren(QLabel) if TRICK in label.text()]


def test_names_are_no_html(qtbot: QtBot) -> None:
    message, top, sources = MessageBar(), TopBar([], DARK), SourcePanel(DARK)
    for widget in (message, top, sources):
        qtbot.addWidget(widget)
    message.show_message(f"{TRICK}: there is no such file or folder")
    top.show_source(TRICK, TRICK)
    assert len(labels(message)) == 1
    assert len(labels(top)) == 2
    for label in (*labels(message), *labels(top)):
        assert label.textFormat() == Qt.TextFormat.PlainText
    sources.show_recent([Source("file", TRICK, TRICK)])
    item = sources.recent.item(0)
    assert item is not None
    assert "<img" not in item.toolTip()
    assert "&lt;img" in item.toolTip()
    assert plain_tip("day 1/clip.mp4") == "day 1/clip.mp4"
