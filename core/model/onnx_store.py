"""Where the ONNX file of a weights file is: beside it, or made once and kept for this user.

Names carry the digest of the weights, so that a file can never belong to others. With the file
there, or an outline of the network (`outline.py`), nothing here loads torch.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from core.errors import ModelError, OutputError
from core.json_text import read_json_text
from core.model.checkpoint import file_sha256, load_checkpoint, read_settings
from core.model.engines.engine import Precision
from core.model.engines.runtimes import check_torch
from core.part_file import is_there, make_folder, write_whole

if TYPE_CHECKING:
    from core.model.outline import Part

VERSION = 5  # of what `write_branches` makes of the same weights
WAY_OUT = "; use --engine torch"


def cache_folder() -> Path:
    """The folder of this user for what can be made again."""
    return user_cache_path("yolopose", appauthor=False)


def onnx_path(weights: Path, precision: Precision = "float32") -> Path:
    """Where the ONNX file of these weights is, or would be kept."""
    kind = ".int8" if precision == "int8" else ""
    return _kept(weights, f"v{VERSION}{kind}.onnx")


def make_onnx(weights: Path, precision: Precision = "float32") -> Path:
    """The ONNX file of these weights, made now if there is none. Raises ModelError."""
    path = onnx_path(weights, precision)
    if is_there(path):
        return path
    if precision == "int8":
        raise ModelError(
            f"{weights}: has no int8 form yet; make one with "
            f"`python -m app export --model {weights} --precision int8`"
        )
    _make(weights, path, "branches")
    return path


def make_chooser(weights: Path) -> Path:
    """The ONNX file of these weights' chooser, made now if there is none. Raises ModelError."""
    path = _kept(weights, f"v{VERSION}.chooser.onnx")
    if not is_there(path):
        _make(weights, path, "chooser")
    return path


def _make(weights: Path, path: Path, part: "Part") -> None:
    try:
        make_folder(path.parent)
        from core.model.outline import fill_outline, has_outline

        facts = {"weights": file_sha256(weights)}
        settings = read_settings(weights)
        if has_outline(settings):
            fill_outline(path, weights, settings, part, facts)
            return
        check_torch(f"{weights}: a network that does not ship")
        from core.model.export_onnx import write_branches, write_chooser

        network = load_checkpoint(weights).network()
        write = write_branches if part == "branches" else write_chooser
        write(path, network, facts)
    except OutputError as error:
        raise ModelError(f"{error}, so the network cannot be kept{WAY_OUT}") from error


def read_losses(weights: Path) -> dict[str, float]:
    """Keypoint AP, in points, that each precision loses against float32, as far as measured."""
    path = _kept(weights, "losses.json")
    try:
        return dict(read_json_text(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}  # never measured, or another program's file


def keep_loss(weights: Path, precision: Precision, points: float) -> None:
    """Remember what a precision was measured to lose. Raises OutputError."""
    path = _kept(weights, "losses.json")
    make_folder(path.parent)
    losses = read_losses(weights) | {precision: round(points, 3)}
    write_whole(path, json.dumps(losses, indent=2) + "\n")


def _kept(weights: Path, ending: str) -> Path:
    name = f"{weights.stem}-{file_sha256(weights)[:12]}-{ending}"
    beside = weights.with_name(name)
    return beside if is_there(beside) else cache_folder() / "networks" / name
