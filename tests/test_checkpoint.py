"""Weights files: written and read back, and other files refused."""

from pathlib import Path

import pytest
import torch
from networks import TINY
from safetensors import safe_open
from safetensors.torch import save_file
from stick_people import write_dataset

from app.__main__ import main
from app.bundled import sample_clip
from core.errors import ModelError
from core.model.checkpoint import (
    find_weights,
    load_checkpoint,
    model_settings,
    save_checkpoint,
)
from core.model.network import PoseNetwork


def test_round_trip(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = PoseNetwork(TINY).eval()
    path = tmp_path / "w.safetensors"
    save_checkpoint(path, network, {"seed": 7}, half=False)
    found = load_checkpoint(path)
    assert found.history == {"seed": 7}
    assert found.settings == network.settings
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        for a, b in zip(network(image), found.network()(image), strict=True):
            torch.testing.assert_close(a, b)
    whole = path.stat().st_size
    save_checkpoint(path, network, {}, half=True)
    assert path.stat().st_size < 0.6 * whole


def told_otherwise(path: Path, network: PoseNetwork, old: str, new: str) -> None:
    """Write the network's weights with settings in which something is called otherwise."""
    save_checkpoint(path, network, {})
    with safe_open(path, "pt") as file:
        told, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    assert old in told["model"]
    save_file(tensors, path, told | {"model": told["model"].replace(old, new)})


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    network = PoseNetwork(TINY)
    files = [tmp_path / f"{number}.safetensors" for number in range(6)]
    for path in files:
        save_checkpoint(path, network, {"seed": 7})
    assert len({path.read_bytes() for path in files}) == 1


def test_the_rule_under_its_first_name_is_still_read(tmp_path: Path) -> None:
    network = PoseNetwork(model_settings("mobile")).eval()
    path = tmp_path / "w.safetensors"
    told_otherwise(path, network, '"refine": "rule"', '"refine": "heatmaps"')
    assert load_checkpoint(path).settings == network.settings


def test_a_network_of_earlier_versions_is_refused_wherever_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "mine.safetensors"
    told_otherwise(weights, PoseNetwork(TINY), '"trunk": "csp_darknet"', '"trunk": "cspnext"')
    settings, recipe = tmp_path / "live.yaml", tmp_path / "mine.yaml"
    settings.write_text("weights: light")
    recipe.write_text(f"model: light\ndata: {write_dataset(tmp_path / 'data', 2)}")
    clip, labels = str(sample_clip()), ["--data", str(tmp_path / "data" / "people.json")]
    out, tuned = (["--output", str(tmp_path / name)] for name in ("out", "tuned.safetensors"))
    for command, of in (
        (["process", clip, *out, "--model", "light"], "light"),
        (["process", clip, *out, "--settings", str(settings)], "light"),
        (["process", clip, *out, "--model", str(weights)], str(weights)),
        (["eval", *labels, "--model", "light"], "light"),
        (["train", str(recipe), *out], "light"),
        (["finetune", labels[1], *tuned, "--weights", str(weights)], str(weights)),
        (["export", *out, "--model", str(weights)], str(weights)),
    ):
        assert main(command) == 2, command
        (sentence,) = capsys.readouterr().err.splitlines()
        assert sentence.startswith(f"error: {of}: ")
        assert "this version does not have" in sentence
        assert "mobile" in sentence


@pytest.mark.parametrize("content", [b"", b"text, not weights", b"\x80\x04}."])
def test_not_a_weights_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is not a yolopose weights file"):
        load_checkpoint(path)


def test_weights_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(ModelError, match="weights of another program"):
        load_checkpoint(path)
    with pytest.raises(ModelError, match="there is no such weights file"):
        load_checkpoint(tmp_path / "absent.safetensors")
    with pytest.raises(ModelError, match="no weights of that name"):
        find_weights("huge")


def test_missing_tensors(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    network = PoseNetwork(TINY)
    del network.heads[2]
    save_checkpoint(path, network, {})
    with pytest.raises(ModelError, match="do not fit their own settings"):
        load_checkpoint(path).network()
