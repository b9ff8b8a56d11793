"""What `bench --live --slowed` tells of a run whose engine becomes slow in its middle."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from live_source import numbered, one_person

from app.__main__ import main
from app.bench.live import Done, Latencies
from app.bench.slowed import SlowedEngine, back_after_s, changes, figures_of
from core.errors import UserError

RATE_HZ = 25


def run_of(*parts: tuple[float, float, str]) -> Latencies:
    """Results at 25/s from 100 s on: so many seconds at a latency in ms, looked at so."""
    found: Latencies = []
    for seconds, latency_ms, mode in parts:
        for _ in range(round(seconds * RATE_HZ)):
            source_s = len(found) / RATE_HZ
            found.append(Done(source_s, 100 + source_s, latency_ms, mode != "predicted", mode))
    return found


def test_the_time_until_the_latency_is_back() -> None:
    found = run_of((10, 40, "512"), (0.6, 200, "512"), (30, 50, "320"))
    # The last slow result at 0.56 s; a second later it is out of the window.
    assert back_after_s(found, 110, 80) == pytest.approx(1.56, abs=0.05)
    figures = figures_of(found, 110, 80)
    assert figures["p95 before"] == 40
    assert figures["p95 after"] == 50
    assert figures["back after s"] < 2
    assert (figures["changes 2 s"], figures["changes after"]) == (1, 0)


def test_a_latency_that_never_rises_and_one_that_never_comes_back() -> None:
    assert back_after_s(run_of((10, 40, "")), 105, 80) == 0
    found = run_of((10, 40, ""), (10, 200, ""))
    assert back_after_s(found, 110, 80) is None
    assert "back after s" not in figures_of(found, 110, 80)
    assert "p95 after" not in figures_of(found, 119, 80)  # nothing came 2 s later
    with pytest.raises(UserError, match="there was no result; take more --frames"):
        figures_of([], 119, 80)


def test_predicted_frames_are_no_change() -> None:
    modes: Sequence[str] = ("512", "320/2", "predicted", "320/2", "predicted", "320/2", "512")
    found = run_of(*((1 / RATE_HZ, 40, mode) for mode in modes))
    assert changes(found, 100, 101) == 2
    assert changes(found, 100, 100.2) == 1
    assert changes(found, 100.1, 101) == 1


def test_the_engine_is_slow_from_one_frame_on() -> None:
    engine = SlowedEngine(2)
    look = engine.slowed(one_person)
    frames = engine.watch(numbered(index) for index in range(5))
    for index, frame in enumerate(frames):
        assert (engine.since_s is not None) == (index >= 2)
        assert len(look(frame)) == 1
        if index == 2:
            assert engine.since_s == frame.captured_ns / 1e9


@pytest.mark.slow
def test_the_ways_are_measured_side_by_side(tmp_path: Path) -> None:
    record = tmp_path / "slowed.json"
    how = ["--frames", "110", "--rounds", "1", "--output", str(record)]
    assert main(["bench", "--live", "--slowed", *how]) == 0
    figures = json.loads(record.read_text())["slowed"]
    assert list(figures) == [
        "naive queue, slowed",
        "newest frame, slowed",
        "governor, 80 ms, slowed",
    ]
    for name, row in figures.items():
        assert row["p95 after"] > 0, name
        if not name.startswith("governor"):
            assert row["changes 2 s"] == row["changes after"] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--slowed"], "--slowed needs --live"),
        (["--live", "--budget-ms", "0"], "--budget-ms 0: expected a positive time"),
        (["--live", "--budget-ms", "nan"], "--budget-ms nan: expected a positive time"),
    ],
)
def test_options_that_do_not_go_together(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *options]) == 2
    assert said in capsys.readouterr().err
