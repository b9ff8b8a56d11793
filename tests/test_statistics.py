"""Rates, spreads and the thresholds of amber and red."""

import math

import pytest

from ui.view.hud import hud_lines
from ui.view.statistics import (
    CountRate,
    PaintedFrames,
    Report,
    RollingSamples,
    Spread,
    drop_level,
    latency_level,
    rate_level,
)


def test_a_rate_counts_over_the_last_seconds_only() -> None:
    rate = CountRate(window_s=2.0)
    assert rate.read(0, 0.0) == 0
    assert [rate.read(10 * n, float(n)) for n in range(1, 5)] == [10, 10, 10, 10]
    assert rate.read(40, 5.0) == pytest.approx(5)
    assert rate.read(40, 6.0) == pytest.approx(0)
    assert rate.read(0, 7.0) == 0


def test_median_and_95th_percentile() -> None:
    samples = RollingSamples(most=100)
    assert math.isnan(samples.spread().median)
    for value in range(1000, 0, -1):
        samples.add(float(value))
    assert samples.spread() == Spread(50.0, 96.0)


def test_latency_is_split_into_its_parts() -> None:
    painted = PaintedFrames()
    for _ in range(3):
        painted.add(40.0, {"wait": 5.0, "infer": 20.0, "camera": 2.0, "track": 1.0}, 4.0)
    assert painted.painted == 3
    assert painted.latency() == Spread(40.0, 40.0)
    assert {step: spread.median for step, spread in painted.steps().items()} == {
        "wait": 5.0,
        "infer": 20.0,
        "camera": 2.0,
        "track": 1.0,
        "paint": 4.0,
    }


@pytest.mark.parametrize(
    ("report", "latency", "drops", "rate"),
    [
        (Report(), "good", "good", "good"),
        (Report(latency=Spread(20, 149), captured=100, dropped=9), "good", "good", "good"),
        (Report(latency=Spread(20, 150), captured=100, dropped=10), "warning", "warning", "good"),
        (Report(latency=Spread(20, 300), captured=100, dropped=50), "bad", "bad", "good"),
        (Report(source_rate=30, analysis_rate=28), "good", "good", "good"),
        (Report(source_rate=30, analysis_rate=26), "good", "good", "warning"),
        (Report(source_rate=30, analysis_rate=15), "good", "good", "bad"),
    ],
)
def test_levels(report: Report, latency: str, drops: str, rate: str) -> None:
    assert (latency_level(report), drop_level(report), rate_level(report)) == (
        latency,
        drops,
        rate,
    )


def test_the_lines_say_what_is_known_and_nothing_else() -> None:
    lines = {label: value for label, value, _ in hud_lines(Report())}
    assert lines["Latency"] == "– ms  p95 – ms"
    assert "Latency" not in {label for label, _, _ in hud_lines(Report(live=False))}
    full = Report(
        source_rate=30.0,
        analysis_rate=24.96,
        latency=Spread(41.2, 60.0),
        steps={"wait": Spread(3, 4), "infer": Spread(30, 40)},
        captured=200,
        dropped=20,
        people=3,
        device="cpu float32",
        picture="640×480",
    )
    lines = {label: value for label, value, _ in hud_lines(full)}
    assert lines["Source"] == "30.0 fps  640×480"
    assert lines["Analysis"] == "25.0 fps"
    assert lines[""] == "wait 3 + infer 30"
    assert lines["Dropped"] == "20 of 200 (10 %)"
    assert (lines["Device"], lines["People"]) == ("cpu float32", "3")
