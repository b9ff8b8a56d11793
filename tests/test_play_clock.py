"""When frames of a playing clip are due."""

import pytest

from ui.session.play_clock import PlayClock


@pytest.mark.parametrize("speed", [0.25, 1.0, 4.0])
def test_frames_are_due_at_their_time_divided_by_the_speed(speed: float) -> None:
    clock = PlayClock()
    clock.start(speed)
    assert clock.due(5.0, 100.0)
    assert not clock.due(5.4, 100.0 + 0.39 / speed)
    assert clock.due(5.4, 100.0 + 0.41 / speed)
    assert not clock.due(6.0, 100.0 + 0.99 / speed)
    assert clock.due(6.0, 100.0 + 1.01 / speed)


def test_a_clock_that_is_far_behind_waits_for_the_pictures() -> None:
    clock = PlayClock()
    clock.start(1.0)
    assert clock.due(0.0, 0.0)
    assert clock.due(0.04, 5.0)
    assert not clock.due(0.08, 5.03)
    assert clock.due(0.08, 5.05)


def test_a_loop_begins_anew() -> None:
    clock = PlayClock()
    clock.start(1.0)
    assert clock.due(9.0, 50.0)
    assert clock.due(0.0, 50.01)
    assert not clock.due(1.0, 50.9)
    assert clock.due(1.0, 51.02)
