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
