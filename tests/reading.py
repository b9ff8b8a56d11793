"""What tests of sources read frames with."""

from collections.abc import Iterator

import numpy as np
import pytest

from core.errors import DamagedSourceError
from core.types import Frame
from core.video.capture import read_frames
from core.video.source import CaptureSettings


def difference(rgb: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(rgb.astype(int) - other.astype(int)).mean())


def read_until_damage(
    source: str, settings: CaptureSettings | None = None
) -> tuple[list[Frame], DamagedSourceError]:
    frames: list[Frame] = []
    with pytest.raises(DamagedSourceError) as caught:
        collect(read_frames(source, settings), frames)
    return frames, caught.value


def collect(source: Iterator[Frame], frames: list[Frame]) -> None:
    for frame in source:
        frames.append(frame)
