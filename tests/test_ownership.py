"""A file that was not made of the same thing is never replaced; a run's own results are."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from tiny_video import corners, write_video
from walker import table, walker

from app.__main__ import main
from app.results.clip_results import plan_results, recorded_source
from app.results.ownership import Outputs, check_free, remember
from core.errors import OutputError
from core.tracks.clean.recipe import CleanSettings, clean
from core.tracks.csv_long import read_track_csv, write_track_csv
from core.tracks.formats.people import Clip
from core.tracks.formats.registry import FORMATS, Export, export, planned
from core.tracks.measure.scale import from_line
from core.tracks.motion import motions_of

FAST = ["--set", "estimator.size=64", "--set", "estimator.most=3"]


def make_clip(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_video(path, [corners(seed=seed + index) for index in range(3)])


def process(weights: str, *arguments: object) -> int:
    return main(["process", *map(str, arguments), "--model", weights, *FAST])


def refused(capsys: pytest.CaptureFixture[str], *names: str) -> None:
    said = capsys.readouterr().err
    (error,) = (line for line in said.splitlines() if line.startswith("error: "))
    assert "--overwrite" in error
    for name in names:
        assert name in error


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_the_users_own_files_stay(tmp_path, weights, capsys, monkeypatch) -> None:
    make_clip(tmp_path / "match.mov")
    for name in ("match.csv", "match.mp4", "match.coco.json", "match_person01.c3d"):
        other = tmp_path / "one"
        shutil.rmtree(other, ignore_errors=True)
        other.mkdir()
        (other / name).write_text("mine")
        before = contents(other)
        formats = ("--format", "coco", "--format", "c3d", "--video")
        assert process(weights, tmp_path / "match.mov", "--output", other, *formats) == 2
        refused(capsys, name)
        assert contents(other) == before
    monkeypatch.chdir(tmp_path)
    (tmp_path / "match.mp4").write_text("mine")
    assert process(weights, "match.mov", "--output", ".") == 0  # the picture is not asked for
    assert process(weights, "match.mov", "--output", ".", "--video") == 2
    refused(capsys, "match.mp4")
    assert (tmp_path / "match.mp4").read_text() == "mine"
    assert process(weights, "match.mov", "--output", ".", "--video", "--overwrite") == 0
    assert (tmp_path / "match.mp4").read_bytes() != b"mine"


def test_results_of_another_clip_stay_and_own_ones_are_replaced(tmp_path, weights, capsys) -> None:
    one, two = make_clip(tmp_path / "day1/squat.mp4"), make_clip(tmp_path / "day2/squat.mp4", 5)
    out = tmp_path / "out"
    assert process(weights, one, "--output", out, "--video", "--format", "coco") == 0
    before = contents(out)
    assert process(weights, two, "--output", out) == 2
    refused(capsys, "squat.csv")
    assert contents(out) == before
    # Without the video in between, what the first run made is still known.
    assert process(weights, one, "--output", out) == 0
    assert process(weights, one, "--output", out, "--video", "--format", "coco") == 0
    # Moved together, and the clip alone: it is told by its content.
    shutil.move(tmp_path / "day1/squat.mp4", tmp_path / "squat.mp4")
    assert process(weights, tmp_path / "squat.mp4", "--output", out, "--video") == 0
    assert process(weights, two, "--output", out, "--overwrite") == 0
    assert process(weights, two, "--output", out) == 0
    assert json.loads((out / "squat.meta.json").read_text())["source"]["source"] == str(two)


def test_a_stopped_run_of_another_clip_stays(tmp_path, weights, capsys) -> None:
    one, two = make_clip(tmp_path / "day1/squat.mp4"), make_clip(tmp_path / "day2/squat.mp4", 5)
    out = tmp_path / "out"
    assert process(weights, one, "--output", out) == 0
    for name in ("squat.csv", "squat.meta.json"):
        (out / name).rename(out / f"{name}.part")
    (out / "squat.csv").write_text("finished before the record was")
    assert process(weights, two, "--output", out) == 2
    refused(capsys, "squat.csv")
    assert process(weights, one, "--output", out) == 0


@pytest.mark.parametrize("ending", sorted({e for f in FORMATS.values() for e in f.endings}))
def test_no_two_clips_share_a_file(tmp_path, ending) -> None:
    stem = Path(f"a/squat{ending}".replace("#", "1")).with_suffix("").name
    sources = ["a/squat.mp4", f"b/{stem}.mp4", f"c/{stem.upper()}.mov", "d/squat.avi"]
    plans = plan_results(sources, tmp_path, poses=True, formats=tuple(FORMATS))
    files = [name.casefold() for plan in plans for name in plan.files]
    assert len(set(files)) == len(files) > 4 * len(FORMATS)
    assert plans[0].name == "squat"


def test_names_too_long_are_cut_before_the_work(tmp_path, weights) -> None:
    stem = "squat-" + "ä" * 122  # 250 bytes
    clip = make_clip(tmp_path / f"{stem}.mp4")
    out = tmp_path / "out"
    assert process(weights, clip, "--output", out, "--format", "openpose", "--keep-poses") == 0
    (table_file,) = out.glob("*.csv")
    assert table_file.name.startswith("squat-ää")
    other = plan_results([f"{stem}a.mp4", f"{stem}b.mp4", "x" * 300], out)
    assert len({plan.name for plan in other}) == 3
    assert all(len(f"{plan.name}".encode()) <= 180 for plan in other)


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    times_s = np.arange(50) / 25
    points, _ = walker(times_s, origin=(100.0, 60.0), height_px=120.0)
    path = tmp_path / "day1" / "squat.csv"
    path.parent.mkdir()
    write_track_csv(path, table({1: points}, times_s))
    (tmp_path / "day2").mkdir()
    shutil.copy(path, tmp_path / "day2")
    return path


COMMANDS = {
    "convert": (["--format", "csv-wide"], "squat.wide.csv"),
    "measure": ([], "squat.measures.csv"),
    "report": ([], "squat.report.html"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_other_commands_replace_only_their_own(tracks, tmp_path, capsys, command) -> None:
    options, name = COMMANDS[command]
    out = tmp_path / "out"
    other = tmp_path / "day2/squat.csv"

    def run(path: Path, *more: str) -> int:
        return main([command, str(path), "--output", str(out), *options, *more])

    out.mkdir()
    (out / name).write_text("mine")
    assert run(tracks) == 2
    refused(capsys, name)
    assert (out / name).read_text() == "mine"
    (out / name).unlink()
    assert run(tracks) == run(tracks) == 0
    made = (out / name).read_bytes()
    assert run(other) == 2
    refused(capsys, name)
    assert (out / name).read_bytes() == made
    assert run(other, "--overwrite") == run(other) == 0
    assert run(tracks) == 2


def test_two_inputs_of_one_name_are_refused(tracks, tmp_path, capsys) -> None:
    both = [str(tracks), str(tmp_path / "day2/squat.csv")]
    for command in ("convert", "report"):
        out = str(tmp_path / command)
        assert main([command, *both, "--output", out, *COMMANDS[command][0]]) == 2
        assert "choose another --output" in capsys.readouterr().err
        assert not Path(out).exists()


def test_what_process_wrote_convert_may_replace_and_the_other_way(
    tmp_path, weights, capsys
) -> None:
    clip, out = make_clip(tmp_path / "squat.mp4"), tmp_path / "out"
    csv = str(out / "squat.csv")
    assert process(weights, clip, "--output", out, "--format", "coco", "--keep-poses") == 0
    assert main(["convert", csv, "--format", "coco", "--format", "csv-wide"]) == 0
    assert process(weights, clip, "--output", out, "--format", "csv-wide") == 0
    assert main(["replay", str(out / "squat.poses"), "--output", str(out)]) == 0
    assert main(["replay", str(out / "squat.poses"), "--output", str(tmp_path)]) == 0
    (tmp_path / "new").mkdir()
    (tmp_path / "new/squat.csv").write_text("mine")
    assert main(["replay", str(out / "squat.poses"), "--output", str(tmp_path / "new")]) == 2
    refused(capsys, "squat.csv")


def test_formats_write_the_names_that_they_claim(tracks, tmp_path) -> None:
    found = read_track_csv(tracks)
    settings = CleanSettings()
    cleaned = [clean(motion, settings) for motion in motions_of(found, settings.min_score)]
    scale = from_line((0.0, 100.0), (100.0, 100.0), 2.0)
    for name in FORMATS:
        for person in (None, cleaned):
            folder = tmp_path / f"{name} {person is None}"
            clip = Clip("squat", "squat.mp4", (640, 480))
            paths, _ = export(name, Export(found, folder, clip, person, found, scale))
            claimed = set(Outputs(folder, "squat", "", planned("squat", (name,))).existing())
            assert set(paths) == claimed == set(folder.iterdir())


def test_pictures_of_labels_do_not_replace_others(tmp_path, weights, capsys) -> None:
    clip, out = make_clip(tmp_path / "squat.mp4"), tmp_path / "out"
    assert process(weights, clip, "--output", out, "--confidence", "0.01") == 0
    folder = tmp_path / "shots"
    folder.mkdir()
    (folder / "000001.jpg").write_text("mine")
    command = ["label", str(out / "squat.csv"), "--frames", "1", "--output", str(folder)]
    assert main(command) == 2
    assert "000001.jpg: is there already" in capsys.readouterr().err
    assert contents(folder) == {"000001.jpg": b"mine"}


def test_one_file_of_a_chosen_name(tmp_path) -> None:
    path = tmp_path / "tuned.safetensors"
    one, two = tmp_path / "a.json", tmp_path / "b.json"
    check_free(Outputs.of_file(path, one), False)
    path.write_text("weights")
    with pytest.raises(OutputError, match=r"was not made of .*a.json; .* --overwrite"):
        check_free(Outputs.of_file(path, one), False)
    check_free(Outputs.of_file(path, one), True)
    remember(Outputs.of_file(path, one))
    check_free(Outputs.of_file(path, one), False)
    with pytest.raises(OutputError, match=r"not made of .*b.json"):
        check_free(Outputs.of_file(path, two), False)


def test_the_recording_is_found_from_elsewhere(tmp_path, weights, monkeypatch) -> None:
    make_clip(tmp_path / "work/clips/squat.mp4")
    monkeypatch.chdir(tmp_path / "work")
    assert process(weights, "clips/squat.mp4", "--output", "results") == 0
    monkeypatch.chdir(tmp_path)
    tracks = Path("work/results/squat.csv")
    assert Path(recorded_source(tracks)).samefile("work/clips/squat.mp4")
    options = ["--frames", "1", "--output"]
    assert main(["label", str(tracks), *options, "labels"]) == 0
    Path("work").rename("moved")
    moved = Path("moved/results/squat.csv")
    assert Path(recorded_source(moved)).samefile("moved/clips/squat.mp4")
    assert main(["label", str(moved), *options, "labels2"]) == 0
    # Another clip has taken the old place: the content decides.
    make_clip(tmp_path / "work/clips/squat.mp4", 9)
    assert Path(recorded_source(moved)).samefile("moved/clips/squat.mp4")


@pytest.mark.parametrize("there", ["take#1.csv", "take#1_person2.trc"])
def test_a_name_that_has_the_sign_for_a_number_is_seen(tmp_path: Path, there: str) -> None:
    files = ("take#1.csv", "take#1_person#.trc")
    outputs = Outputs(tmp_path, "take#1", "take#1.mp4", files)
    (tmp_path / "take21.csv").touch()
    (tmp_path / "take21_person2.trc").touch()
    assert list(outputs.existing()) == []
    (tmp_path / there).touch()
    assert list(outputs.existing()) == [tmp_path / there]
