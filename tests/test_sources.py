"""What is found in folders and behind names, and what is no video."""

import json

import cv2
import numpy as np
import pytest
from burnt import burnt, burnt_clip
from random_weights import write_random_weights
from tiny_video import write_video

from app.__main__ import main
from app.results.clip_results import expand_sources
from app.settings import AppSettings
from core.errors import SettingsError, SourceError
from core.settings import build
from core.tracks.csv_long import read_track_csv
from core.video.capture import read_frames
from core.video.probe import probe
from core.video.seek import open_seekable
from core.video.source import CaptureSettings
from ui.session.source import source_of


def test_folders_of_all_depths_and_endings(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["00001.m2ts", "VTS_01_1.VOB", "a/match.mxf", "a/b/old.asf", "a/b/clip.mp4", "z.MOV"]
    others = ["notes.txt", "._z.MOV", "a/._clip.mp4", ".trash/clip.mp4", "a/photo.jpg"]
    for name in names + others:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert expand_sources(["."]) == sorted(names, key=lambda name: (name.count("/"), name))


def test_folders_of_images_in_a_folder(tmp_path) -> None:
    for name in ("walk", "run/left", "run/right"):
        (tmp_path / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / name / "1.png"), burnt(1))
    found = [str(tmp_path / name) for name in ("run/left", "run/right", "walk")]
    assert expand_sources([str(tmp_path)]) == found
    assert expand_sources(found[:1]) == found[:1]
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no images"):
        list(read_frames(*expand_sources([str(tmp_path / "empty")])))


def test_results_in_a_folder_are_no_sources(tmp_path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.touch()
    own, results = tmp_path / "clip.meta.json", tmp_path / "results"
    results.mkdir()
    (results / "clip.mp4").touch()
    for record in (own, results / "clip.meta.json"):
        record.write_text(json.dumps({"source": {"source": str(clip)}}))
    assert expand_sources([str(tmp_path)]) == [str(clip)]


def test_a_file_address_is_its_path(tmp_path, monkeypatch) -> None:
    clip = burnt_clip(tmp_path / "my first clip.mp4", 3)
    address = clip.as_uri()
    assert "%20" in address
    assert expand_sources([address]) == [str(clip)]
    assert probe(address).source == str(clip)
    assert len(list(read_frames(address))) == 3
    with open_seekable(address) as video:
        assert len(video) == 3
    assert (source_of(address).kind, source_of(address).address) == ("file", str(clip))
    assert expand_sources(["file://localhost/a%25b.mp4"]) == ["/a%b.mp4"]


@pytest.mark.parametrize("name", ["notes.txt", "readme.nfo", "art.ans", "notes.mp4"])
def test_text_is_no_video(tmp_path, name) -> None:
    (tmp_path / name).write_text("Monday: squats, five times five.\n" * 40)
    for attempt in (probe, lambda source: list(read_frames(source)), open_seekable):
        with pytest.raises(SourceError, match="is not a video that can be read"):
            attempt(str(tmp_path / name))


def test_slow_motion_divides_all_times(tmp_path) -> None:
    clip = str(burnt_clip(tmp_path / "slow.mp4", 10))
    settings = CaptureSettings(time_scale=8)
    times_s = [frame.time_s for frame in read_frames(clip, settings)]
    np.testing.assert_allclose(times_s, np.arange(10) / 200, atol=1e-9)
    with open_seekable(clip, settings) as video:
        np.testing.assert_allclose(video.times_s, times_s, atol=1e-9)
    info, plain = probe(clip, settings), probe(clip)
    assert (info.nominal_rate_hz, info.time_scale) == (200.0, 8.0)
    assert plain.duration_s is not None
    assert info.duration_s == pytest.approx(plain.duration_s / 8)
    cv2.imwrite(str(tmp_path / "1.png"), burnt(1))
    cv2.imwrite(str(tmp_path / "2.png"), burnt(2))
    assert [frame.time_s for frame in read_frames(str(tmp_path), settings)] == [0, 0.005]
    for wrong in (0, -1, float("nan"), float("inf")):
        with pytest.raises(SettingsError, match=r"time_scale.* must be (positive|a finite)"):
            build(AppSettings, {"capture": {"time_scale": wrong}})


def test_slow_motion_in_tables_record_and_labels(tmp_path) -> None:
    weights = write_random_weights(tmp_path / "random.safetensors")
    clip = write_video(tmp_path / "slow.mp4", [burnt(number, (128, 96)) for number in range(12)])
    command = ["process", str(clip), "--output", str(tmp_path / "out"), "--slow-motion", "8"]
    assert main([*command, "--model", str(weights), "--engine", "torch"]) == 0
    table = read_track_csv(tmp_path / "out" / "slow.csv")
    times_s = [table.times_s[table.frames == number][0] for number in range(12)]
    np.testing.assert_allclose(times_s, np.arange(12) / 200, atol=1e-6)
    record = json.loads((tmp_path / "out" / "slow.meta.json").read_text())
    assert record["settings"]["capture"]["time_scale"] == 8
    assert record["source"]["time_scale"] == 8
    assert record["rate"]["measured_hz"] == pytest.approx(200)
    assert record["rate"]["nominal_hz"] == 200
    assert main(["label", str(tmp_path / "out" / "slow.csv"), "--frames", "5"]) == 0
