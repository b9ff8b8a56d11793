"""Figures, lists, runs and exported networks replace no file that they do not know as their own."""

import json
from pathlib import Path

import pytest
from networks import TINY, random_weights
from stick_people import write_dataset

from app.__main__ import main
from app.results.run_folder import TEACHING, TRAINING

FIGURES = {
    "bench": ["bench", "--frames", "2", "--rounds", "1", "--cases", "mobile float32", "--output"],
    "soak": ["soak", "--minutes", "0.02", "--restarts", "0", "--report"],
    "licences": ["licences", "--output"],
}


@pytest.mark.parametrize("command", FIGURES)
def test_notes_of_that_name_stay(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / "notes.json"
    notes.write_text("mine")
    assert main([*FIGURES[command], str(notes)]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "notes.json: is there already" in said.err
    assert "--overwrite" in said.err
    assert said.out == ""
    assert notes.read_text() == "mine"
    link = tmp_path / "link.json"
    link.symlink_to(notes)
    assert main([*FIGURES[command], str(link)]) == 2
    assert link.is_symlink()


@pytest.mark.parametrize("command", FIGURES)
def test_a_place_that_cannot_be_is_said_before_the_work(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    for place, why in (("file/figures.json", "cannot be written"), (".", "is a folder")):
        assert main([*FIGURES[command], str(tmp_path / place), "--overwrite"]) == 2
        said = capsys.readouterr()
        assert why in said.err
        assert said.out == ""
    assert {path.name for path in tmp_path.iterdir()} == {"file"}


def test_a_list_is_replaced_where_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "new" / "parts.txt"
    assert main(["licences", "--output", str(path)]) == 0
    written = path.read_text()
    path.write_text("mine")
    assert main(["licences", "--output", str(path), "--overwrite"]) == 0
    assert path.read_text() == written


def finetune(folder: Path, *more: str) -> int:
    data, weights = folder / "data" / "people.json", folder / "tiny.safetensors"
    command = ["finetune", str(data), "--weights", str(weights), "--size", "64", "--steps", "1"]
    out = ["--slowest", "1", "--run", str(folder / "run"), "--output", str(folder / "new")]
    return main([*command, *out, *more])


@pytest.fixture
def lesson(tmp_path: Path, few_ordinary_pictures: None) -> Path:
    data = write_dataset(tmp_path / "data", count=8)
    data.rename(tmp_path / "data" / "people.json")
    random_weights(tmp_path, TINY).rename(tmp_path / "tiny.safetensors")
    return tmp_path


@pytest.mark.parametrize("name", ["learn.json", "metrics.csv", "before_after_3.jpg", "ordinary"])
def test_a_folder_that_is_no_runs_is_not_learned_into(
    lesson: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = lesson / "run"
    run.mkdir()
    (run / name).write_text("mine")
    assert finetune(lesson) == 2
    assert f"{name}: is there already and is of no earlier run" in capsys.readouterr().err
    assert {path.name: path.read_text() for path in run.iterdir()} == {name: "mine"}


def test_a_run_replaces_an_earlier_one(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = lesson / "run"
    run.mkdir()
    (run / "notes.txt").write_text("mine")
    assert finetune(lesson) in (0, 3)
    shown = set(json.loads((run / "lesson.json").read_text())["pictures"])
    assert shown == {"before_after_0.jpg", "before_after_1.jpg"}
    # Files of the cache are named by a digest of what is in them.
    made = {path.name for path in run.iterdir()} - {"notes.txt", "cache"}
    listed = {name for name in made if not name.startswith((".", "events.out.", "before_after_"))}
    assert listed <= set(TEACHING)
    few = json.loads((lesson / "data" / "people.json").read_text())
    few["images"] = few["images"][:4]
    kept = {image["id"] for image in few["images"]}
    few["annotations"] = [a for a in few["annotations"] if a["image_id"] in kept]
    (lesson / "data" / "people.json").write_text(json.dumps(few))
    run.rename(lesson / "moved")
    (lesson / "moved").rename(run)
    assert finetune(lesson, "--overwrite") in (0, 3)
    assert {path.name for path in run.glob("before_after_*")} == {"before_after_0.jpg"}
    assert finetune(lesson, "--seed", "1") in (0, 2, 3)
    assert "no earlier run" not in capsys.readouterr().err
    assert (run / "notes.txt").read_text() == "mine"


def test_training_replaces_an_earlier_run_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_dataset(tmp_path / "data", count=4)
    tiny = {"model": "n6", "epochs": 1, "steps": 1, "batch": 2, "sizes": [64], "workers": 0}
    recipe, run = tmp_path / "one.yaml", tmp_path / "run"
    recipe.write_text(json.dumps(tiny | {"validation_size": 64, "precision": "float32"}))
    command = ["train", str(recipe), "--output", str(run), "--cache", str(tmp_path / "cache")]
    command += ["--data", str(data), "--validation", str(data)]
    run.mkdir()
    (run / "metrics.csv").write_text("mine")
    assert main(command) == 2
    assert "metrics.csv: is there already and is of no earlier run" in capsys.readouterr().err
    assert {path.name: path.read_text() for path in run.iterdir()} == {"metrics.csv": "mine"}
    (run / "metrics.csv").unlink()
    for again in ([], ["--resume"], []):
        assert main([*command, *again]) == 0
    made = {path.name for path in run.iterdir()}
    assert {name for name in made if not name.startswith((".", "events.out."))} == set(TRAINING)


@pytest.mark.parametrize("ending", [".xml", ".bin", ".people.onnx"])
def test_an_export_replaces_its_own_files_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ending: str,
) -> None:
    pytest.importorskip("openvino")
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    weights, out = random_weights(tmp_path, TINY), tmp_path / "out"
    command = ["export", "--model", str(weights), "--size", "192", "--output", str(out)]
    assert main(command) == 0
    own = out / f"{weights.stem}{ending}"
    own.write_text("mine")
    more = ["--people"] if ending == ".people.onnx" else ["--format", "openvino"]
    assert main([*command, *more]) == 2
    assert f"{own.name}: is there already and was not made of" in capsys.readouterr().err
    assert own.read_text() == "mine"
    own.unlink()
    assert main([*command, *more]) == main([*command, *more]) == 0
    assert own.stat().st_size > 100
