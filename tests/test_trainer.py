"""Training learns, resumes exactly, and leaves what it should."""

import csv
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from networks import TINY as TINY_NETWORK
from networks import settings_file
from stick_people import write_dataset

from app.__main__ import main
from core.errors import DatasetError, ModelError, SettingsError
from core.model.checkpoint import DEFAULT, default_weights, load_checkpoint
from core.one_writer import alone_in
from core.train import trainer
from core.train.augment import AugmentSettings
from core.train.loss import LossSettings
from core.train.ranks import Ranks
from core.train.recipe import read_recipe
from core.train.settings import OptimiserSettings, TrainSettings
from core.train.trainer import fit

TINY = TrainSettings(
    model="n6",
    epochs=2,
    steps=3,
    batch=2,
    sizes=(64,),
    validation_size=64,
    validation_every=1,
    precision="float32",
    device="cpu",
    workers=0,
    optimiser=OptimiserSettings(warmup_steps=2),
    loss=LossSettings(heatmaps=0.3, distance=0.1),
)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory, data: Path) -> TrainSettings:
    """Two short epochs of a small network."""
    network = settings_file(tmp_path_factory.mktemp("network"), TINY_NETWORK)
    return replace(TINY, model=network, data=data, validation=data)


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory, tiny: TrainSettings) -> Path:
    """The folder of a run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("run")
    fit(tiny, folder, tmp_path_factory.mktemp("cache"), resume=False)
    return folder


def losses(folder: Path) -> list[tuple[str, ...]]:
    with (folder / "metrics.csv").open(newline="") as file:
        return [
            tuple(v for k, v in row.items() if k not in ("wait_s", "work_s", "images_s"))
            for row in csv.DictReader(file)
        ]


def test_only_the_first_rank_fills_the_folder_of_pictures(tmp_path: Path) -> None:
    """The others would wait for each other, and give up."""
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[]")
    with (
        alone_in(tmp_path, "filling"),
        pytest.raises(DatasetError, match=r"wrong\.json"),
    ):
        fit(replace(TINY, data=wrong), tmp_path, tmp_path, False, Ranks(rank=1, count=1))


def test_four_pictures_are_learned(data: Path, tmp_path: Path) -> None:
    """From the default weights, which find no keypoint of a stick figure."""
    settings = replace(
        TINY,
        model=DEFAULT,
        init=default_weights(),
        data=data,
        validation=data,
        epochs=1,
        steps=16,
        batch=4,
        sizes=(128,),
        validation_size=128,
        augment=AugmentSettings(*[0] * 10),
        optimiser=OptimiserSettings(
            rate=0.004,
            warmup_steps=5,
            ema_decay=0.9,
            frozen=("trunk.backbone", "trunk.fpn", "refinement"),
        ),
    )
    start = load_checkpoint(default_weights()).network()
    before = trainer.validate(start, settings, tmp_path)
    outcome = fit(settings, tmp_path / "run", tmp_path / "cache", resume=False)
    assert outcome.finished
    assert before.ap50 < 0.1
    assert outcome.best["box_ap50"] > max(0.5, before.box_ap50)
    assert outcome.best["ap50"] > 0.4


def test_what_a_run_leaves(whole_run: Path) -> None:
    names = {path.name for path in whole_run.iterdir()}
    assert {
        "batch.png",
        "best.safetensors",
        "curves.png",
        "last.safetensors",
        "metrics.csv",
        "predictions.png",
        "state.pt",
    } <= names
    assert any(name.startswith("events.out.tfevents") for name in names)
    history = load_checkpoint(whole_run / "last.safetensors").history
    assert history["step"] == 6
    assert history["train"]["batch"] == 2
    assert [row[0] for row in losses(whole_run)] == ["3", "6"]


def test_resumed_equals_uninterrupted(
    tiny: TrainSettings, whole_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, cache = tmp_path / "parts", tmp_path / "cache"
    clip = trainer.nn.utils.clip_grad_norm_
    calls = []

    def interrupted_clip(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 4:  # in the middle of the second epoch
            os.kill(os.getpid(), signal.SIGINT)
        return clip(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(trainer.nn.utils, "clip_grad_norm_", interrupted_clip)
        assert not fit(tiny, parts, cache, resume=False).finished
    assert len(calls) == 4
    assert fit(tiny, parts, cache, resume=True).finished

    assert losses(parts) == losses(whole_run)
    a = torch.load(whole_run / "state.pt", weights_only=True)
    b = torch.load(parts / "state.pt", weights_only=True)
    for name, tensor in a["module"].items():
        assert torch.equal(tensor, b["module"][name]), name
    for name, tensor in a["average"].items():
        assert torch.equal(tensor, b["average"][name]), name


def test_a_recipe_of_parts_runs_them_in_order(data: Path, tmp_path: Path) -> None:
    short = {
        "model": settings_file(tmp_path, TINY_NETWORK),
        "epochs": 2,
        "stop_epoch": 1,
        "steps": 2,
        "batch": 2,
        "sizes": [64],
        "workers": 0,
    }
    common = short | {"validation_size": 64, "precision": "float32", "loss": {"box": 0.2}}
    parts = [{"name": "first", "seed": 1}, {"name": "second", "seed": 2, "loss": {"person": 0.1}}]
    both = tmp_path / "both.yaml"
    both.write_text(yaml.safe_dump({"common": common, "parts": parts}))
    out = tmp_path / "run"
    command = ["train", str(both), "--data", str(data), "--output", str(out)]
    command += ["--cache", str(tmp_path / "cache")]
    assert main(command) == 0
    for name in ("first", "second"):
        history = load_checkpoint(out / name / "last.safetensors").history
        assert history["step"] == 2  # one epoch of two
    assert history["train"]["init"] == "last.safetensors"
    assert history["train"]["seed"] == 2
    assert (history["train"]["loss"]["box"], history["train"]["loss"]["person"]) == (0.2, 0.1)
    assert history["train"]["data"] == data.name
    kept = (out / "second" / "last.safetensors").stat().st_mtime_ns
    assert main([*command, "--resume"]) == 0
    assert (out / "second" / "last.safetensors").stat().st_mtime_ns == kept


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("parts: []", "parts must be a list of settings"),
        ("parts: [first]", "parts must be a list of settings"),
        ("parts: [{name: a}, {name: a}]", "every part needs a name of its own"),
        ("parts: [{seed: 1}]", "every part needs a name of its own"),
        ("{parts: [{name: a}], seed: 1}", "seed stands beside parts"),
        ("{parts: [{name: a}], common: 1}", "common must hold"),
    ],
)
def test_parts_that_are_no_recipe(text: str, message: str, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(text)
    with pytest.raises(SettingsError, match=message):
        read_recipe(recipe)


def test_resume_needs_the_same_settings(
    tiny: TrainSettings, whole_run: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="no run to resume"):
        fit(tiny, tmp_path / "run", tmp_path / "cache", resume=True)
    with pytest.raises(ModelError, match=r"other settings \(batch, seed\)"):
        fit(replace(tiny, batch=4, seed=3), whole_run, tmp_path / "cache", resume=True)


def test_frozen_parameters_stay(tiny: TrainSettings, tmp_path: Path) -> None:
    base = replace(tiny, validation=None, epochs=1)
    frozen = replace(base, optimiser=OptimiserSettings(frozen=("trunk.stem",)))
    fit(frozen, tmp_path / "run", tmp_path / "cache", resume=False)
    torch.manual_seed(frozen.seed)
    start = dict(trainer.PoseNetwork(TINY_NETWORK).named_parameters())
    state = torch.load(tmp_path / "run" / "state.pt", weights_only=True)["module"]
    same = {n for n, t in start.items() if torch.equal(state[f"network.{n}"], t)}
    assert {n for n in start if n.startswith("trunk.stem")} <= same
    assert "heads.0.box.0.weight" not in same


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("nonsense", "is not JSON"),
        ("[]", "is not a COCO keypoints file"),
        ('{"images": [{}], "annotations": []}', "is not a COCO keypoints file"),
        (
            '{"images": [{"id": 1, "file_name": "a", "width": 1, "height": 1}],'
            ' "annotations": [{"image_id": 1, "bbox": [0, 0, 1, 1]}]}',
            "none of its annotations has keypoints",
        ),
    ],
)
def test_bad_data_set(content: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    path.write_text(content)
    with pytest.raises(DatasetError, match=sentence):
        fit(replace(TINY, data=path), tmp_path / "run", tmp_path / "cache", resume=False)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("epoch: 3", "epoch: unknown setting; did you mean 'epochs'?"),
        ("epochs: many", "epochs: expected int, got 'many'"),
        ("optimiser: {kind: adam}", "optimiser.kind: expected one of ['adamw', 'sgd']"),
        ("sizes: [100]", "sizes must be multiples of 64"),
        ("model: n6", "a COCO keypoints file to learn from is needed"),
    ],
)
def test_bad_settings(
    text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "train.yaml"
    path.write_text(text)
    assert main(["train", str(path), "--output", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_eval_command(
    data: Path, whole_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, results = whole_run / "last.safetensors", tmp_path / "results.json"
    words = ["eval", "--weights", str(weights), "--data", str(data), "--size", "128"]
    assert main([*words, "--output", str(results)]) == 0
    printed = capsys.readouterr().out
    assert "AP50" in printed
    assert "images/s" in printed
    assert results.is_file()
