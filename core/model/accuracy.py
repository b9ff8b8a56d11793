"""What the shipped weights reach at each input size, as far as it was measured."""

from collections.abc import Mapping
from pathlib import Path

# Keypoint AP on `val`: python -m app eval --model NAME --data val.json --size SIZE
_AP: dict[str, dict[int, float]] = {
    "mobile": {256: 0.271, 320: 0.331, 384: 0.375, 448: 0.383, 512: 0.382, 640: 0.379},
}


def accuracy_of(weights: Path) -> Mapping[int, float]:
    """Input size in px -> keypoint AP; the default weights' figures for those without."""
    return _AP.get(weights.stem, _AP["mobile"])
