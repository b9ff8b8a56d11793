"""What weights reach: the shipped ones at each input size, all others as `eval` measured here."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import SettingsError
from core.json_text import read_json_text
from core.model.checkpoint import default_weights, file_sha256
from core.model.onnx_store import cache_folder
from core.part_file import make_folder, write_whole
from core.settings import build

BFLOAT16 = "bfloat16"
ONE_LOOK = "one look"  # without the second one, at half the size
_BOTH = f"{BFLOAT16} {ONE_LOOK}"

# Keypoint AP of the default weights on `val`, by the way to look and the input size in px:
# python -m app eval --data val.json --size SIZE, and the same with --engine openvino --precision
# bfloat16, with --one-look, and with both.
_AP: dict[str, dict[int, float]] = {
    "": {256: 0.286, 320: 0.357, 384: 0.403, 448: 0.411, 512: 0.431, 640: 0.450},
    BFLOAT16: {256: 0.286, 320: 0.357, 384: 0.402, 448: 0.412, 512: 0.432, 640: 0.452},
    ONE_LOOK: {256: 0.287, 320: 0.352, 384: 0.396, 448: 0.401, 512: 0.407, 640: 0.396},
    _BOTH: {256: 0.286, 320: 0.350, 384: 0.394, 448: 0.399, 512: 0.406, 640: 0.397},
}


def accuracy_of(pyramid: bool) -> Mapping[int, float]:
    """Input size in px -> keypoint AP of the default weights, with both looks or one.

    Other weights are taken to lose as much at smaller sizes.
    """
    return _AP["" if pyramid else ONE_LOOK]


def others_of(weights: Path, pyramid: bool) -> Mapping[str, Mapping[int, float]]:
    """Cheaper ways to look -> input size in px -> keypoint AP; nothing for other weights.

    A way is named by what it takes: BFLOAT16, ONE_LOOK or both. Without the `pyramid` there is one
    look in any case.
    """
    if weights != default_weights():
        return {}
    if pyramid:
        return {way: figures for way, figures in _AP.items() if way}
    return {BFLOAT16: _AP[_BOTH]}


@dataclass(frozen=True, slots=True)
class Measured:
    """What `eval` found on this computer."""

    ap: float  # keypoint AP
    data: str  # the name of the labels' file
    size: int  # px, longest side of the input


def shipped_accuracy(weights: Path) -> Measured | None:
    """What the shipped file reaches on `val`, 94 pictures of COCO val2017; see its model card."""
    return Measured(_AP[""][512], "val", 512) if weights == default_weights() else None


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
