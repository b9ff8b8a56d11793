"""The delay from screen to screen, with synthetic cameras of known delay."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from live_source import numbered
from PyQt6.QtCore import QSettings
from pytestqt.qtbot import QtBot
from window_engine import WindowEngine

import ui.session.live_session
from core.run.latency import CODES, Delay, LatencyMeter, code_picture, codes_in
from core.types import Frame
from core.video.camera import CameraSettings
from core.video.capture import read_frames
from core.video.paced import paced
from ui.session.source import Source
from ui.window.latency_test import LatencyDialog
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences

MS = 1_000_000


@pytest.mark.parametrize("code", [0, 1, 357, 999])
def test_a_code_is_recognised_small_turned_and_dim(code: int) -> None:
    picture = np.full((480, 640), 70, np.uint8)
    picture[100:300, 200:400] = code_picture(code, 200) // 2 + 30
    turn = cv2.getRotationMatrix2D((300, 200), 25, 0.8)
    turned = cv2.warpAffine(picture, turn, (640, 480), borderValue=70)
    assert codes_in(cv2.cvtColor(turned, cv2.COLOR_GRAY2RGB)) == [code]
    assert codes_in(np.zeros((480, 640, 3), np.uint8)) == []


@pytest.mark.parametrize("delay_ms", [0, 40, 250])
@pytest.mark.parametrize("seen_first", [True, False])
def test_a_camera_of_known_delay(delay_ms: int, seen_first: bool) -> None:
    meter = LatencyMeter()
    assert meter.delay() is None
    for number in range(2 * CODES):
        painted = number * 100 * MS
        meter.code_painted(number, painted)
        steps = [
            lambda number=number: meter.code_seen(number % CODES, 2 * number),
            lambda number=number, painted=painted: meter.frame_painted(
                2 * number, painted + delay_ms * MS
            ),
        ]
        for step in steps if seen_first else steps[::-1]:
            step()
        meter.frame_painted(2 * number + 1, painted + (delay_ms + 40) * MS)
        meter.code_seen(number % CODES, 2 * number + 1)
    measured = meter.delay()
    assert measured == Delay(measured.count if measured else 0, delay_ms, delay_ms)
    assert measured.count == CODES


def test_an_older_frame_counts_although_it_is_recognised_later() -> None:
    meter = LatencyMeter()
    meter.code_painted(5, 0)
    meter.frame_painted(1, 30 * MS)
    meter.frame_painted(2, 60 * MS)
    meter.code_seen(5, 2)
    meter.code_seen(5, 1)
    assert meter.delay() == Delay(1, 30.0, 30.0)
    meter.code_seen(77, 1)
    assert meter.delay() == Delay(1, 30.0, 30.0)


@pytest.mark.parametrize("recording", [False, True], ids=["alone", "beside a recording"])
def test_a_camera_that_films_the_window(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recording: bool
) -> None:
    filmed: list[int] = [0]

    def camera(source: Source, settings: CameraSettings) -> Iterator[Frame]:
        def frames() -> Iterator[Frame]:
            for index in range(5000):
                made = numbered(index)
                grey = np.full((240, 320), 90, np.uint8)
                grey[20:220, 60:260] = code_picture(filmed[0], 200)
                rgb = np.repeat(grey[..., None], 3, axis=2)
                yield Frame(index, index / 25, made.captured_ns, rgb)

        return paced(frames)

    monkeypatch.setattr(ui.session.live_session, "open_live", camera)
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(
        WindowEngine(), Preferences(store), tmp_path, recordings=tmp_path / "recordings"
    )
    qtbot.addWidget(window)
    window.show()
    window.showing.open(Source("camera", "test", "Camera"))
    qtbot.waitUntil(lambda: window.parts.viewer.view.shown is not None, timeout=20_000)
    window.parts.actions["latency_test"].trigger()
    dialog = window.findChild(LatencyDialog)
    assert dialog is not None

    def measured(least: int) -> bool:
        filmed[0] = dialog.marker.code
        delay = dialog.meter.delay()
        return delay is not None and delay.count >= least

    qtbot.waitUntil(lambda: measured(3), timeout=20_000)
    if recording:
        for _ in ("begun", "ended"):
            window.parts.actions["record"].trigger()
            before = dialog.meter.delay()
            assert before is not None
            qtbot.waitUntil(lambda least=before.count + 3: measured(least), timeout=20_000)
        recorder = window.output.recorder
        qtbot.waitUntil(lambda: not recorder.writing, timeout=20_000)
        (camera,) = (
            path for path in tmp_path.rglob("*.mp4") if not path.stem.endswith("annotated")
        )
        assert len(list(read_frames(str(camera)))) > 3
    delay = dialog.meter.delay()
    assert delay is not None
    assert delay.median_ms > 0
    assert dialog.text.text().startswith("Screen to screen: ")
    dialog.close()
    window.close()
