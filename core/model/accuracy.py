"""What weights reach: the shipped ones at each input size, all others as `eval` measured here."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import SettingsError
from core.json_text import read_json_text
from core.model.checkpoint import file_sha256, shipped_weights
from core.model.onnx_store import cache_folder
from core.part_file import make_folder, write_whole
from core.settings import build

# Keypoint AP on `val`: python -m app eval --model NAME --data val.json --size SIZE
_AP: dict[str, dict[int, float]] = {
    "mobile": {256: 0.287, 320: 0.357, 384: 0.403, 448: 0.412, 512: 0.433, 640: 0.452},
}


def accuracy_of(weights: Path) -> Mapping[int, float]:
    """Input size in px -> keypoint AP; the default weights' figures for those without."""
    return _AP.get(weights.stem, _AP["mobile"])


# The same for other ways to look, of the default weights: in another precision (`--engine
# openvino --precision bfloat16`), and with another network.
_OTHERS: dict[str, dict[int, float]] = {
    "bfloat16": {256: 0.286, 320: 0.357, 384: 0.402, 448: 0.413, 512: 0.432, 640: 0.453},
    "light": {256: 0.124, 320: 0.162, 384: 0.185, 448: 0.191, 512: 0.207, 640: 0.209},
}


def others_of(weights: Path) -> Mapping[str, Mapping[int, float]]:
    """Precision or network -> input size in px -> keypoint AP; nothing for other weights."""
    return _OTHERS if weights.stem == "mobile" else {}


@dataclass(frozen=True, slots=True)
class Measured:
    """What `eval` found on this computer."""

    ap: float  # keypoint AP
    data: str  # the name of the labels' file
    size: int  # px, longest side of the input


_SHIPPED_AT = {"mobile": (0.433, 512), "light": (0.207, 512)}


def shipped_accuracy(weights: Path) -> Measured | None:
    """What a shipped file reaches on `val`, 94 pictures of COCO val2017; see its model card."""
    if weights not in shipped_weights().values() or weights.stem not in _SHIPPED_AT:
        return None
    ap, size = _SHIPPED_AT[weights.stem]
    return Measured(ap, "val", size)


def measured_accuracy(weights: Path) -> Measured | None:
    """What `eval` found last for this file, as it is now."""
    try:
        return build(Measured, _kept()[_key(weights)])
    except (KeyError, TypeError, SettingsError):
        return None


def keep_accuracy(weights: Path, measured: Measured) -> None:
    """Remember what `eval` found. Raises OutputError."""
    make_folder(_path().parent)
    kept = _kept() | {_key(weights): asdict(measured)}
    write_whole(_path(), json.dumps(kept, indent=2) + "\n")


def _kept() -> dict[str, dict[str, object]]:
    try:
        return dict(read_json_text(_path().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}  # never measured, or another program's file


def _path() -> Path:
    return cache_folder() / "accuracy.json"


def _key(weights: Path) -> str:
    return file_sha256(weights)[:16]
