"""The window's settings while a live source runs: thresholds, weights, files, region, budget."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from live_window import PATIENCE_MS, camera, live_window, shown, wait_for_people
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QDoubleSpinBox
from pytestqt.qtbot import QtBot

from ui.window.main_window import MainWindow


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    yield from live_window(qtbot, tmp_path, monkeypatch)


def test_a_threshold_works_while_running_and_ids_live_on(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    strict = replace(
        window.showing.settings,
        estimator=replace(window.showing.settings.estimator, confidence=0.95),
    )
    window.showing.use_settings(strict)
    qtbot.waitUntil(lambda: len(shown(window).result.tracks) == 0, timeout=PATIENCE_MS)
    window.showing.use_settings(window.engine.settings)
    wait_for_people(qtbot, window, 64)
    assert shown(window).result.tracks.ids.tolist() == [1]


def test_missing_weights_are_one_message_and_the_run_goes_on(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.showing.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    missing = tmp_path / "missing.safetensors"
    window.showing.use_settings(replace(window.showing.settings, weights=missing))
    qtbot.waitUntil(lambda: window.parts.viewer.messages.text != "", timeout=PATIENCE_MS)
    assert window.parts.viewer.messages.text == f"Network: {missing}: there is no such weights file"
    before = shown(window).result.frame.index
    qtbot.waitUntil(lambda: shown(window).result.frame.index > before, timeout=PATIENCE_MS)


def test_the_form_edits_settings_and_refuses_nonsense(qtbot: QtBot, window: MainWindow) -> None:
    panel = window.parts.settings
    with qtbot.waitSignal(panel.changed, timeout=PATIENCE_MS):
        panel.form.field("tracker.max_lost_s").setValue(4.5)  # type: ignore[attr-defined]
    assert window.showing.settings.tracker.max_lost_s == 4.5
    panel.form.field("estimator.confidence").setValue(1.5)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: panel.problem != "", timeout=PATIENCE_MS)
    assert "confidence must be in [0, 1), got 1.5" in panel.problem
    assert window.showing.settings.estimator.confidence == 0.3
    panel.reset()
    assert window.showing.settings == window.engine.settings
    assert panel.problem == ""


def test_settings_are_saved_and_read_as_yaml(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("tracker: {max_lost_s: 7.5}\n")
    window.dialogs.use_settings_file(path)
    qtbot.waitUntil(lambda: window.showing.settings.tracker.max_lost_s == 7.5, timeout=PATIENCE_MS)
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


def test_a_region_is_drawn_kept_and_taken_back(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open(camera("cam-64x48"))
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
    assert window.showing.settings.region == pytest.approx((0.25, 0.25, 0.75, 0.75), abs=0.01)
    region = window.showing.settings.region
    picture = view.grab().toImage()
    x, y = view.viewport_now.to_widget(np.array([4.0, 24.0])).tolist()
    dark = picture.pixelColor(round(x), round(y)).lightness()
    # The form does not hold the region, and must not lose it.
    confidence = window.parts.settings.form.field("estimator.confidence")
    assert isinstance(confidence, QDoubleSpinBox)
    confidence.setValue(0.4)
    qtbot.waitUntil(
        lambda: window.showing.settings.estimator.confidence == 0.4, timeout=PATIENCE_MS
    )
    assert window.showing.settings.region == region

    actions["region"].trigger()
    drag((20, 20), (20, 20))  # a click means nothing
    assert window.showing.settings.region == region
    actions["region"].trigger()
    actions["deselect"].trigger()
    with qtbot.waitSignal(view.person_clicked, timeout=PATIENCE_MS):
        drag((32, 24), (40, 30))
    assert window.showing.settings.region == region

    actions["no_region"].trigger()
    assert window.showing.settings.region is None
    view.fit()
    assert view.grab().toImage().pixelColor(round(x), round(y)).lightness() > dark


def test_a_budget_out_of_reach_takes_the_smaller_size(window: MainWindow, qtbot: QtBot) -> None:
    window.showing.use_settings(replace(window.showing.settings, budget_ms=0.001))
    window.showing.open(camera("cam-64x48"))
    qtbot.waitUntil(
        lambda: (
            window.showing.session is not None
            and window.showing.session.report().mode == "320 px, over the budget"
        ),
        timeout=PATIENCE_MS,
    )
    window.showing.use_settings(replace(window.showing.settings, budget_ms=0.0))
    assert window.showing.session is not None
    assert window.showing.session.report().mode == ""
