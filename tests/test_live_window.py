"""The window with live sources: real pipelines, real widgets, no screen."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from live_source import number_of
from live_window import PATIENCE_MS, camera, live_window, shown, wait_for_people
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot
from window_engine import Finder

from core.send.address import read_address
from core.send.outputs import Output
from core.skeleton import COCO_17
from core.video.camera import PluggedCamera
from ui.session.source import source_of
from ui.window.main_window import MainWindow


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    yield from live_window(qtbot, tmp_path, monkeypatch)


def test_the_first_page_without_a_camera_is_a_welcome(window: MainWindow) -> None:
    window.parts.welcome.show_camera_count(0)
    assert window.parts.pages.currentWidget() is window.parts.welcome
    assert not window.parts.welcome.buttons["camera"].isEnabled()
    assert window.parts.welcome.hint.text().startswith("No camera found")
    assert window.parts.viewer.messages.text == ""


def test_a_camera_is_shown_with_its_people_and_figures(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open(camera("cam-160x120"))
    wait_for_people(qtbot, window, 160)
    result = shown(window).result
    assert number_of(result.frame) == result.frame.index % 65536
    session = window.showing.session
    assert session is not None
    qtbot.waitUntil(lambda: session.painted.painted > 3, timeout=PATIENCE_MS)
    report = session.report()
    assert report.people == 1
    assert report.device == "cpu float32"
    assert report.picture == "160×120 (asked 1280×720)"
    assert report.latency.median > 0
    assert set(report.steps) == {"wait", "infer", "camera", "track", "paint"}


def test_the_picture_is_there_before_the_network(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.showing.network.estimator = None
    window.showing.open(camera("cam-64x48"))
    qtbot.waitUntil(lambda: window.parts.viewer.view.shown is not None, timeout=PATIENCE_MS)
    assert len(shown(window).result.tracks) == 0
    assert not shown(window).result.looked  # so that no table says that nobody is there
    session = window.showing.session
    assert session is not None
    assert session.report().device == "loading the network"
    session.use(Finder(window.showing.settings))
    wait_for_people(qtbot, window, 64)
    assert shown(window).result.looked
    assert shown(window).result.named is COCO_17


def test_sources_and_settings_are_switched_fifty_times(qtbot: QtBot, window: MainWindow) -> None:
    for number in range(50):
        width = 64 + 8 * (number % 7)
        window.showing.open(camera(f"cam-{width}x48"))
        window.showing.use_settings(
            replace(
                window.showing.settings,
                tracker=replace(window.showing.settings.tracker, max_lost_s=number),
            )
        )
        wait_for_people(qtbot, window, width)
    assert window.parts.viewer.messages.text == ""
    window.showing.close_source()
    assert window.parts.pages.currentWidget() is window.parts.welcome


def test_a_source_that_cannot_be_opened_is_one_message(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open(camera("broken"))
    qtbot.waitUntil(lambda: window.parts.viewer.messages.text != "", timeout=PATIENCE_MS)
    assert window.parts.viewer.messages.text == "broken: no such camera"
    window.showing.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    assert window.parts.viewer.messages.text == ""


def test_a_silent_source_can_be_left_at_once(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open(camera("silent"))
    assert window.showing.session is not None
    assert window.showing.session.note() == "Opening silent …"
    window.showing.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)


def test_clicks_keys_and_mirror(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    view = window.parts.viewer.view
    with qtbot.waitSignal(view.person_clicked, timeout=PATIENCE_MS) as clicked:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.rect().center())
    assert clicked.args[0] == 1
    assert view.person_at(0, 0) is None
    left = view.viewport_now.to_picture(QPointF(view.rect().center()) - QPointF(50, 0))
    qtbot.keyClick(window, Qt.Key.Key_M)
    right = view.viewport_now.to_picture(QPointF(view.rect().center()) + QPointF(50, 0))
    assert right == pytest.approx(left, abs=0.5)
    qtbot.keyClick(window, Qt.Key.Key_B)
    assert view.style_of_overlay.boxes
    assert window.parts.overlay.switches["boxes"].isChecked()
    picture = view.snapshot()
    assert picture is not None
    assert (picture.width(), picture.height()) == (64, 48)


def test_cameras_and_recent_sources_are_listed(qtbot: QtBot, window: MainWindow) -> None:
    window.parts.sources.show_cameras([PluggedCamera("cam-64x48", "Court", "usb-court")])
    item = window.parts.sources.cameras.item(0)
    assert item is not None
    with qtbot.waitSignal(window.parts.sources.chosen, timeout=PATIENCE_MS):
        window.parts.sources.cameras.itemClicked.emit(item)
    wait_for_people(qtbot, window, 64)
    newest = window.parts.sources.recent.item(0)
    assert newest is not None
    assert newest.text() == "Court"


@pytest.mark.parametrize(
    ("text", "kind", "live", "title"),
    [
        ("/dev/video2", "camera", True, "/dev/video2"),
        ("rtsp://host/1", "stream", True, "rtsp://host/1"),
        ("udp://127.0.0.1:9", "stream", True, "udp://127.0.0.1:9"),
        (" some/clip.mp4 ", "file", False, "clip.mp4"),
        ("some/picture.PNG", "images", False, "picture.PNG"),
    ],
)
def test_what_a_text_means(text: str, kind: str, live: bool, title: str) -> None:
    source = source_of(text)
    assert (source.kind, source.live, source.title) == (kind, live, title)
    assert source.address == text.strip()
    assert source.place == (text if live else "some")


def test_theme_about_and_keys(qtbot: QtBot, window: MainWindow) -> None:
    for command in ("theme", "about", "keys", "theme"):
        window.parts.actions[command].trigger()
    window.parts.actions["diagnostics"].trigger()
    titles = {"About yolopose", "Keys", "Diagnostics"}

    def all_open() -> bool:
        dialogs = [one for one in window.findChildren(QDialog) if one.isVisible()]
        return titles <= {dialog.windowTitle() for dialog in dialogs}

    qtbot.waitUntil(all_open, timeout=PATIENCE_MS)


def test_results_of_the_window_are_sent(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    output = Output(read_address(str(tmp_path / "seen.jsonl")))
    window.showing.live.outputs = (output,)
    window.showing.open(camera("cam-64x48"))
    qtbot.waitUntil(lambda: output.sent > 5, timeout=PATIENCE_MS)
    window.showing.report_now()
    report = window.parts.viewer.view._report
    assert report is not None
    assert report.sent.startswith("jsonl ")
    window.showing.close_source()
    output.close(20)
    messages = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    assert {message["source"] for message in messages} == {"cam-64x48"}
