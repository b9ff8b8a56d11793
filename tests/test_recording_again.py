"""A recording is known again by its content, which is read once, in every command that needs it."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from tiny_video import corners, write_video
from walker import table, walker

from app.__main__ import main
from app.results.clip_results import recorded_clip
from app.results.source_digest import _file_sha256, source_sha256
from core.errors import SourceError
from core.tracks.csv_long import write_track_csv

TIMES_S = np.arange(4) / 25


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    """Tracks, and the clip that the record beside them names by its place and its content."""
    clip = write_video(tmp_path / "clip.mp4", [corners(seed=n) for n in range(4)])
    points, _ = walker(TIMES_S, origin=(20.0, 20.0), height_px=30.0)
    path = tmp_path / "clip.csv"
    write_track_csv(path, table({1: points}, TIMES_S))
    record = {"source": {"source": str(clip), "sha256": source_sha256(str(clip))}}
    (tmp_path / "clip.meta.json").write_text(json.dumps(record))
    return path


def replaced(tracks: Path) -> Path:
    return write_video(tracks.with_suffix(".mp4"), [corners(seed=n + 9) for n in range(4)])


def named(tracks: Path) -> str:
    assert main(["convert", str(tracks), "--format", "sleap-h5"]) == 0
    with h5py.File(tracks.with_suffix(".analysis.h5")) as file:
        return str(file["video_path"].asstr()[()])


def test_a_file_of_tracks_names_its_recording_and_no_other(
    tracks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert named(tracks) == str(tracks.with_suffix(".mp4"))
    assert "content" not in capsys.readouterr().err
    replaced(tracks)
    assert named(tracks) == ""
    said = capsys.readouterr().err
    assert said.startswith("warning: ")
    assert "clip.mp4: has another content than the recording" in said
    assert main(["convert", str(tracks), "--format", "csv-wide"]) == 0  # which names none
    assert "content" not in capsys.readouterr().err
    tracks.with_suffix(".mp4").unlink()
    assert named(tracks) == str(tracks.with_suffix(".mp4"))  # where it was


def test_another_recording_is_refused(tracks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recorded_clip(tracks, "") == str(tracks.with_suffix(".mp4"))
    replaced(tracks)
    with pytest.raises(SourceError, match=r"has another content than .*clip\.csv was made of; put"):
        recorded_clip(tracks, "put it back")
    assert main(["label", str(tracks), "--frames", "1"]) == 2
    assert "name that one with --clip" in capsys.readouterr().err
    tracks.with_name("clip.meta.json").write_text("{}")
    assert recorded_clip(tracks, "") == ""


def test_content_is_read_once_until_it_changes(tracks: Path) -> None:
    clip = tracks.with_suffix(".mp4")
    first, read = source_sha256(str(clip)), _file_sha256.cache_info().misses
    recorded_clip(tracks, "")
    assert source_sha256(str(clip)) == first
    assert _file_sha256.cache_info().misses == read
    assert source_sha256(str(replaced(tracks))) != first
    folder = tracks.with_name("images")
    folder.mkdir()
    (folder / "1.png").write_bytes(b"1")
    one = source_sha256(str(folder))
    assert source_sha256(str(folder)) == one
    (folder / "2.png").write_bytes(b"2")
    assert source_sha256(str(folder)) != one
