"""The window with live sources: real pipelines, real widgets, no screen."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from live_source import Gate, number_of, numbered
from PyQt6.QtCore import QPoint, QPointF, QSettings, Qt
from PyQt6.QtWidgets import QDoubleSpinBox
from pytestqt.qtbot import QtBot
from window_engine import Finder, WindowEngine

import ui.session.live_session
from core.errors import SourceError
from core.send.address import read_address
from core.send.outputs import Output
from core.types import Frame
from core.video.camera import Camera, CameraSettings
from core.video.paced import paced
from ui.session.source import Source, source_of
from ui.view.picture import Shown
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences

PATIENCE_MS = 20_000
CAMERA = Source("camera", "test", "Test camera", "test-id")


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    made = MainWindow(WindowEngine(), Preferences(store), tmp_path / "results")
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def sizes_by_address(source: Source, camera: CameraSettings) -> Iterator[Frame]:
    """`cam-WIDTHxHEIGHT` gives endless frames; `broken` and `silent` do what they say."""
    if source.address == "broken":
        raise SourceError("broken: no such camera")
    if source.address == "silent":
        Gate().wait()
    width, height = (int(part) for part in source.address.removeprefix("cam-").split("x"))
    return paced(lambda: (numbered(index, (width, height)) for index in range(10_000)))


@pytest.fixture(autouse=True)
def sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui.session.live_session, "open_live", sizes_by_address)


def camera(address: str) -> Source:
    return Source("camera", address, address, address)


def shown(window: MainWindow) -> Shown:
    result = window.parts.viewer.view.shown
    assert result is not None
    return result


def wait_for_people(qtbot: QtBot, window: MainWindow, width: int) -> None:
    def there() -> None:
        assert shown(window).picture.size.width() == width
        assert len(shown(window).result.tracks) == 1

    qtbot.waitUntil(lambda: window.parts.viewer.view.shown is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: _holds(there), timeout=PATIENCE_MS)


def _holds(check: object) -> bool:
    try:
        check()  # type: ignore[operator]
    except AssertionError:
        return False
    return True


def test_the_first_page_without_a_camera_is_a_welcome(window: MainWindow) -> None:
    window.parts.welcome.show_camera_count(0)
    assert window.parts.pages.currentWidget() is window.parts.welcome
    assert not window.parts.welcome.buttons["camera"].isEnabled()
    assert window.parts.welcome.hint.text().startswith("No camera found")
    assert window.parts.viewer.messages.text == ""


def test_a_camera_is_shown_with_its_people_and_figures(qtbot: QtBot, window: MainWindow) -> None:
    window.open(camera("cam-160x120"))
    wait_for_people(qtbot, window, 160)
    result = shown(window).result
    assert number_of(result.frame) == result.frame.index % 65536
    session = window.session
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
    window.network.estimator = None
    window.open(camera("cam-64x48"))
    qtbot.waitUntil(lambda: window.parts.viewer.view.shown is not None, timeout=PATIENCE_MS)
    assert len(shown(window).result.tracks) == 0
    session = window.session
    assert session is not None
    assert session.report().device == "loading the network"
    session.use(Finder(window.settings))
    wait_for_people(qtbot, window, 64)


def test_sources_and_settings_are_switched_fifty_times(qtbot: QtBot, window: MainWindow) -> None:
    for number in range(50):
        width = 64 + 8 * (number % 7)
        window.open(camera(f"cam-{width}x48"))
        window.use_settings(
            replace(window.settings, tracker=replace(window.settings.tracker, max_lost_s=number))
        )
        wait_for_people(qtbot, window, width)
    assert window.parts.viewer.messages.text == ""
    window.close_source()
    assert window.parts.pages.currentWidget() is window.parts.welcome


def test_a_source_that_cannot_be_opened_is_one_message(qtbot: QtBot, window: MainWindow) -> None:
    window.open(camera("broken"))
    qtbot.waitUntil(lambda: window.parts.viewer.messages.text != "", timeout=PATIENCE_MS)
    assert window.parts.viewer.messages.text == "broken: no such camera"
    window.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    assert window.parts.viewer.messages.text == ""


def test_a_silent_source_can_be_left_at_once(qtbot: QtBot, window: MainWindow) -> None:
    window.open(camera("silent"))
    assert window.session is not None
    assert window.session.note() == "Opening silent …"
    window.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)


def test_a_threshold_works_while_running_and_ids_live_on(qtbot: QtBot, window: MainWindow) -> None:
    window.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    strict = replace(window.settings, estimator=replace(window.settings.estimator, confidence=0.95))
    window.use_settings(strict)
    qtbot.waitUntil(lambda: len(shown(window).result.tracks) == 0, timeout=PATIENCE_MS)
    window.use_settings(window.engine.settings)
    wait_for_people(qtbot, window, 64)
    assert shown(window).result.tracks.ids.tolist() == [1]


def test_missing_weights_are_one_message_and_the_run_goes_on(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    missing = tmp_path / "missing.safetensors"
    window.use_settings(replace(window.settings, weights=missing))
    qtbot.waitUntil(lambda: window.parts.viewer.messages.text != "", timeout=PATIENCE_MS)
    assert window.parts.viewer.messages.text == f"Network: {missing}: there is no such weights file"
    before = shown(window).result.frame.index
    qtbot.waitUntil(lambda: shown(window).result.frame.index > before, timeout=PATIENCE_MS)


def test_the_form_edits_settings_and_refuses_nonsense(qtbot: QtBot, window: MainWindow) -> None:
    panel = window.parts.settings
    with qtbot.waitSignal(panel.changed, timeout=PATIENCE_MS):
        panel.form.field("tracker.max_lost_s").setValue(4.5)  # type: ignore[attr-defined]
    assert window.settings.tracker.max_lost_s == 4.5
    panel.form.field("estimator.confidence").setValue(1.5)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: panel.problem != "", timeout=PATIENCE_MS)
    assert "confidence must be in [0, 1), got 1.5" in panel.problem
    assert window.settings.estimator.confidence == 0.3
    panel.reset()
    assert window.settings == window.engine.settings
    assert panel.problem == ""


def test_settings_are_saved_and_read_as_yaml(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("tracker: {max_lost_s: 7.5}\n")
    window.dialogs.use_settings_file(path)
    qtbot.waitUntil(lambda: window.settings.tracker.max_lost_s == 7.5, timeout=PATIENCE_MS)
    saved = tmp_path / "saved.yaml"
    window.dialogs.write_settings(saved)
    qtbot.waitUntil(saved.exists, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "Saved" in window.parts.viewer.messages.text, timeout=PATIENCE_MS)
    assert yaml.safe_load(saved.read_text())["tracker"]["max_lost_s"] == 7.5
    path.write_text("tracker: {max_lots_s: 1}\n")
    window.dialogs.use_settings_file(path)
    qtbot.waitUntil(
        lambda: "did you mean" in window.parts.viewer.messages.text, timeout=PATIENCE_MS
    )


def test_clicks_keys_and_mirror(qtbot: QtBot, window: MainWindow) -> None:
    window.open(camera("cam-64x48"))
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


def test_a_region_is_drawn_kept_and_taken_back(qtbot: QtBot, window: MainWindow) -> None:
    window.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    view, actions = window.parts.viewer.view, window.parts.actions

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        points = view.viewport_now.to_widget(np.array([start, end], np.float64))
        first, last = (QPoint(round(x), round(y)) for x, y in points.tolist())
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=first)
        qtbot.mouseMove(view, last)
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=last)

    actions["region"].trigger()
    with qtbot.waitSignal(view.region_drawn, timeout=PATIENCE_MS):
        drag((16, 12), (48, 36))
    assert window.settings.region == pytest.approx((0.25, 0.25, 0.75, 0.75), abs=0.01)
    region = window.settings.region
    picture = view.grab().toImage()
    x, y = view.viewport_now.to_widget(np.array([4.0, 24.0])).tolist()
    dark = picture.pixelColor(round(x), round(y)).lightness()
    # The form does not hold the region, and must not lose it.
    confidence = window.parts.settings.form.field("estimator.confidence")
    assert isinstance(confidence, QDoubleSpinBox)
    confidence.setValue(0.4)
    qtbot.waitUntil(lambda: window.settings.estimator.confidence == 0.4, timeout=PATIENCE_MS)
    assert window.settings.region == region

    actions["region"].trigger()
    drag((20, 20), (20, 20))  # a click means nothing
    assert window.settings.region == region
    actions["region"].trigger()
    actions["deselect"].trigger()
    with qtbot.waitSignal(view.person_clicked, timeout=PATIENCE_MS):
        drag((32, 24), (40, 30))
    assert window.settings.region == region

    actions["no_region"].trigger()
    assert window.settings.region is None
    view.fit()
    assert view.grab().toImage().pixelColor(round(x), round(y)).lightness() > dark


def test_cameras_and_recent_sources_are_listed(qtbot: QtBot, window: MainWindow) -> None:
    window.parts.sources.show_cameras([Camera("cam-64x48", "Court", "usb-court")])
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
        return titles <= {child.windowTitle() for child in window.dialogs.open_dialogs()}

    qtbot.waitUntil(all_open, timeout=PATIENCE_MS)


def test_results_of_the_window_are_sent(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    output = Output(read_address(str(tmp_path / "seen.jsonl")))
    window.sending = (output,)
    window.open(camera("cam-64x48"))
    qtbot.waitUntil(lambda: output.sent > 5, timeout=PATIENCE_MS)
    window.report_now()
    report = window.parts.viewer.view._report
    assert report is not None
    assert report.sent.startswith("jsonl ")
    window.close_source()
    output.close(20)
    messages = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    assert {message["source"] for message in messages} == {"cam-64x48"}


def test_a_budget_out_of_reach_takes_the_smaller_size(window: MainWindow, qtbot: QtBot) -> None:
    window.use_settings(replace(window.settings, budget_ms=0.001))
    window.open(camera("cam-64x48"))
    qtbot.waitUntil(
        lambda: (
            window.session is not None and window.session.report().mode == "320 px, over the budget"
        ),
        timeout=PATIENCE_MS,
    )
    window.use_settings(replace(window.settings, budget_ms=0.0))
    assert window.session is not None
    assert window.session.report().mode == ""
