"""Recorded frames as a camera would give them."""

import itertools

from live_source import number_of, numbered

from core.video.paced import evened, paced


def test_frames_are_never_early_and_capture_times_are_new() -> None:
    frames = list(paced(lambda: (numbered(index) for index in range(5)), speed=4))
    assert [number_of(frame) for frame in frames] == [0, 1, 2, 3, 4]
    started_ns = frames[0].captured_ns
    for frame in frames:
        assert (frame.captured_ns - started_ns) / 1e9 > frame.time_s / 4 - 0.01


def test_a_loop_goes_on_counting() -> None:
    looped = paced(lambda: (numbered(index) for index in range(3)), loop=True, speed=100)
    frames = list(itertools.islice(looped, 8))
    assert [frame.index for frame in frames] == list(range(8))
    assert [number_of(frame) for frame in frames] == [0, 1, 2, 0, 1, 2, 0, 1]
    times = [round(frame.time_s, 6) for frame in frames]
    assert times == [round(index / 25, 6) for index in range(8)]


def test_nothing_cannot_be_looped() -> None:
    assert list(paced(lambda: iter(()), loop=True)) == []


def test_a_burst_is_given_one_after_another() -> None:
    burst = (numbered(index, time_s=index / 25) for index in range(20))
    frames = list(evened(burst))
    assert [frame.time_s for frame in frames] == [index / 25 for index in range(20)]
    given_s = [frame.captured_ns / 1e9 for frame in frames]
    assert given_s[-1] - given_s[0] > 0.5 * 19 / 25


def test_a_leap_in_a_burst_is_not_waited_for() -> None:
    frames = list(evened(numbered(index, time_s=3600.0 * index) for index in range(2)))
    assert len(frames) == 2
