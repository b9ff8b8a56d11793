"""Cameras that speak real protocols on loopback; `stream_figures.py` measures them at length."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from bad_network import bad_network
from dated_picture import age_ms, made_ms
from free_port import free_port
from http_cameras import hls, jumping_stream, motion_jpeg
from live_source import numbered
from rtsp_camera import RtspCamera, need_rtsp_server, rtsp_camera

from core.errors import SourceError
from core.run.reconnect import LONGEST_LEAP_S, Link, ReconnectSettings, reconnecting
from core.types import Frame
from core.video.camera import CameraSettings
from core.video.capture import read_frames
from core.video.live import read_live
from core.video.source import CaptureSettings

COUNT = 30
CLOSE_MS = 20_000  # an age that a damaged picture has by accident, one time in fifty


def watch(address: str, settings: CameraSettings | None = None, count: int = COUNT) -> list[Frame]:
    return list(islice(read_live("stream", address, settings or CameraSettings()), count))


def assert_alive(frames: list[Frame], size: tuple[int, int] = (320, 240)) -> None:
    """Each picture is whole, later than the one before, and was made a short while ago."""
    assert len(frames) == COUNT
    assert {frame.size for frame in frames} == {size}
    assert all(age_ms(frame) < CLOSE_MS for frame in frames)
    made = [made_ms(frame) for frame in frames]
    assert len(set(made)) == COUNT
    times_s = [frame.time_s for frame in frames]
    assert times_s == sorted(times_s)
    assert times_s[-1] == pytest.approx((COUNT - 1) / 25, abs=0.5)


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_an_rtsp_camera_over_tcp_and_udp(codec: str) -> None:
    need_rtsp_server()
    with rtsp_camera(free_port(), codec) as camera:
        assert_alive(watch(camera.address))
        assert_alive(watch(camera.address, CameraSettings(rtsp_over="udp")))


def test_an_rtsp_camera_that_is_killed_comes_back_in_another_size() -> None:
    need_rtsp_server()
    camera = RtspCamera(free_port())
    links: list[Link] = []

    def restart(_: float) -> bool:
        nonlocal camera
        if len(links) == 3:  # opening, running, waiting
            camera = RtspCamera(camera.port, size="480x272")
        return False

    frames = reconnecting(
        lambda: read_live("stream", camera.address, CameraSettings()),
        restart,
        links.append,
        ReconnectSettings(),
    )
    seen = []
    for frame in frames:
        seen.append(frame)
        if len(seen) == 20:
            camera.kill()
        if frame.size == (480, 272):
            break
    frames.close()  # type: ignore[attr-defined]
    camera.kill()
    assert [frame.index for frame in seen] == list(range(len(seen)))
    assert len(links[-1].gaps) == 1
    assert age_ms(seen[-1]) < CLOSE_MS


def test_a_frozen_rtsp_camera_is_lost() -> None:
    need_rtsp_server()
    with rtsp_camera(free_port()) as camera:
        frames = read_frames(camera.address, CaptureSettings(timeout_s=1.5, threads=1))
        assert len(list(islice(frames, 10))) == 10
        camera.freeze()
        with pytest.raises(SourceError, match="nothing was received any more"):
            list(frames)
        with pytest.raises(SourceError, match=r"nothing was received within 0\.5 s"):
            next(read_frames(camera.address, CaptureSettings(timeout_s=0.5)))


def test_a_network_that_loses_and_delays() -> None:
    need_rtsp_server()
    with rtsp_camera(free_port()) as camera, bad_network(camera.address) as address:
        assert_alive(watch(address))
    with rtsp_camera(free_port()) as camera, bad_network(camera.address) as address:
        frames = watch(address, CameraSettings(rtsp_over="udp"), 2 * COUNT)
        whole = sum(age_ms(frame) < CLOSE_MS for frame in frames)
        assert whole > COUNT / 3  # a picture that lost a part damages those up to the next key


def test_cameras_that_speak_http(tmp_path: Path) -> None:
    with motion_jpeg() as address:
        assert_alive(watch(address))
    with hls(tmp_path) as address:
        assert_alive(watch(address))


def test_time_stamps_that_jump_are_no_gap() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        jumps = ((20, 3600.0), (40, -7200.0))
        threading.Thread(target=jumping_stream, args=(server, jumps), daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        links: list[Link] = []
        frames = reconnecting(
            lambda: read_live("stream", address, CameraSettings()),
            lambda _: True,
            links.append,
            ReconnectSettings(),
        )
        seen = list(islice(frames, 60))
        frames.close()  # type: ignore[attr-defined]
    times_s = [frame.time_s for frame in seen]
    assert len(seen) == 60
    assert times_s == sorted(times_s)
    assert times_s[-1] < 60  # and not hours
    assert links[-1].gaps == ()


def drifting(rate: float, count: int) -> Iterator[Frame]:
    """A picture a second by our clock, of a stream whose clock runs at `rate` of it."""
    picture = numbered(0)
    for index in range(count):
        yield replace(picture, index=index, time_s=index * rate, captured_ns=index * 1_000_000_000)


@pytest.mark.parametrize("rate", [0.999, 1.001])
def test_a_clock_that_drifts_for_two_hours_is_followed_and_never_waited_for(rate: float) -> None:
    lives = iter([drifting(rate, 7200), drifting(rate, 10)])
    links: list[Link] = []
    frames = reconnecting(
        lambda: next(lives), lambda _: len(links) > 3, links.append, ReconnectSettings()
    )
    seen = list(frames)
    first = seen[:7200]
    assert [frame.time_s for frame in first] == [frame.index * rate for frame in first]
    assert all(frame.captured_ns == frame.index * 1_000_000_000 for frame in first)
    assert seen[7200].time_s > seen[7199].time_s  # its clock began anew, ours went on
    assert seen[-1].time_s - seen[7200].time_s == pytest.approx(9 * rate)


def test_a_leap_of_the_clock_goes_on_by_ours() -> None:
    picture = numbered(0)

    def leaping() -> Iterator[Frame]:
        for index in range(10):
            time_s = index / 25 + (LONGEST_LEAP_S + 1) * (index >= 5)
            yield replace(picture, index=index, time_s=time_s, captured_ns=index * 40_000_000)

    frames = reconnecting(leaping, lambda _: True, lambda _: None, ReconnectSettings())
    times_s = [frame.time_s for frame in frames]
    assert times_s == pytest.approx([index / 25 for index in range(10)])
