"""Our own weights files: safetensors, with the network's settings and its history inside.

Finding a file and reading its settings needs no torch, which takes seconds and 200 MB to load:
only the functions that touch tensors import it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open

from configs import FOLDER
from core.errors import ModelError, SettingsError
from core.json_text import read_json_text
from core.model.settings import ModelSettings
from core.part_file import PartFile, make_folder
from core.settings import as_dict, build, load_yaml
from core.types import FloatArray

if TYPE_CHECKING:
    from torch import Tensor

    from core.model.chooser import KeypointChooser
    from core.model.network import PoseNetwork

FORMAT = "yolopose-1"
DEFAULT = "mobile"
# A network up to version 0.2 and its trunk, which old settings and weights files name.
_FORMER, _FORMER_TRUNK = "light", "cspnext"


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A network's settings and tensors, and what is known of how they came about."""

    settings: ModelSettings
    tensors: Mapping[str, "Tensor"]
    history: Mapping[str, Any]  # training settings, metrics, source: whatever the writer knew

    def network(self) -> "PoseNetwork":
        """The network in float32 and evaluation mode. Raises ModelError on missing tensors."""
        from core.model.network import PoseNetwork

        network = PoseNetwork(self.settings)
        try:
            network.load_state_dict({k: v.float() for k, v in self.tensors.items()})
        except RuntimeError as error:
            raise ModelError(f"the weights do not fit their own settings ({error})") from error
        return network.eval()

    def with_chooser(self, chooser: "KeypointChooser") -> "PoseNetwork":
        """The network with this chooser in place of its rule or its own."""
        tensors = {f"chooser.{name}": value for name, value in chooser.state_dict().items()}
        settings = replace(self.settings, refine="chooser")
        return replace(self, settings=settings, tensors={**self.tensors, **tensors}).network()


def save_checkpoint(
    path: Path, network: "PoseNetwork", history: Mapping[str, Any], half: bool = True
) -> None:
    """Write the network's tensors (half precision unless told) with its settings.

    The same network and history give the same bytes. Raises OutputError.
    """
    from safetensors.torch import save

    tensors = {
        name: (tensor.half() if half and tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    metadata = {
        "format": FORMAT,
        "model": json.dumps(as_dict(network.settings)),
        "skeleton": network.settings.skeleton.name,
        "history": json.dumps(history),
    }
    make_folder(path.parent)
    with PartFile(path) as file:
        file.write(_in_order(save(tensors, metadata)))


def _in_order(file: bytes) -> bytes:
    """A safetensors file with its metadata sorted, which its library writes in any order.

    Its format: the header's length in 8 bytes, the header in JSON, the tensors.
    """
    start = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:start])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of 8
    return len(text).to_bytes(8, "little") + text + file[start:]


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a file that `save_checkpoint` wrote. Nothing in it is executed. Raises ModelError."""
    with _opened(path, "pt") as file:
        settings, history = _header(path, file.metadata())
        tensors = {name: file.get_tensor(name) for name in list(file.keys())}
    for name, tensor in _untracked(settings).items():
        tensors.setdefault(name, tensor)
    return Checkpoint(settings, tensors, history)


def read_settings(path: Path) -> ModelSettings:
    """The settings of the network whose weights a file holds, without torch. Raises ModelError."""
    with _opened(path, "np") as file:
        return _header(path, file.metadata())[0]


def read_history(path: Path) -> Mapping[str, Any]:
    """What is known of how weights came about, without torch. Raises ModelError."""
    with _opened(path, "np") as file:
        return _header(path, file.metadata())[1]


def read_tensors(path: Path) -> dict[str, FloatArray]:
    """The tensors of a weights file in float32, without torch. Raises ModelError."""
    with _opened(path, "np") as file:
        _header(path, file.metadata())
        return {name: np.asarray(file.get_tensor(name), np.float32) for name in list(file.keys())}


@contextmanager
def _opened(path: Path, framework: str) -> Iterator[Any]:
    if not path.is_file():
        raise ModelError(f"{path}: there is no such weights file")
    try:
        with safe_open(path, framework) as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"{path}: is not a yolopose weights file; "
            "`python -m app import-weights FILE` reads published YOLO-Pose checkpoints"
        ) from error


def _header(
    path: Path, metadata: Mapping[str, str] | None
) -> tuple[ModelSettings, Mapping[str, Any]]:
    metadata = metadata or {}
    if metadata.get("format") != FORMAT:
        raise ModelError(
            f"{path}: holds weights of another program; "
            "`python -m app import-weights FILE` reads published YOLO-Pose checkpoints"
        )
    try:
        told = read_json_text(metadata["model"])
        history = read_json_text(metadata.get("history", "{}"))
        if not isinstance(told, dict) or not isinstance(history, dict):
            raise ValueError("settings and history must be objects")
        if told.get("trunk") == _FORMER_TRUNK:
            raise ModelError(
                f"{path}: holds weights of {_FORMER}, a network that this version does not have; "
                f"use the default, {DEFAULT}, or tune that one with `python -m app finetune`"
            )
        if told.get("refine") == "heatmaps":  # what the rule was called in files of version 0.1
            told["refine"] = "rule"
        settings = build(ModelSettings, told)
    except (KeyError, ValueError, SettingsError) as error:
        raise ModelError(f"{path}: its network settings cannot be read ({error})") from error
    return settings, history


def _untracked(settings: ModelSettings) -> dict[str, "Tensor"]:
    """Batch norm's step counters, which files leave out."""
    import torch

    from core.model.network import PoseNetwork

    with torch.device("meta"):
        names = PoseNetwork(settings).state_dict().keys()
    return {name: torch.zeros((), dtype=torch.long) for name in names if "num_batches" in name}


