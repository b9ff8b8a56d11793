"""Several live sources side by side in the window: real pipelines, real widgets, no screen."""

import csv
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from live_window import PATIENCE_MS, camera, live_window, wait_for_people
from osc_receiver import osc_receiver
from pytestqt.qtbot import QtBot
from pythonosc.osc_packet import OscPacket

from core.send.address import read_address
from core.send.outputs import Output
from core.tracks.csv_long import read_track_csv
from core.tracks.seen_ids import frame_times, live_table
from ui.session.live_group import LiveGroup
from ui.view.hud import short_lines
from ui.view.statistics import Report
from ui.window.main_window import MainWindow


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    yield from live_window(qtbot, tmp_path, monkeypatch)


def widths(window: MainWindow) -> list[int]:
    """Of the pictures in the tiles that show a person; 0 for the others."""
    shown = [view.shown for view in window.parts.viewer.tiles.views]
    return [
        0 if one is None or not len(one.result.tracks) else one.picture.size.width()
        for one in shown
    ]


def group_of(window: MainWindow) -> LiveGroup:
    assert isinstance(window.showing.session, LiveGroup)
    return window.showing.session


def test_a_dead_camera_does_not_stop_the_others(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    lines = tmp_path / "sent.jsonl"
    output = Output(read_address(str(lines)), 3)
    window.showing.live.outputs = (output,)
    window.showing.open_several([camera("cam-160x120"), camera("broken"), camera("cam-96x64")])
    qtbot.waitUntil(lambda: widths(window) == [160, 0, 96], timeout=PATIENCE_MS)
    first, broken, last = group_of(window).members
    qtbot.waitUntil(lambda: last.session.painted.painted > 5, timeout=PATIENCE_MS)
    window.showing.report_now()
    assert broken.note() == "broken: no such camera"
    assert window.parts.viewer.messages.text == ""
    assert window.parts.viewer.pictures.currentWidget() is window.parts.viewer.tiles
    figures = [member.report() for member in (first, last)]
    assert [report.title for report in figures] == ["cam-160x120", "cam-96x64"]
    assert all(report.captured > 0 and report.latency.median > 0 for report in figures)
    there = {name for name in ("record", "snapshot", "latency_test") if enabled(window, name)}
    assert there == {"record"}
    window.showing.close_source()
    output.close(20)
    sources = {json.loads(line)["source"] for line in lines.read_text().splitlines()}
    assert sources == {"cam-160x120", "cam-96x64"}
    assert not window.parts.viewer.tiles.views
    window.showing.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    assert window.parts.viewer.pictures.currentWidget() is window.parts.viewer.view


def enabled(window: MainWindow, name: str) -> bool:
    return window.parts.actions[name].isEnabled()


def test_tiles_take_turns(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures and figures of one tile at a time: all at once would keep the window from events."""
    window.showing.open_several([camera("cam-160x120"), camera("cam-96x64")])
    qtbot.waitUntil(lambda: widths(window) == [160, 96], timeout=PATIENCE_MS)
    group = group_of(window)
    seen: list[int] = []

    def alternates() -> bool:
        taken = group.take()
        seen.extend(() if taken is None else (taken[0],))
        return len(set(seen)) == 2

    qtbot.waitUntil(alternates, timeout=PATIENCE_MS)
    told: list[str] = []
    for view in window.parts.viewer.tiles.views:
        monkeypatch.setattr(view, "show_report", lambda report: told.append(report.title))
    window.showing.report_now()
    assert len(told) == 1
    window.showing.report_now()
    assert sorted(told) == ["cam-160x120", "cam-96x64"]


def test_all_that_fail_are_one_message(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open_several([camera("broken"), camera("broken")])
    qtbot.waitUntil(lambda: window.parts.viewer.messages.text != "", timeout=PATIENCE_MS)
    assert window.parts.viewer.messages.text == "broken: no such camera"
    assert window.showing.session is None
    assert not enabled(window, "record")


def test_one_recording_has_a_file_a_camera_and_one_clock(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open_several([camera("cam-160x120"), camera("cam-96x64")])
    qtbot.waitUntil(lambda: widths(window) == [160, 96], timeout=PATIENCE_MS)
    window.parts.actions["record"].trigger()
    group = group_of(window)
    before = [session.pipeline.analysed for session in group.sessions]
    qtbot.waitUntil(
        lambda: all(
            session.pipeline.analysed > count + 10
            for session, count in zip(group.sessions, before, strict=True)
        ),
        timeout=PATIENCE_MS,
    )
    window.parts.actions["record"].trigger()
    qtbot.waitUntil(lambda: not window.output.recorder.writing, timeout=PATIENCE_MS)
    made = sorted((window.results.parent / "recordings").glob("*.mp4"))
    cameras = [path for path in made if "annotated" not in path.name]
    assert [path.stem[20:] for path in cameras] == ["1 cam-160x120", "2 cam-96x64"]
    assert len(made) == 4
    assert cameras[1].name in window.parts.viewer.messages.text
    spans = []
    for path in cameras:
        with frame_times(path).open(newline="") as file:
            captured = [int(row["captured_ns"]) for row in csv.DictReader(file)]
        assert captured == sorted(captured)
        spans.append((captured[0], captured[-1]))
        assert set(read_track_csv(live_table(path)).track_ids.tolist()) == {1}
    assert max(first for first, _ in spans) < min(last for _, last in spans)


def test_several_share_an_output_that_was_made_for_one(qtbot: QtBot, window: MainWindow) -> None:
    """The first source has the short OSC addresses; those of the others hold their names."""
    with osc_receiver() as (receiver, output):
        window.showing.live.outputs = (output,)
        window.showing.open_several([camera("cam-160x120"), camera("cam-96x64")])
        qtbot.waitUntil(lambda: widths(window) == [160, 96], timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: output.sent > 20, timeout=PATIENCE_MS)
        window.showing.close_source()
        output.close(20)
        receiver.setblocking(False)
        widths_by_address: dict[str, set[int]] = {}
        with suppress(BlockingIOError):
            while True:
                for timed in OscPacket(receiver.recv(65_535)).messages:
                    if timed.message.address.endswith("/frame"):
                        sizes = widths_by_address.setdefault(timed.message.address, set())
                        sizes.add(timed.message.params[2])
    assert widths_by_address == {
        "/yolopose/frame": {160},
        "/yolopose/cam-96x64/frame": {96},
    }


def test_an_output_with_room_for_one_gets_the_first_and_says_so(
    qtbot: QtBot, window: MainWindow
) -> None:
    pytest.importorskip("pylsl", exc_type=(ImportError, RuntimeError))  # type: ignore[arg-type]
    output = Output(read_address("lsl:room"))
    window.showing.live.outputs = (output,)
    window.showing.open_several([camera("cam-160x120"), camera("cam-96x64")])
    said = "--send lsl:room: goes with one source; cam-96x64 is not sent there"
    assert window.parts.viewer.messages.text == said
    qtbot.waitUntil(lambda: widths(window) == [160, 96], timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: output.sent > 5, timeout=PATIENCE_MS)
    window.showing.close_source()
    output.close(20)


def test_a_double_click_shows_one_tile_alone(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open_several([camera(f"cam-{64 + 32 * n}x48") for n in range(3)])
    views = window.parts.viewer.tiles.views
    qtbot.waitUntil(lambda: all(widths(window)), timeout=PATIENCE_MS)
    assert len({(view.x(), view.y()) for view in views}) == 3
    views[1].double_clicked.emit()
    assert [view.isVisible() for view in views] == [False, True, False]
    views[1].double_clicked.emit()
    assert all(view.isVisible() for view in views)


def test_figures_of_a_tile_are_short() -> None:
    report = Report(14.9, 12.0, title="rtsp://a.very.long.name.of.a.camera/stream/1", captured=10)
    lines = short_lines(report)
    assert len(lines) == 4
    assert len(lines[0][1]) < 42
    assert "12.0 of 14.9 fps" in lines[1][1]
