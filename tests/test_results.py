"""Names of results, patterns, and what may not be overwritten."""

import json

import pytest

from app.results.clip_results import expand_sources, plan_results
from core.errors import OutputError, SourceError
from core.tracks.formats.openpose_folder import read_openpose


def names(sources, folder) -> list[str]:
    return [plan.name for plan in plan_results(sources, folder)]


def test_two_clips_of_one_name_get_two_results(tmp_path) -> None:
    sources = ["a/walk.mp4", "b/walk.avi", "c/Walk.mp4", "d/walk-2.mp4"]
    assert names(sources, tmp_path) == ["walk", "walk-2", "Walk-3", "walk-2-2"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("a/clip.v2.mp4", "clip.v2"),
        ("rtsp://user:word@10.0.0.5:554/stream/1?x=y", "10.0.0.5_stream_1"),
        ("http://host/video.ts", "host_video"),
        ("udp://:5000", "stream"),
    ],
)
def test_names(tmp_path, source, name) -> None:
    assert names([source], tmp_path) == [name]


def test_a_folder_of_images_gives_its_name(tmp_path, monkeypatch) -> None:
    (tmp_path / "shots").mkdir()
    monkeypatch.chdir(tmp_path / "shots")
    assert names([".", str(tmp_path / "shots")], tmp_path) == ["shots", "shots-2"]


def test_a_result_never_replaces_a_source(tmp_path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"video")
    with pytest.raises(OutputError, match="would replace this source"):
        plan_results([str(clip)], tmp_path)
    assert names([str(clip)], tmp_path / "out") == ["clip"]


def test_patterns(tmp_path, monkeypatch) -> None:
    for name in ("b.mp4", "a.mp4", "c.avi", "odd[1].mp4"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert expand_sources(["*.avi", "a.mp4", "[ab].mp4"]) == ["c.avi", "a.mp4", "b.mp4"]
    assert expand_sources([f"{tmp_path}/?.mp4"]) == [f"{tmp_path}/a.mp4", f"{tmp_path}/b.mp4"]
    assert expand_sources(["odd[1].mp4", "absent.mp4"]) == ["odd[1].mp4", "absent.mp4"]
    with pytest.raises(SourceError, match="no file matches"):
        expand_sources(["*.mkv"])


def test_a_clip_that_has_the_name_of_another_is_no_result(tmp_path) -> None:
    for name in ("a.mov", "a.mp4", "b.mov", "b.mp4"):
        (tmp_path / name).write_bytes(name.encode())
    for stem, results in (("a", ["a.csv"]), ("b", ["b.csv", "b.mp4"])):
        record = {"source": {"source": str(tmp_path / f"{stem}.mov")}, "results": results}
        (tmp_path / f"{stem}.meta.json").write_text(json.dumps(record))
    found = expand_sources([str(tmp_path)])
    assert found == [str(tmp_path / name) for name in ("a.mov", "a.mp4", "b.mov")]


def test_a_name_with_a_number_sign_is_made_anew(tmp_path) -> None:
    clip = tmp_path / "take#1.mp4"
    clip.write_bytes(b"1")
    out = tmp_path / "out"
    (plan,) = plan_results([str(clip)], out, video=False)
    out.mkdir()
    for name in plan.files:
        (out / name).write_text("{}")
    record = {"source": {"source": str(clip)}, "results": list(plan.files)}
    plan.meta.write_text(json.dumps(record))
    assert names([str(clip)], out) == ["take#1"]


def test_patterns_and_folders_pass_over_hidden_files(tmp_path) -> None:
    for name in ("clip.mp4", "._clip.mp4"):
        (tmp_path / name).touch()
    assert expand_sources([f"{tmp_path}/*.mp4"]) == [f"{tmp_path}/clip.mp4"]
    assert expand_sources([f"{tmp_path}/.*.mp4"]) == [f"{tmp_path}/._clip.mp4"]
    (tmp_path / "0_keypoints.json").write_text('{"people": []}')
    (tmp_path / "._0_keypoints.json").write_bytes(b"\\0\\5")
    (tmp_path / "._1_keypoints.json").write_bytes(b"\\0\\5")
    assert len(read_openpose(tmp_path)) == 1
