"""The threaded pipeline: what is kept, how it ends, and that it can always be stopped."""

import threading
from collections.abc import Iterator

import pytest
from live_source import Gate, Numbering, lives, number_of, numbered, one_person

from core.errors import SourceError
from core.run.background import background
from core.run.channel import Channel
from core.run.live import Pipeline
from core.run.reconnect import ReconnectSettings
from core.run.stages import analyse
from core.types import Frame, FrameResult, PoseBatch

SOON = ReconnectSettings(first_delay_s=0.001, longest_delay_s=0.002)


def same(result: FrameResult) -> FrameResult:
    return result


def frames_of(count: int) -> Iterator[Frame]:
    return (numbered(index) for index in range(count))


def run(
    frames: Iterator[Frame], live: bool = False, estimate: object = one_person
) -> Pipeline[FrameResult]:
    return Pipeline(lambda: frames, estimate, Numbering(), same, live=live)  # type: ignore[arg-type]


def ended(pipeline: Pipeline[FrameResult]) -> bool:
    """Generous, so that a loaded machine fails only where a thread would never end."""
    return pipeline.join(20)


def test_plain_analysis_measures_its_stages() -> None:
    results = list(analyse(frames_of(3), one_person, Numbering()))
    assert [result.frame.index for result in results] == [0, 1, 2]
    assert all(set(result.stage_ms) == {"wait", "infer", "camera", "track"} for result in results)
    assert all(value >= 0 for result in results for value in result.stage_ms.values())


def test_a_file_loses_nothing_and_each_result_carries_its_frame() -> None:
    pipeline = run(frames_of(200))
    results = list(pipeline.results)
    assert [number_of(result.frame) for result in results] == list(range(200))
    assert [result.frame.index for result in results] == list(range(200))
    assert (pipeline.captured, pipeline.analysed, pipeline.dropped) == (200, 200, 0)
    assert ended(pipeline)


def test_live_keeps_the_newest_frame_and_counts_the_others() -> None:
    camera, network = Gate(), Gate()

    def source() -> Iterator[Frame]:
        yield numbered(0)
        network.reached.wait(20)
        for index in range(1, 50):
            yield numbered(index)
        camera.wait()

    def slow(frame: Frame) -> PoseBatch:
        if frame.index == 0:
            network.wait()
        return one_person(frame)

    pipeline = run(source(), live=True, estimate=slow)
    assert camera.reached.wait(20)
    network.open.set()
    seen = []
    for result in pipeline.results:
        seen.append(number_of(result.frame))
        if seen[-1] == 49:
            break
    assert set(seen) <= {0, 49}
    assert pipeline.dropped == 48
    camera.open.set()
    pipeline.stop()
    assert ended(pipeline)


def failing_source() -> Iterator[Frame]:
    yield numbered(0)
    raise SourceError("clip.mp4: broken at 0.04 s")


def test_an_error_of_the_source_reaches_the_reader_after_the_last_result() -> None:
    pipeline = run(failing_source())
    seen: list[int] = []
    with pytest.raises(SourceError, match=r"broken at 0\.04 s"):
        seen.extend(result.frame.index for result in pipeline.results)
    assert seen == [0]
    assert ended(pipeline)


@pytest.mark.parametrize("live", [False, True])
def test_an_error_of_the_network_ends_the_run_and_frees_the_source(live: bool) -> None:
    freed = threading.Event()

    def source() -> Iterator[Frame]:
        try:
            for index in range(10**6):
                yield numbered(index)
        finally:
            freed.set()

    def broken(frame: Frame) -> PoseBatch:
        raise ZeroDivisionError(f"frame {frame.index}")

    pipeline = run(source(), live, broken)
    with pytest.raises(ZeroDivisionError):
        list(pipeline.results)
    assert ended(pipeline)
    assert freed.is_set()


def test_an_error_while_the_source_is_closed_is_not_lost() -> None:
    def source() -> Iterator[Frame]:
        try:
            yield numbered(0)
        finally:
            raise OSError("device went away")

    with pytest.raises(OSError, match="device went away"):
        list(run(source()).results)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("read_first", [0, 1, 5])
def test_a_stop_ends_both_threads_in_every_state(live: bool, read_first: int) -> None:
    pipeline = run((numbered(index) for index in range(10**9)), live)
    results = iter(pipeline.results)
    for _ in range(read_first):
        next(results)
    pipeline.stop()
    assert ended(pipeline)
    assert list(pipeline.results) == []


