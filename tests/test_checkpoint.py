"""Weights files: written and read back, and other files refused."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

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
    network = PoseNetwork(model_settings("light")).eval()
    path = tmp_path / "w.safetensors"
    save_checkpoint(path, network, {"seed": 7}, half=False)
    found = load_checkpoint(path)
    assert found.history == {"seed": 7}
    assert found.settings == network.settings
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        for a, b in zip(network(image), found.network()(image), strict=True):
            torch.testing.assert_close(a, b)
    save_checkpoint(path, network, {}, half=True)
    assert path.stat().st_size < 3.6e6


def test_the_rule_under_its_first_name_is_still_read(tmp_path: Path) -> None:
    network = PoseNetwork(model_settings("mobile")).eval()
    path = tmp_path / "w.safetensors"
    save_checkpoint(path, network, {})
    with safe_open(path, "pt") as file:
        told, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    told["model"] = told["model"].replace('"refine": "rule"', '"refine": "heatmaps"')
    assert "heatmaps" in told["model"]
    save_file(tensors, path, told)
    assert load_checkpoint(path).settings == network.settings


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
    network = PoseNetwork(model_settings("light"))
    del network.heads[2]
    save_checkpoint(path, network, {})
    with pytest.raises(ModelError, match="do not fit their own settings"):
        load_checkpoint(path).network()
