"""`bench` runs real clips in processes of their own and says what they cost."""

import json
from pathlib import Path

import pytest

from app.__main__ import main
from app.bench_cases import CASES
from app.bench_crowd import walking

FRAMES = 6


def test_cases_are_measured_written_and_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["light float32", "light, 20 people", "light live"]
    record = tmp_path / "bench.json"
    how = ["--frames", str(FRAMES), "--rounds", "1"]
    assert main(["bench", *how, "--cases", *names, "--output", str(record)]) == 0
    measured = json.loads(record.read_text())
    assert measured["machine"]["cores"] >= 1
    figures = measured["cases"]
    assert list(figures) == names
    for name in names:
        assert figures[name]["cpu_ms"] > 0
        assert figures[name]["peak_mb"] > 50
        assert figures[name]["torch_loaded"] == 0
    assert figures["light float32"]["frames"] == FRAMES
    assert 0 < figures["light, 20 people"]["people"] <= 20
    live = figures["light live"]
    assert 0 < live["latency_ms"] <= live["latency_p95_ms"]
    assert 0 <= live["dropped"] <= 1
    capsys.readouterr()
    compared = ["--cases", names[0], "--compare", str(record)]
    assert main(["bench", *how, *compared]) == 0
    assert " of before" in capsys.readouterr().out


def test_nonsense_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--cases", "s7"]) == 2
    assert "no case begins so; there are s6 float32" in capsys.readouterr().err
    assert main(["bench", "--frames", "1"]) == 2
    assert "at least 2 frames" in capsys.readouterr().err


def test_only_like_is_compared_with_like() -> None:
    comparable = {case.name for case in CASES if case.comparable}
    assert "s6 int8" in comparable
    assert comparable.isdisjoint({"light live", "light, 20 people", "reference s6 eager"})


def test_a_crowd_is_the_same_every_time() -> None:
    for people in (1, 20):
        first, again = walking(people), walking(people)
        counts = [len(first(index)) for index in range(60)]
        assert max(counts) == people
        for index in (0, 7, 59):
            assert (first(index).keypoints == again(index).keypoints).all()
