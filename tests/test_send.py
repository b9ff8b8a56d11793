"""Live outputs, each with a real receiver."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from free_port import free_port
from live_source import numbered, one_person
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from core.errors import SettingsError
from core.run.background import background
from core.send.address import read_address
from core.send.datagrams import json_datagrams, osc_datagrams
from core.send.message import Message
from core.send.outputs import Output
from core.skeleton import HALPE_26, skeleton_named
from core.types import FrameResult, PoseBatch, Tracks


def result(index: int) -> FrameResult:
    frame = numbered(index)
    poses = one_person(frame)
    return FrameResult(frame, poses, Tracks(np.array([7]), poses, np.ones(1, np.bool_)))


def test_udp_carries_one_json_object_a_frame() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(20)
        output = Output(read_address(f"udp://127.0.0.1:{receiver.getsockname()[1]}"))
        output.results.offer(("cam", result(5)))
        message = json.loads(receiver.recv(65_535))
        output.close()
    assert (message["frame"], message["size"], message["source"]) == (5, [64, 48], "cam")
    assert message["skeleton"] == "coco-17"
    assert message["people"][0]["id"] == 7
    assert message["people"][0]["box"] == [16.0, 12.0, 48.0, 36.0]
    assert message["people"][0]["keypoints"][0] == [16.0, 12.0, 0.8]
    assert 0 <= message["sent_unix_s"] - message["captured_unix_s"] < 60


def test_osc_reaches_a_server() -> None:
    got: dict[str, tuple[float, ...]] = {}
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(lambda address, *values: got.__setitem__(address, values))
    with BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher) as server:
        server.timeout = 20
        output = Output(read_address(f"osc://127.0.0.1:{server.server_address[1]}"))
        output.results.offer(("cam", result(5)))
        for _ in range(2):
            server.handle_request()
        output.close()
    assert got["/yolopose/frame"][0] == 5
    assert got["/yolopose/frame"][2:5] == (64, 48, 1)
    assert got["/yolopose/person/7/nose"] == pytest.approx((16.0, 12.0, 0.8))
    assert len(got) == 1 + 1 + 17


def test_several_sources_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "both.jsonl"
    output = Output(read_address(str(path)), 2)
    for source in ("left", "right"):
        output.tap(source).offer(result(3))
    output.close(20)
    messages = [json.loads(line) for line in path.read_text().splitlines()]
    assert [message["source"] for message in messages] == ["left", "right"]
    message = Message.of(result(3), "rtsp://left cam/1")
    bundles = b"".join(osc_datagrams(message, named=True))
    assert b"/yolopose/rtsp_left_cam_1/person/7/nose" in bundles
    assert b"/yolopose/person" not in bundles


def test_osc_addresses_of_a_source_that_was_added_hold_its_name() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(20)
        output = Output(read_address(f"osc://127.0.0.1:{receiver.getsockname()[1]}"))
        first, added = output.tap("left"), output.tap("right", beside=True)
        roots = []
        for number, tap in enumerate((added, first, added)):
            if number == 2:
                output.tap("right")  # opened alone
            tap.offer(result(3))
            frame, person = receiver.recv(65_535), receiver.recv(65_535)
            roots.append((b"/yolopose/right/frame" in frame, b"/yolopose/person/7" in person))
        output.close()
    assert roots == [(True, False), (False, True), (False, True)]


def test_a_websocket_client_gets_frames_and_a_browser_the_page() -> None:
    port = free_port()
    output = Output(read_address(f"ws://127.0.0.1:{port}"))
    feeding = background(_feed(output))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as page:
        assert b"new WebSocket" in page.read()
    with connect(f"ws://127.0.0.1:{port}", open_timeout=20) as client:
        assert json.loads(client.recv(timeout=20))["people"][0]["id"] == 7
    with pytest.raises(InvalidStatus):
        connect(f"ws://127.0.0.1:{port}", open_timeout=20, origin="http://elsewhere.example")
    feeding.close(discard=True)
    output.close()


def test_a_token_is_asked_for() -> None:
    port = free_port()
    output = Output(read_address(f"ws://0.0.0.0:{port}?token=word"))
    feeding = background(_feed(output))
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/?token=other", timeout=20)
    with connect(f"ws://127.0.0.1:{port}/?token=word", open_timeout=20) as client:
        assert json.loads(client.recv(timeout=20))["format"] == "yolopose 1"
    feeding.close(discard=True)
    output.close()


def test_a_viewer_who_does_not_read_holds_nobody_up() -> None:
    port = free_port()
    output = Output(read_address(f"ws://127.0.0.1:{port}"))
    with socket.create_connection(("127.0.0.1", port), 20) as idle:
        idle.sendall(
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        assert idle.recv(12) == b"HTTP/1.1 101"
        many = crowd(100)
        for _ in range(3000):
            output.results.offer(("cam", many))
            output.results.wait_closed(0.005)
            if output.dropped > output.results.dropped:
                break
        assert output.dropped > output.results.dropped  # the viewer missed some
        with connect(f"ws://127.0.0.1:{port}", open_timeout=20) as other:
            feeding = background(_feed(output))
            assert json.loads(other.recv(timeout=20))["format"] == "yolopose 1"
            feeding.close(discard=True)
    output.close()


def test_a_slow_viewer_gets_the_rare_source_as_well() -> None:
    port = free_port()
    output = Output(read_address(f"ws://127.0.0.1:{port}"), 2)
    many = crowd(300)
    with connect(f"ws://127.0.0.1:{port}", open_timeout=20, max_queue=1) as slow:
        for number in range(3000):
            output.results.offer(("often", many))
            if number == 20:
                output.results.offer(("rarely", many))
            output.results.wait_closed(0.005)
            if number > 40 and output.dropped > output.results.dropped + 10:
                break
        assert output.dropped > output.results.dropped + 10
        seen: set[str] = set()
        while seen != {"often", "rarely"}:
            seen.add(json.loads(slow.recv(timeout=20))["source"])
    output.close()


def test_messages_name_what_the_network_finds() -> None:
    one, animal = result(0), skeleton_named([f"joint_{number}" for number in range(17)])
    message = Message.of(replace(one, named=animal), "cam").as_dict()
    assert (message["skeleton"], message["keypoint_names"]) == ("own", list(animal.names))
    # People of the network before are still predicted.
    message = Message.of(replace(one, named=HALPE_26), "cam").as_dict()
    assert message["skeleton"] == "coco-17"
    nobody = replace(one, poses=PoseBatch.empty(), tracks=Tracks.empty(), named=HALPE_26)
    assert Message.of(nobody, "cam").as_dict()["skeleton"] == "halpe-26"


def test_too_many_people_for_a_datagram_are_counted() -> None:
    (datagram,) = json_datagrams(Message.of(crowd(300), "cam"))
    message = json.loads(datagram)
    assert len(datagram) <= 65_507
    assert len(message["people"]) + message["left_out"] == 300


def crowd(count: int) -> FrameResult:
    one = result(0)
    rows = np.zeros(count, np.intp)
    tracks = one.tracks[rows]
    return replace(one, tracks=replace(tracks, ids=np.arange(1, count + 1)))


def _feed(output: Output) -> Iterator[int]:
    index = 0
    while not output.results.wait_closed(0.01):
        output.results.offer(("cam", result(index)))
        index += 1
        yield index


def test_a_file_holds_a_line_a_frame_and_drops_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    output = Output(read_address(str(path)))
    for index in range(50):
        output.results.offer(("cam", result(index)))
    output.close(20)
    frames = [json.loads(line)["frame"] for line in path.read_text().splitlines()]
    assert frames[-1] == 49  # the newest wins
    assert frames == sorted(set(frames))
    assert output.sent == len(frames)
    assert output.sent + output.dropped == 50


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:1", "osc://127.0.0.1", "udp://a:99999", "ws://0.0.0.0:8765"]
)
def test_a_wrong_address_says_what_would_be_right(text: str) -> None:
    with pytest.raises(SettingsError, match="--send"):
        read_address(text)