def default_weights() -> Path:
    """The weights file that ships with the program."""
    return weights_of(DEFAULT)


def shipped_weights() -> dict[str, Path]:
    """The weights files that ship with the program, by their network's name."""
    folder = Path(__file__).parent / "weights"
    return {path.stem: path for path in sorted(folder.glob("*.safetensors"))}


def weights_of(name: str) -> Path:
    """A shipped weights file by its network's name. Raises ModelError with the names there are."""
    shipped = shipped_weights()
    _check_not_former(name)
    if name not in shipped:
        raise ModelError(
            f"{name}: no weights of that name ship with the program or were downloaded; there "
            f"are: {', '.join([*shipped, *downloaded_networks()]) or 'none'}"
        )
    return shipped[name]


def downloaded_networks(folder: Path | None = None) -> dict[str, Path]:
    """Weights and ONNX files that `models download` put into a folder, by name."""
    from core.model.download import networks_folder

    folder = folder or networks_folder()
    kinds = ("*.safetensors", "*.onnx")
    return {path.stem: path for kind in kinds for path in sorted(folder.glob(kind))}


def find_weights(model: str | None) -> Path:
    """A weights file by path, or by the name of one that was downloaded or ships.

    None is the default. Raises ModelError.
    """
    if model is None:
        return default_weights()
    path = Path(model)
    if path.suffix or path.exists():
        return path
    return downloaded_networks().get(model) or weights_of(model)


def _check_not_former(name: str) -> None:
    if name == _FORMER:
        raise ModelError(
            f"{name}: this version does not have the network of that name; use {DEFAULT}, which "
            "finds more at the same cost"
        )


def model_settings(name: str) -> ModelSettings:
    """The settings of a network in configs/model by its name, or of a YAML file.

    Raises ModelError.
    """
    _check_not_former(name)
    path = Path(name) if name.endswith(".yaml") else FOLDER / "model" / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(model_names())
        raise ModelError(f"{name}: unknown network; known are {known}, or a YAML file of another")
    return build(ModelSettings, load_yaml(path), str(path.name))


def model_names() -> list[str]:
    """The networks that configs/model describes."""
    folder = FOLDER / "model"
    return sorted(path.stem for path in folder.glob("*.yaml"))


def file_sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
