"""A chooser learns where the right candidates are, and survives the way into a weights file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from networks import TINY_MOBILE, random_network, random_weights
from stick_people import write_dataset

from app.__main__ import main
from core.model.candidates import CANDIDATES, Features
from core.model.checkpoint import load_checkpoint
from core.model.chooser import KeypointChooser
from core.model.engines.chooser_engine import choose_with, open_chooser
from core.model.export_onnx import write_chooser
from core.model.onnx_store import make_chooser
from core.skeleton import COCO_17
from core.train.chooser_examples import Examples
from core.train.chooser_fit import ChooserBatch, Fit, chooser_loss, fit_chooser
from core.types import FloatArray


def people(count: int, seed: int) -> tuple[Features[FloatArray], FloatArray]:
    """People whose right candidate is the one of four peaks that no rival explains."""
    rng = np.random.default_rng(seed)
    boxes = np.tile(np.array([[0, 0, 100, 100]], np.float32), (count, 1))
    truth = rng.uniform(20, 80, (count, 17, 2)).astype(np.float32)
    places = np.zeros((count, 17, CANDIDATES, 2), np.float32)
    places[:, :, :2] = 50  # both guesses know nothing
    places[:, :, 2:6] = rng.uniform(20, 80, (count, 17, 4, 2))
    right = 2 + rng.integers(0, 4, (count, 17))
    np.put_along_axis(places, right[..., None, None], truth[:, :, None], 2)
    heights = np.full((count, 17, CANDIDATES, 17), 0.4, np.float32)
    rivals = np.full((count, 17, CANDIDATES), 0.8, np.float32)
    np.put_along_axis(rivals, right[..., None], 0, 2)
    valid = np.zeros((count, 17, CANDIDATES), np.float32)
    valid[:, :, :6] = 1
    one = np.ones((count, 1), np.float32)
    return Features(places, heights, rivals, valid, boxes, one, one.repeat(17, 1)), truth


def examples(count: int, seed: int) -> Examples:
    inputs, truth = people(count, seed)
    return Examples(
        inputs,
        truth,
        np.ones((count, 17), np.float32),
        np.ones((count, 17), np.bool_),
        np.full(count, 5300, np.float32),
    )


def test_it_learns_which_candidate_is_right() -> None:
    steps: list[Fit] = []
    chooser = fit_chooser(examples(32, 1), 80, 0, steps.append)
    assert [fit.step for fit in steps] == list(range(1, 81))
    assert steps[-1].loss < 0.5 * steps[0].loss
    choose = choose_with(chooser)
    assert choose is not None
    inputs, truth = people(40, 2)
    keypoints, right = choose(inputs)
    near = np.linalg.norm(keypoints - truth, axis=2) < 3
    assert near.mean() > 0.9, "a guess would be near one in four times"
    assert right.mean() > 0, "it knows that it is right"


def test_a_place_of_which_the_label_knows_nothing_teaches_nothing() -> None:
    torch.manual_seed(0)
    chooser = KeypointChooser(17)
    known = examples(4, 3)
    tensors = [torch.from_numpy(value) for value in known.inputs]

    def loss(places: FloatArray, trusted: bool) -> float:
        weights = torch.ones(4, 17)
        sure = torch.ones(4, 17, dtype=torch.bool)
        weights[:, 5], sure[:, 5] = float(trusted), trusted
        batch = ChooserBatch(
            Features(*tensors),
            torch.from_numpy(places),
            weights,
            sure,
            torch.from_numpy(known.areas),
        )
        return float(chooser_loss(chooser, batch)[0].detach())

    moved = known.keypoints.copy()
    moved[:, 5] += 30
    assert loss(moved, False) == loss(known.keypoints, False)
    assert loss(moved, True) != loss(known.keypoints, True)


@pytest.mark.parametrize("count", [1, 7])
def test_the_file_chooses_as_the_network_does(tmp_path: Path, count: int) -> None:
    network = random_network(TINY_MOBILE)
    network.chooser = KeypointChooser(17).eval()
    write_chooser(tmp_path / "chooser.onnx", network, {})
    inputs, _ = people(count, 4)
    direct, in_file = choose_with(network.chooser), open_chooser(tmp_path / "chooser.onnx")
    assert direct is not None
    for ours, theirs in zip(in_file(inputs), direct(inputs), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_a_mirrored_person_is_the_mirror_of_the_choice() -> None:
    """What training relies on: the mirror changes nothing but left and right."""
    from core.train.chooser_fit import _batch, _mirrored

    batch = _batch(examples(3, 5), np.arange(3))
    twice = _mirrored(_mirrored(batch))
    for ours, theirs in zip(twice.inputs, batch.inputs, strict=True):
        torch.testing.assert_close(ours, theirs)
    once = _mirrored(batch)
    left = COCO_17.names.index("left_wrist")
    right = COCO_17.names.index("right_wrist")
    torch.testing.assert_close(once.keypoints[:, left, 0], -batch.keypoints[:, right, 0])
    torch.testing.assert_close(once.inputs.heights[:, left, 3, right],
                               batch.inputs.heights[:, right, 3, left])  # fmt: skip


def test_weights_learn_to_choose_by_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = random_weights(tmp_path, TINY_MOBILE)
    output = tmp_path / "chosen.safetensors"
    command = [
        "train-chooser",
        "--model",
        str(weights),
        "--data",
        str(write_dataset(tmp_path / "data", count=8)),
    ]
    command += ["--output", str(output), "--pictures", "12", "--steps", "3"]
    assert main(command) == 0
    assert f"ready: --model {output}" in capsys.readouterr().out
    made = load_checkpoint(output)
    assert made.settings.refine == "chooser"
    assert made.history["chooser"]["steps"] == 3
    plain = load_checkpoint(weights)
    assert replace(made.settings, refine="rule") == plain.settings
    rest = {name for name in made.tensors if not name.startswith("chooser.")}
    assert rest == plain.tensors.keys()
    assert all(torch.equal(made.tensors[name], plain.tensors[name].half()) for name in rest
               if made.tensors[name].is_floating_point())  # fmt: skip
    assert make_chooser(output).is_file()
