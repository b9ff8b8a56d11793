"""The channel: what is kept, what is dropped, how it ends."""

import threading

import pytest

from core.errors import SourceError
from core.run.channel import Channel


def test_capacity_must_be_positive() -> None:
    with pytest.raises(ValueError, match="capacity must be at least 1, got 0"):
        Channel(0)


def test_values_come_in_order_and_the_close_ends_the_loop() -> None:
    channel: Channel[int] = Channel(3)
    assert all(channel.put(value) for value in (1, 2, 3))
    channel.close()
    assert not channel.put(4)
    assert list(channel) == [1, 2, 3]
    assert channel.ended


def test_newest_wins_and_counts_what_it_forgets() -> None:
    channel: Channel[int] = Channel(2, newest_wins=True)
    for value in range(7):
        assert channel.put(value)
    assert channel.dropped == 5
    assert (channel.poll(), channel.poll(), channel.poll()) == (5, 6, None)


def test_a_fast_owner_does_not_crowd_out_a_slow_one() -> None:
    channel: Channel[tuple[str, int]] = Channel(1, newest_wins=True, owner=lambda value: value[0])
    channel.put(("slow", 0))
    for value in range(9):
        channel.put(("fast", value))
    assert channel.dropped == 8
    assert [channel.poll(), channel.poll(), channel.poll()] == [("slow", 0), ("fast", 8), None]


def test_latest_passes_over_older_values_without_counting_them() -> None:
    channel: Channel[int] = Channel(3)
    for value in (1, 2, 3):
        channel.put(value)
    assert channel.latest() == 3
    assert channel.latest() is None
    assert channel.dropped == 0


@pytest.mark.parametrize("read", ["iterate", "poll", "latest"])
def test_an_error_is_raised_once_after_the_last_value(read: str) -> None:
    channel: Channel[int] = Channel(2)
    channel.put(1)
    channel.close(SourceError("gone"))
    channel.close(SourceError("a later close changes nothing"))
    take = {"iterate": iter(channel).__next__, "poll": channel.poll, "latest": channel.latest}[read]
    assert take() == 1
    assert not channel.ended
    with pytest.raises(SourceError, match="gone"):
        take()
    assert channel.ended
    assert channel.poll() is None
    assert list(channel) == []


def test_a_look_returns_the_newest_value_and_then_the_error() -> None:
    channel: Channel[int] = Channel(3)
    error = SourceError("gone")
    assert channel.look() == (None, None)
    for value in (1, 2):
        channel.put(value)
    channel.close(error)
    assert [channel.look(), channel.look(), channel.look()] == [
        (2, None),
        (None, error),
        (None, None),
    ]
    assert channel.ended


def test_a_look_at_the_oldest_passes_over_nothing() -> None:
    channel: Channel[int] = Channel(3)
    for value in (1, 2):
        channel.put(value)
    assert [channel.look(newest=False), channel.look(newest=False)] == [(1, None), (2, None)]


def test_discarding_drops_values_and_error() -> None:
    channel: Channel[int] = Channel(2)
    channel.put(1)
    channel.close(SourceError("gone"))
    channel.close(discard=True)
    assert channel.ended
    assert list(channel) == []


def test_a_waiting_writer_is_released_by_a_reader_or_by_a_stop() -> None:
    channel: Channel[int] = Channel(1)
    accepted: list[bool] = []

    def write() -> None:
        accepted.extend(channel.put(value) for value in range(4))

    writer = threading.Thread(target=write)
    writer.start()
    reader = iter(channel)
    assert [next(reader), next(reader)] == [0, 1]
    channel.close(discard=True)
    writer.join(5)
    assert not writer.is_alive()
    assert accepted[:2] == [True, True]
    assert accepted[-1] is False


def test_a_waiting_reader_is_released_by_the_close() -> None:
    channel: Channel[int] = Channel(1)
    seen: list[list[int]] = []
    reader = threading.Thread(target=lambda: seen.append(list(channel)))
    reader.start()
    channel.put(1)
    channel.close()
    reader.join(5)
    assert seen == [[1]]


def test_clear_frees_a_waiting_writer_and_counts_nothing() -> None:
    channel: Channel[int] = Channel(1)
    channel.put(1)
    writer = threading.Thread(target=channel.put, args=(2,))
    writer.start()
    channel.clear()
    writer.join(5)
    assert channel.poll() == 2
    assert channel.dropped == 0


@pytest.mark.parametrize(
    ("newest_wins", "accepted", "left"), [(False, [True, False], 1), (True, [True, True], 2)]
)
def test_an_offer_never_waits(newest_wins: bool, accepted: list[bool], left: int) -> None:
    channel: Channel[int] = Channel(1, newest_wins)
    assert [channel.offer(1), channel.offer(2)] == accepted
    assert channel.dropped == 1
    assert channel.poll() == left
    channel.close()
    assert not channel.offer(3)


def test_waiting_for_the_close() -> None:
    channel: Channel[int] = Channel(1)
    assert not channel.wait_closed(0.0)
    closer = threading.Thread(target=channel.close)
    closer.start()
    assert channel.wait_closed(5)
    closer.join(5)


def test_many_values_through_a_small_channel_arrive_complete() -> None:
    channel: Channel[int] = Channel(2)

    def write() -> None:
        for value in range(5000):
            channel.put(value)
        channel.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert list(channel) == list(range(5000))
    writer.join(5)