def test_a_stop_does_not_wait_for_a_silent_source() -> None:
    silence = Gate()

    def source() -> Iterator[Frame]:
        silence.wait()
        yield numbered(0)

    pipeline = run(source(), live=True)
    assert silence.reached.wait(20)
    pipeline.stop()
    assert list(pipeline.results) == []
    assert not pipeline.join(0.0)
    silence.open.set()
    assert ended(pipeline)
    assert pipeline.analysed == 0


def test_a_lost_stream_is_opened_again_with_its_new_size() -> None:
    tracker = Numbering()
    source = lives((3, (64, 48)), (2, (32, 24)), (0, (1, 1)), (2, (96, 64)))
    pipeline = Pipeline(source, one_person, tracker, same, live=True, reconnect=SOON)
    everything: Channel[FrameResult] = Channel(100)
    sizes = {}
    for result in pipeline.results:
        sizes[result.frame.size] = result
        if result.frame.size == (96, 64) and pipeline.captured == 7:
            break
    pipeline.add_result_tap(everything)
    pipeline.stop()
    assert ended(pipeline)
    assert (96, 64) in sizes
    assert result.frame.index <= 6
    assert tracker.times_s == sorted(set(tracker.times_s))
    assert len(pipeline.link.gaps) == 2
    assert all(gap.end_s > gap.start_s for gap in pipeline.link.gaps)


def test_a_source_that_never_opened_raises_its_error() -> None:
    pipeline = Pipeline(lives(), one_person, Numbering(), same, live=True, reconnect=SOON)
    with pytest.raises(SourceError, match="nobody answers"):
        list(pipeline.results)
    assert ended(pipeline)


def test_a_stop_ends_the_wait_for_a_lost_source() -> None:
    patient = ReconnectSettings(first_delay_s=3600, longest_delay_s=3600)
    source = lives((1, (64, 48)))
    pipeline = Pipeline(source, one_person, Numbering(), same, live=True, reconnect=patient)
    next(iter(pipeline.results))
    pipeline.stop()
    assert ended(pipeline)


def test_taps_see_what_the_reader_misses() -> None:
    frames: Channel[Frame] = Channel(100)
    results: Channel[FrameResult] = Channel(100)
    begin = Gate()

    def source() -> Iterator[Frame]:
        begin.wait()
        for index in range(40):
            yield numbered(index)

    pipeline = run(source())
    pipeline.add_frame_tap(frames)
    pipeline.add_result_tap(results)
    begin.open.set()
    list(pipeline.results)
    frames.close()
    results.close()
    assert [number_of(frame) for frame in frames] == list(range(40))
    assert [result.frame.index for result in results] == list(range(40))


def test_network_and_tracker_can_be_exchanged_while_running() -> None:
    first, second = Numbering(), Numbering()
    pipeline = Pipeline(lambda: frames_of(200), one_person, first, same, live=False)
    results = iter(pipeline.results)
    next(results)
    pipeline.tracker = second
    pipeline.estimate = lambda frame: PoseBatch.empty()
    rest = list(results)
    assert len(rest[-1].tracks) == 0
    assert len(first.times_s) + len(second.times_s) == 200
    assert second.times_s[0] > first.times_s[-1]


def test_the_next_run_waits_until_the_network_is_free() -> None:
    network = Gate()
    running: list[int] = []

    def exclusive(frame: Frame) -> PoseBatch:
        running.append(1)
        assert len(running) == 1
        if not network.open.is_set():
            network.wait()
        running.pop()
        return one_person(frame)

    first = run(frames_of(5), estimate=exclusive)
    assert network.reached.wait(20)
    first.stop()
    second = Pipeline(lambda: frames_of(5), exclusive, Numbering(), same, live=False, after=[first])
    network.open.set()
    assert len(list(second.results)) == 5
    assert ended(first)


def test_background_work_reports_its_newest_progress_and_its_error() -> None:
    def work() -> Iterator[float]:
        for step in range(5):
            yield step / 5
        raise SourceError("disk is full")

    progress = background(work(), capacity=10, newest_wins=False)
    seen: list[float] = []
    with pytest.raises(SourceError, match="disk is full"):
        seen.extend(progress)
    assert seen == [0.0, 0.2, 0.4, 0.6, 0.8]


def test_background_work_is_cancelled_by_closing_it() -> None:
    closed = threading.Event()

    def work() -> Iterator[int]:
        try:
            yield from range(10**9)
        finally:
            closed.set()

    progress = background(work())
    progress.close(discard=True)
    assert closed.wait(20)
