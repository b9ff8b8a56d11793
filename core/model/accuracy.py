"""What the shipped weights reach at each input size, as far as it was measured."""

from collections.abc import Mapping
from pathlib import Path

# Keypoint AP on `val`: python -m app eval --model NAME --data val.json --size SIZE
_AP: dict[str, dict[int, float]] = {
    "mobile": {256: 0.286, 320: 0.353, 384: 0.398, 448: 0.403, 512: 0.411, 640: 0.402},
}


def accuracy_of(weights: Path) -> Mapping[int, float]:
    """Input size in px -> keypoint AP; the default weights' figures for those without."""
    return _AP.get(weights.stem, _AP["mobile"])


# The same for other ways to look, of the default weights: in another precision (`--engine
# openvino --precision bfloat16`), and with another network.
_OTHERS: dict[str, dict[int, float]] = {
    "bfloat16": {256: 0.288, 320: 0.356, 384: 0.393, 448: 0.403, 512: 0.415, 640: 0.402},
    "light": {256: 0.124, 320: 0.162, 384: 0.185, 448: 0.191, 512: 0.207, 640: 0.209},
}


def others_of(weights: Path) -> Mapping[str, Mapping[int, float]]:
    """Precision or network -> input size in px -> keypoint AP; nothing for other weights."""
    return _OTHERS if weights.stem == "mobile" else {}
