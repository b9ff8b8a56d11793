"""Published YOLO-Pose checkpoints: their module numbers under our names, and their head layout."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from core.errors import ModelError
from core.model.checkpoint import Checkpoint, file_sha256
from core.model.network import PoseNetwork
from core.model.pickled import Record, module_kinds, module_tensors, read_pickled
from core.model.settings import Layout, ModelSettings

# Position in the published module list -> our module.
_TRUNK = {
    "1": "stage2.0",
    "2": "stage2.1",
    "3": "stage3.0",
    "4": "stage3.1",
    "5": "stage4.0",
    "6": "stage4.1",
    "7": "stage5.0",
    "8": "stage5.1",
    "9": "stage6.0",
    "10": "stage6.1",
    "11": "stage6.2",
    "12": "reduce5",
    "15": "top_down5",
    "16": "reduce4",
    "19": "top_down4",
    "20": "reduce3",
    "23": "top_down3",
    "24": "down4",
    "26": "bottom_up4",
    "27": "down5",
    "29": "bottom_up5",
    "30": "down6",
    "32": "bottom_up6",
}
_HEAD = "33"
_POOLING = "10"
# Objectness channels of the second and third anchor: of the box branch when split, of the
# keypoint branch when joined.
_SPLIT_CHANNELS, _JOINED_CHANNELS = (10, 16), (43, 100)
_CLEAR_BIAS = -2.0


def import_published(path: Path, layout: Literal["auto", "split", "joined"]) -> Checkpoint:
    """A published checkpoint as one of ours, in half precision as it was stored.

    Raises ModelError when the file is something else, or when `auto` cannot tell the layout.
    """
    module = _module_of(path, read_pickled(path))
    tensors = {
        ours: tensor
        for name, tensor in module_tensors(module)
        if (ours := _our_name(name.removeprefix("model."))) is not None
    }
    if not any(name.startswith("heads.") for name in tensors):
        raise ModelError(f"{path}: holds no YOLO-Pose network (no pose head where one should be)")
    settings = _settings_of(path, module, tensors, layout)
    expected = PoseNetwork(settings).state_dict()
    wrong = sorted(
        name
        for name in expected.keys() | tensors.keys()
        if name not in tensors
        or name not in expected
        or expected[name].shape != tensors[name].shape
    )
    if wrong:
        raise ModelError(
            f"{path}: its network is none that we know; {len(wrong)} tensors do not fit, "
            f"the first is {wrong[0]}"
        )
    history = {"source": path.name, "sha256": file_sha256(path), "layout": settings.layout}
    return Checkpoint(settings, tensors, history)


def _module_of(path: Path, content: Any) -> Record:
    """The averaged weights where the file has them, else the plain ones."""
    if isinstance(content, Mapping):
        for key in ("ema", "model"):
            if isinstance(content.get(key), Record):
                found: Record = content[key]
                return found
    if isinstance(content, Record):
        return content
    raise ModelError(f"{path}: holds no network, only {type(content).__name__} values")


def _our_name(name: str) -> str | None:
    """Name in the published tree without its leading `model.` -> ours; None for what is derived."""
    number, _, rest = name.partition(".")
    if number == "0":
        ours = f"trunk.stem.{rest}"
    elif number == _HEAD:
        if not rest.startswith("m"):
            return None  # anchors, which are constants here
        return _head_name(rest)
    elif number in _TRUNK:
        ours = f"trunk.{_TRUNK[number]}.{rest}"
        if number == _POOLING:
            ours = ours.replace(".cv1.", ".reduce.").replace(".cv2.", ".join.")
        ours = _bottleneck_name(ours)
        for theirs, mine in ((".cv1.", ".main."), (".cv2.", ".short."), (".cv3.", ".join.")):
            ours = ours.replace(theirs, mine)
    else:
        return None
    return ours.replace(".bn.", ".norm.")


def _bottleneck_name(name: str) -> str:
    before, separator, rest = name.partition(".m.")
    if not separator:
        return name
    index, convolution, leaf = rest.split(".", 2)
    return f"{before}.blocks.{index}.{'reduce' if convolution == 'cv1' else 'conv'}.{leaf}"


def _head_name(rest: str) -> str:
    """`m.LEVEL.weight`, `m_kpt.LEVEL.STEP.conv.weight` or `m_kpt.LEVEL.weight` -> ours."""
    branch, level, leaf = rest.split(".", 2)
    if branch == "m":
        return f"heads.{level}.box.0.{leaf}"
    step, _, tail = leaf.partition(".")
    if not step.isdigit():
        return f"heads.{level}.keypoints.0.{leaf}"
    position = int(step)
    if position >= 10:
        return f"heads.{level}.keypoints.{position - 5}.{tail}".replace(".bn.", ".norm.")
    part = "pointwise" if position % 2 else "depthwise"
    return f"heads.{level}.keypoints.{position // 2}.{part}.{tail}".replace(".bn.", ".norm.")


def _settings_of(
    path: Path, module: Record, tensors: Mapping[str, Tensor], layout: str
) -> ModelSettings:
    description = module.values.get("yaml") or {}
    try:
        depth, width = float(description["depth_multiple"]), float(description["width_multiple"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{path}: does not say its depth and width (model.yaml is missing)"
        ) from error
    kinds = {kind.rsplit(".", 1)[-1] for kind in module_kinds(module)}
    return ModelSettings(
        name=path.stem,
        depth=depth,
        width=width,
        stem="space_to_depth" if "Focus" in kinds else "convolution",
        activation="silu" if "SiLU" in kinds else "relu",
        keypoint_pairs=5 if "heads.0.keypoints.0.depthwise.conv.weight" in tensors else 0,
        layout=_layout_of(path, tensors, layout),
    )


def _layout_of(path: Path, tensors: Mapping[str, Tensor], layout: str) -> Layout:
    """Trained objectness biases are strongly negative, and so tell the layouts apart."""
    if layout == "split":
        return "split"
    if layout == "joined":
        return "joined"
    box = tensors["heads.0.box.0.bias"].float()
    last = max(int(name.split(".")[3]) for name in tensors if name.startswith("heads.0.keypoints."))
    keypoints = tensors[f"heads.0.keypoints.{last}.bias"].float()
    split = float(box[list(_SPLIT_CHANNELS)].mean())
    joined = float(keypoints[list(_JOINED_CHANNELS)].mean())
    if split < _CLEAR_BIAS and split < joined + _CLEAR_BIAS:
        return "split"
    if joined < _CLEAR_BIAS and joined < split + _CLEAR_BIAS:
        return "joined"
    raise ModelError(
        f"{path}: cannot tell how its head shares channels out to anchors; "
        "say --layout joined (official checkpoints) or --layout split"
    )
