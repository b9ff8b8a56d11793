"""The clocks of cameras that one computer recorded."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from live_source import numbered, one_person

from app.__main__ import main
from core.run.channel import Channel
from core.run.reconnect import Link
from core.send.recording import write_camera, write_tracks
from core.space.sync.recorded_clock import recorded_clock
from core.space.sync.sync_file import read_sync
from core.tracks.csv_long import read_track_csv
from core.tracks.seen_ids import frame_times, live_table
from core.types import Frame, FrameResult, Tracks

START_NS = 5_000_000_000_000


def recorded(path: Path, begins_s: float, drift: float = 0.0, count: int = 60) -> Path:
    """A recording at 25 frames/s of a stream whose clock runs faster by `drift`."""
    frames: Channel[Frame] = Channel(count)
    results: Channel[FrameResult] = Channel(count)
    for index in range(count):
        picture = numbered(index, (64, 48))
        own_s = index / 25 * (1 + drift)
        captured_ns = START_NS + round(1e9 * (begins_s + index / 25))
        frame = Frame(index + 7, own_s + 3, captured_ns, picture.rgb)
        poses = one_person(frame)
        frames.put(frame)
        results.put(FrameResult(frame, poses, Tracks(np.array([1]), poses, np.ones(1, np.bool_))))
    frames.close()
    results.close()
    run(write_camera(frames, path, Link))
    run(write_tracks(results, live_table(path), Link))
    return live_table(path)


def run(stage: Iterator[int]) -> None:
    assert list(stage)


def test_cameras_of_one_recording_share_its_clock(tmp_path: Path) -> None:
    left = recorded(tmp_path / "2026-11-30 08.21.20 1 left.mp4", 0.5)
    right = recorded(tmp_path / "2026-11-30 08.21.20 2 right.mp4", 0.732)
    output = tmp_path / "sync.toml"
    assert main(["sync", str(left), str(right), "--recorded", "--output", str(output)]) == 0
    names = ["2026-11-30 08.21.20 1 left", "2026-11-30 08.21.20 2 right"]
    clocks = read_sync(output, names)
    assert clocks[1].offset_s - clocks[0].offset_s == pytest.approx(0.232, abs=1e-6)
    assert [clock.method for clock in clocks] == ["recorded", "recorded"]


def test_a_drifting_camera_gets_a_rate(tmp_path: Path) -> None:
    table = recorded(tmp_path / "long.mp4", 1.0, drift=2e-4, count=1600)
    clock = recorded_clock(table, read_track_csv(table))
    assert clock.rate == pytest.approx(1 / (1 + 2e-4), abs=1e-6)
    assert clock.common(np.array([3.0]))[0] == pytest.approx(START_NS / 1e9 + 1.0, abs=1e-4)


def test_missing_times_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = recorded(tmp_path / "left.mp4", 0.0)
    right = recorded(tmp_path / "right.mp4", 0.0)
    frame_times(tmp_path / "right.mp4").unlink()
    output = tmp_path / "sync.toml"
    assert main(["sync", str(left), str(right), "--recorded", "--output", str(output)]) == 2
    assert "right.times.csv: there is no such file" in capsys.readouterr().err
    assert not output.exists()
