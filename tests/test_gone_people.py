"""A run again leaves no files of people and frames that are gone, and nobody else's goes."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from tiny_video import corners, write_video
from walker import table, walker

from app.__main__ import main
from app.bundled import SAMPLE
from app.results.numbered import numbered, read_spans, spans, within
from app.results.ownership import Outputs, begin
from core.space.skeleton_files.csv_table import read_tracks3d, write_tracks3d
from core.tracks.csv_long import read_track_csv, write_track_csv
from core.tracks.table import NOBODY

A_FILE_EACH = {
    "c3d": "clip_person{}.c3d",
    "trc-kinovea": "clip_px_person{}.trc",
    "mot-opensim": "clip_angles_person{}.mot",
}


def write_clip(path: Path, people: int, frames: int = 30) -> Path:
    times_s = np.arange(frames) / 25
    points, _ = walker(times_s, origin=(100.0, 60.0), height_px=120.0)
    write_track_csv(path, table({n + 1: points + 150.0 * n for n in range(people)}, times_s))
    return path


def convert(tracks: Path, *options: object) -> int:
    return main(["convert", str(tracks), *map(str, options)])


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


@pytest.mark.parametrize("name", A_FILE_EACH)
def test_people_that_are_gone_leave_no_file(tmp_path: Path, name: str) -> None:
    out, pattern = tmp_path / "out", A_FILE_EACH[name]
    tracks = tmp_path / "clip.csv"
    command = ["--format", name, "--output", out]
    for people in (3, 2, 4, 1):
        assert convert(write_clip(tracks, people), *command) == 0
        assert files(out) == {pattern.format(f"{n + 1:02d}") for n in range(people)}


def test_frames_that_are_gone_leave_no_file(tmp_path: Path) -> None:
    tracks, folder = tmp_path / "clip.csv", tmp_path / "clip_openpose"
    for frames in (30, 12, 20):
        assert convert(write_clip(tracks, 1, frames), "--format", "openpose") == 0
        assert files(folder) == {f"clip_{n:012d}_keypoints.json" for n in range(frames)}


def test_nobody_elses_files_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tracks, out = write_clip(tmp_path / "clip.csv", 3), tmp_path / "out"
    command = ["--format", "c3d", "--format", "openpose", "--output", out]
    assert convert(tracks, *command) == 0
    own = [
        out / "clip_person7.c3d",
        out / "clip_person1.c3d",  # not as a run writes it
        out / "clip_person003.c3d",
        out / "clip_openpose" / "clip_000000000900_keypoints.json",
        out / "clip_openpose" / "clip_29_keypoints.json",
        out / "clip_openpose" / "notes.txt",
    ]
    for path in own:
        path.write_text("mine")
    kept = tmp_path / "kept.c3d"
    kept.write_text("mine")
    (out / "clip_person03.c3d").unlink()
    (out / "clip_person03.c3d").symlink_to(kept)
    write_clip(tracks, 1, 10)
    assert convert(tracks, *command) == 2
    assert "is there already and was not made of" in capsys.readouterr().err
    assert (out / "clip_person02.c3d").exists()
    assert convert(tracks, *command, "--overwrite") == 0
    assert {path.read_text() for path in (*own, kept)} == {"mine"}
    assert (out / "clip_person03.c3d").is_symlink()
    assert not (out / "clip_person02.c3d").exists()
    assert not (out / "clip_openpose" / "clip_000000000029_keypoints.json").exists()


def test_files_of_other_tracks_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = tmp_path / "day1" / "clip.csv", tmp_path / "day2" / "clip.csv"
    for path, people in ((one, 3), (two, 1)):
        path.parent.mkdir()
        write_clip(path, people)
    command = ["--format", "c3d", "--output", tmp_path / "out"]
    assert convert(one, *command) == 0
    assert convert(two, *command, "--overwrite") == 0
    assert files(tmp_path / "out") == {f"clip_person0{n}.c3d" for n in (1, 2, 3)}
    assert convert(two, *command) == 2  # a reader would see people of another day
    assert "clip_person02.c3d: is there already" in capsys.readouterr().err


def test_a_run_that_was_stopped_goes_on(tmp_path: Path) -> None:
    tracks, out = write_clip(tmp_path / "clip.csv", 2), tmp_path / "out"
    command = ["--format", "c3d", "--output", out]
    assert convert(tracks, *command) == 0
    begin(Outputs(out, "clip", str(tracks), ("clip_person#.c3d",)))
    shutil.copy(out / "clip_person02.c3d", out / "clip_person03.c3d")
    assert convert(write_clip(tracks, 4), *command) == 0
    assert convert(write_clip(tracks, 1), *command) == 0
    assert files(out) == {"clip_person01.c3d"}


def test_a_list_of_an_earlier_version_removes_nothing(tmp_path: Path) -> None:
    tracks, out = write_clip(tmp_path / "clip.csv", 3), tmp_path / "out"
    assert convert(tracks, "--format", "c3d", "--output", out) == 0
    record = out / ".clip.made.json"
    made = json.loads(record.read_text())
    for entry in made.values():
        del entry["numbers"]
    record.write_text(json.dumps(made))
    write_clip(tracks, 1)
    assert convert(tracks, "--format", "c3d", "--output", out) == 0
    assert files(out) == {f"clip_person0{n}.c3d" for n in (1, 2, 3)}


def test_after_tracks_and_results_moved_together(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    assert convert(write_clip(folder / "clip.csv", 3), "--format", "c3d") == 0
    shutil.move(folder, tmp_path / "new")
    tracks = write_clip(tmp_path / "new" / "clip.csv", 2)
    assert convert(tracks, "--format", "c3d") == 0
    assert files(tracks.parent) == {"clip.csv", "clip_person01.c3d", "clip_person02.c3d"}


def test_skeletons_in_space(tmp_path: Path) -> None:
    everyone = read_tracks3d(SAMPLE / "cameras" / "truth.3d.csv")
    tracks = tmp_path / "people.3d.csv"
    for people in (everyone.people, everyone.people[:1]):
        write_tracks3d(tracks, everyone[np.isin(everyone.ids, people)])
        assert convert(tracks, "--format", "bvh", "--format", "c3d") == 0
        made = {f"people.3d_person{n:02d}.{form}" for n in people for form in ("bvh", "c3d")}
        assert files(tmp_path) == {tracks.name, *made}
    assert len(everyone.people) > 1


def ids_of(tracks: Path) -> set[int]:
    return set(read_track_csv(tracks).track_ids.tolist()) - {NOBODY}


def test_process_and_replay_again(tmp_path: Path, weights: str) -> None:
    clip = write_video(tmp_path / "clip.mp4", [corners(seed=1)] * 8)
    out = tmp_path / "out"

    def check(people: set[int]) -> None:
        assert set(out.glob("*.c3d")) == {out / f"clip_person{n:02d}.c3d" for n in people}

    found = []
    for most in (5, 1):
        options = ["--output", str(out), "--model", weights, "--format", "c3d", "--keep-poses"]
        sets = ["--set", "estimator.size=64", "--set", f"estimator.most={most}"]
        options += ["--confidence", "0.0001"]
        assert main(["process", str(clip), *options, *sets]) == 0
        found.append(ids_of(out / "clip.csv"))
        check(found[-1])
        if most > 1:
            shutil.copy(out / "clip.poses", tmp_path / "clip.poses")
    assert len(found[0]) > len(found[1]) == 1
    poses = str(tmp_path / "clip.poses")
    for out in (tmp_path / "a", tmp_path / "b"):
        for least, people in (("0.0001", found[0]), ("0.9999", set())):
            again = ["replay", poses, "--output", str(out), "--format", "c3d"]
            assert main([*again, "--confidence", least]) == 0
            assert ids_of(out / "clip.csv") == people
            check(people)


def test_numbers_are_listed_as_they_are_written() -> None:
    texts = [*(f"{n:02d}" for n in range(1, 13)), *(str(n) for n in range(98, 103)), "007"]
    listed = spans(texts)
    assert read_spans(json.loads(json.dumps(listed))) == [list(span) for span in listed]
    assert len(listed) < 6
    assert all(within(text, listed) for text in texts)
    assert not any(within(text, listed) for text in ("1", "001", "13", "97", "0098", "103", "7"))
    assert read_spans([["1"], ["1", "x"], [1, 2], "12", None, ["1", "2"]]) == [["1", "2"]]
    assert read_spans({"1": "2"}) == []
    pattern = Path("take#1_person#.c3d")
    paths = [Path("take#1_person02.c3d"), Path("take#1_person.c3d"), Path("x/take#1_person03.c3d")]
    assert numbered(pattern, paths) == {"02": paths[0]}
    assert numbered(Path("clip.csv"), [Path("clip.csv")]) == {}
