"""A camera is added to the live sources that are shown: these run on, and keep their ids."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_window import PATIENCE_MS, camera, live_window, wait_for_people
from osc_receiver import osc_receiver
from pytestqt.qtbot import QtBot

from core.send.address import read_address
from core.send.outputs import Output
from ui.session.live_group import LiveGroup
from ui.session.live_session import LiveSession
from ui.session.source import Source
from ui.window.camera_dialog import CameraDialog
from ui.window.main_window import MainWindow


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    yield from live_window(qtbot, tmp_path, monkeypatch)


def wait_for_tiles(qtbot: QtBot, window: MainWindow, widths: list[int]) -> None:
    def shown() -> list[int]:
        views = [view.shown for view in window.parts.viewer.tiles.views]
        return [0 if one is None else one.picture.size.width() for one in views]

    qtbot.waitUntil(lambda: shown() == widths, timeout=PATIENCE_MS)


def test_one_camera_becomes_three_and_the_first_runs_on(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    first = window.showing.session
    assert isinstance(first, LiveSession)
    window.showing.add(camera("cam-96x64"))
    wait_for_tiles(qtbot, window, [64, 96])
    window.showing.add(camera("cam-96x64"))
    wait_for_tiles(qtbot, window, [64, 96, 96])
    group = window.showing.session
    assert isinstance(group, LiveGroup)
    assert group.sessions[0] is first
    assert [one.title for one in group.members] == ["cam-64x48", "cam-96x64", "cam-96x64 (2)"]
    views = window.parts.viewer.tiles.views
    assert len({(view.x(), view.y()) for view in views}) == 3
    assert all(view.isVisible() for view in views)
    painted = [session.painted.painted for session in group.sessions]
    qtbot.waitUntil(
        lambda: all(
            session.painted.painted > before
            for session, before in zip(group.sessions, painted, strict=True)
        ),
        timeout=PATIENCE_MS,
    )
    one = views[0].shown
    assert one is not None
    assert one.result.tracks.ids.tolist() == [1]
    window.showing.close_source()
    assert all(session.pipeline.join(20) for session in group.sessions)


def test_a_new_camera_follows_the_settings_of_the_window(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open_several([camera("cam-64x48"), camera("cam-96x64")])
    window.parts.actions["mirror"].trigger()
    window.showing.set_region((0.0, 0.0, 0.5, 1.0))
    window.parts.actions["steady"].trigger()
    window.showing.add(camera("cam-128x96"))
    wait_for_tiles(qtbot, window, [64, 96, 128])
    view = window.parts.viewer.tiles.views[2]
    assert view.viewport_now.mirrored
    assert view._regions.region == (0.0, 0.0, 0.5, 1.0)
    assert isinstance(window.showing.session, LiveGroup)
    assert not any(session.steady for session in window.showing.session.sessions)


def test_a_recording_goes_on_without_the_new_camera(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    window.parts.actions["record"].trigger()
    window.showing.add(camera("cam-96x64"))
    said = "cam-96x64 is not in the recording that goes on."
    assert window.parts.viewer.messages.text == said
    wait_for_tiles(qtbot, window, [64, 96])
    window.parts.actions["record"].trigger()
    qtbot.waitUntil(lambda: not window.output.recorder.writing, timeout=PATIENCE_MS)
    made = (window.results.parent / "recordings").glob("*.mp4")
    assert len([path for path in made if "annotated" not in path.name]) == 1


def test_a_camera_that_is_not_there_is_a_note_in_its_tile(qtbot: QtBot, window: MainWindow) -> None:
    window.showing.open(camera("cam-64x48"))
    window.showing.add(camera("broken"))
    group = window.showing.session
    assert isinstance(group, LiveGroup)
    qtbot.waitUntil(lambda: group.members[1].failed != "", timeout=PATIENCE_MS)
    assert group.members[1].note() == "broken: no such camera"
    wait_for_tiles(qtbot, window, [64, 0])


@pytest.mark.parametrize("count", [1, 2])
def test_what_is_added_after_all_ended_is_shown_alone(
    qtbot: QtBot, window: MainWindow, count: int
) -> None:
    if count == 1:
        window.showing.open(camera("broken"))
    else:
        window.showing.open_several([camera("broken"), camera("broken")])
    qtbot.waitUntil(lambda: window.showing.session is None, timeout=PATIENCE_MS)
    window.showing.add(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    session = window.showing.session
    assert isinstance(session, LiveSession)
    window.showing.close_source()
    assert session.pipeline.join(20)


def test_a_camera_that_failed_is_offered_again(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = [camera("cam-64x48"), camera("broken")]
    monkeypatch.setattr(window.start, "addable", lambda: offered)
    window.showing.open_several(offered)
    group = window.showing.session
    assert isinstance(group, LiveGroup)
    qtbot.waitUntil(lambda: group.members[1].failed != "", timeout=PATIENCE_MS)
    window.parts.actions["add_camera"].trigger()
    (dialog,) = window.findChildren(CameraDialog)
    line = dialog.cameras.item(0)
    assert line is not None
    assert (dialog.cameras.count(), line.text()) == (1, "broken")


def test_a_stream_without_its_password_is_completed_first(qtbot: QtBot) -> None:
    dialog = CameraDialog([Source("stream", "rtsp://***@left/stream", "left")])
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.cameras.setCurrentRow(0)
    with qtbot.assertNotEmitted(dialog.chosen):
        dialog.add_button.click()
    assert dialog.isVisible()
    assert dialog.note.isVisible()
    assert dialog.address.selectedText() == "***"
    dialog.address.insert("me:word")
    with qtbot.waitSignal(dialog.chosen, timeout=PATIENCE_MS) as chosen:
        dialog.add_button.click()
    assert chosen.args is not None
    assert chosen.args[0].address == "rtsp://me:word@left/stream"


def test_osc_addresses_of_a_new_camera_hold_its_name(qtbot: QtBot, window: MainWindow) -> None:
    with osc_receiver() as (receiver, output):
        window.showing.live.outputs = (output,)
        window.showing.open(camera("cam-64x48"))
        wait_for_people(qtbot, window, 64)
        window.showing.add(camera("cam-96x64"))
        wait_for_tiles(qtbot, window, [64, 96])
        missing = {b"/yolopose/frame", b"/yolopose/cam-96x64/frame"}
        until_s = time.monotonic() + PATIENCE_MS / 1e3
        while missing and time.monotonic() < until_s:
            datagram = receiver.recv(65_535)
            assert b"/yolopose/cam-64x48/" not in datagram
            missing = {root for root in missing if root not in datagram}
        window.showing.close_source()
        output.close(20)
    assert not missing


def test_results_of_a_new_camera_are_sent_under_its_name(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    lines = tmp_path / "sent.jsonl"
    output = Output(read_address(str(lines)))
    window.showing.live.outputs = (output,)
    window.showing.open(camera("cam-64x48"))
    wait_for_people(qtbot, window, 64)
    window.showing.add(camera("cam-96x64"))
    wait_for_tiles(qtbot, window, [64, 96])
    sent = output.sent
    qtbot.waitUntil(lambda: output.sent > sent + 10, timeout=PATIENCE_MS)
    window.showing.close_source()
    output.close(20)
    text = lines.read_text()
    assert '"source":"cam-64x48"' in text
    assert '"source":"cam-96x64"' in text


def test_the_command_asks_for_a_camera_that_is_not_shown(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = [camera("cam-64x48"), camera("cam-96x64"), camera("cam-128x96")]
    monkeypatch.setattr(window.start, "addable", lambda: offered)
    action = window.parts.actions["add_camera"]
    assert not action.isEnabled()
    window.showing.open(camera("cam-64x48"))
    assert action.isEnabled()
    action.trigger()
    (dialog,) = window.findChildren(CameraDialog)
    listed = [dialog.cameras.item(row) for row in range(dialog.cameras.count())]
    assert [item.text() for item in listed if item is not None] == ["cam-96x64", "cam-128x96"]
    assert not dialog.add_button.isEnabled()
    dialog.cameras.setCurrentRow(1)
    assert dialog.add_button.isEnabled()
    dialog.add_button.click()
    assert not dialog.isVisible()
    wait_for_tiles(qtbot, window, [64, 128])


def test_an_address_may_be_typed(qtbot: QtBot) -> None:
    dialog = CameraDialog([camera("cam-64x48")])
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.address.setText(" rtsp://left/stream ")
    with qtbot.waitSignal(dialog.chosen, timeout=PATIENCE_MS) as chosen:
        dialog.add_button.click()
    assert chosen.args == [Source("stream", "rtsp://left/stream", "rtsp://left/stream")]
    nothing = CameraDialog([])
    qtbot.addWidget(nothing)
    line = nothing.cameras.item(0)
    assert line is not None
    assert line.text() == "No other camera found"
    nothing.cameras.setCurrentRow(0)
    assert not nothing.add_button.isEnabled()
    with qtbot.assertNotEmitted(nothing.chosen):
        nothing.accept()
