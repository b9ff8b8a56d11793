"""Fine-tuning keeps what helps on pictures that it has not seen, and refuses the rest."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from networks import TINY, TINY_MOBILE, random_weights
from stick_people import write_dataset

from app.__main__ import main
from app.teach.ordinary import ordinary_pictures
from app.teach.teaching import Teaching, learned_weights, lesson_settings
from core.errors import DatasetError
from core.model.checkpoint import find_weights, load_checkpoint, save_checkpoint
from core.model.look import ClipLook, look_of_weights
from core.model.network import PoseNetwork
from core.model.settings import ModelSettings
from core.settings import build
from core.skeleton import COCO_17, HALPE_26
from core.tracks.improve.lesson import load_lesson, load_progress
from core.train.blend import blended
from core.train.dataset import read_dataset
from core.train.holdout import split_dataset
from core.train.settings import TrainSettings
from core.train.trainer import initialise_head

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.usefixtures("few_ordinary_pictures"),
]


def test_split_is_complete_disjoint_and_reproducible(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data", count=8)
    learn, held, learned, held_count = split_dataset(data, 0.25, 3, tmp_path / "a", COCO_17)
    assert (learned, held_count) == (6, 2)
    ids = [{image["id"] for image in json.loads(p.read_text())["images"]} for p in (learn, held)]
    assert ids[0] | ids[1] == set(range(8))
    assert not ids[0] & ids[1]
    again = split_dataset(data, 0.25, 3, tmp_path / "b", COCO_17)[1]
    assert again.read_text() == held.read_text()
    owners = {a["image_id"] for a in json.loads(held.read_text())["annotations"]}
    assert owners == ids[1]
    few = write_dataset(tmp_path / "few", count=2)
    with pytest.raises(DatasetError, match="at least 4 are needed"):
        split_dataset(few, 0.25, 0, tmp_path / "c", COCO_17)


def test_feet_are_learned_as_well(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data", count=4, skeleton=HALPE_26)
    weights = random_weights(tmp_path, replace(TINY_MOBILE, keypoints=26))
    command = ["finetune", str(data), "--weights", str(weights), "--steps", "1", "--size", "64"]
    command += ["--run", str(tmp_path / "run"), "--output", str(tmp_path / "new"), "--slowest", "1"]
    assert main(command) in (0, 3)  # written, or no better
    for name in ("learn.json", "held_out.json"):
        images = read_dataset(tmp_path / "run" / name, 26)
        assert all(image.people.known.all() for image in images)


@pytest.mark.parametrize("rate", [0.0, 1.0])
@pytest.mark.parametrize(
    "network",
    [replace(TINY_MOBILE, name="mobile"), TINY],
    ids=lambda network: network.name,
)
def test_a_network_of_ones_own_is_what_its_weights_say(
    tmp_path: Path, network: ModelSettings, rate: float
) -> None:
    """No file describes it, although its name may be that of one that ships."""
    network = replace(network, keypoints=26)
    weights = random_weights(tmp_path, network)
    what = Teaching(
        data=write_dataset(tmp_path / "data", count=4, skeleton=HALPE_26),
        images=None,
        weights=str(weights),
        output=tmp_path / "new",
        folder=tmp_path,
        steps=1,
        look=ClipLook(size=64),
        slowest=1.0,
        rate=rate,
        whole=True,
        share=1.0,
        forgetting=0.0,
        seed=0,
        device="cpu",
    )
    settings = build(TrainSettings, lesson_settings(what, weights, what.data, 4, what.look))
    outcome = learned_weights(settings, tmp_path, lambda stage, done, total: None)
    start, tuned = load_checkpoint(weights), load_checkpoint(outcome.weights)
    assert tuned.settings == network
    learned = [name for name in start.tensors if name.endswith("weight")]
    same = [torch.equal(tuned.tensors[n].half(), start.tensors[n].half()) for n in learned]
    assert all(same) == (rate == 0)


def finetune(folder: Path, *words: str) -> int:
    data = write_dataset(folder / "data", count=8)
    run = [
        "--size",
        "128",
        "--slowest",
        "1",
        "--run",
        str(folder / "run"),
        "--output",
        str(folder / "new"),
    ]
    return main(["finetune", str(data), *run, *words])


def test_default_weights_learn_stick_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        finetune(tmp_path, "--steps", "12", "--rate", "0.004", "--whole", "--forgetting", "1") == 0
    )
    assert "ready: --model" in capsys.readouterr().out
    lesson = load_lesson(tmp_path / "run")
    assert lesson.accepted
    assert lesson.held_out.pictures == 2
    assert all((tmp_path / "run" / name).is_file() for name in lesson.pictures)
    assert lesson.ordinary is not None
    progress = load_progress(tmp_path / "run")
    assert progress is not None
    assert (progress.done, progress.total) == (12, 12)
    history = load_checkpoint(tmp_path / "new").history
    assert history["finetune"]["train"]["steps"] == 12
    assert "step" in history["finetuned_from"]
    assert history["share"] == 0.5
    old, new = (load_checkpoint(path) for path in (find_weights(None), tmp_path / "new"))
    assert new.settings == old.settings
    chooser = [name for name in old.tensors if name.startswith("chooser.")]
    assert chooser
    assert all(torch.equal(new.tensors[name], old.tensors[name]) for name in chooser)


def test_the_share_goes_from_the_old_weights_to_the_new() -> None:
    torch.manual_seed(0)
    old, new = PoseNetwork(TINY_MOBILE), PoseNetwork(TINY_MOBILE)
    first, last = old.state_dict(), new.state_dict()
    names = [name for name, value in first.items() if value.is_floating_point()]
    middle = {name: 0.75 * first[name] + 0.25 * last[name] for name in names}
    for share, expected in ((1e-9, first), (0.25, middle), (1.0, last)):
        state = blended(old, new, share).state_dict()
        for name in names:
            torch.testing.assert_close(state[name], expected[name])


def test_a_share_outside_its_range(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert finetune(tmp_path, "--share", "0") == 2
    assert "--share must be above 0 and at most 1, got 0.0" in capsys.readouterr().err


def test_weights_that_learned_nothing_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    network = PoseNetwork(TINY)
    initialise_head(network)
    start = tmp_path / "start.safetensors"
    save_checkpoint(start, network, {})
    assert finetune(tmp_path, "--weights", str(start), "--steps", "4", "--rate", "0") == 3
    assert "no better on pictures" in capsys.readouterr().out
    assert not (tmp_path / "new").exists()


def test_a_lesson_remembers_the_look_that_finds_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sample's people are small at 128 px. Nothing is learned, so the look alone decides."""
    data, output = ordinary_pictures(tmp_path / "data", count=4), tmp_path / "new.safetensors"
    command = ["finetune", str(data), "--steps", "1", "--rate", "0", "--size", "128"]
    assert main([*command, "--run", str(tmp_path / "run"), "--output", str(output)]) == 0
    said = capsys.readouterr().out
    lesson = load_lesson(tmp_path / "run")
    assert lesson.look is not None
    assert lesson.looks[0].size == 128 < lesson.look.size
    assert lesson.look in lesson.looks
    assert max(look.times for look in lesson.looks) <= 4
    assert lesson.about_look in said
    assert lesson.held_out.ap_after > lesson.held_out.ap_before
    assert lesson.ordinary is not None
    assert lesson.ordinary.ap_after == lesson.ordinary.ap_before  # looked at as before
    look = look_of_weights(output)
    assert look == ClipLook(lesson.look.size, lesson.look.pyramid, lesson.look.flip)


@pytest.mark.parametrize("words", [("--slowest", "0.5"), ("--slowest", "nan"), ("--size", "100")])
def test_a_look_that_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, str]
) -> None:
    assert finetune(tmp_path, *words) == 2
    assert capsys.readouterr().err.count("\n") == 1
