"""Someone who comes back after long is known by the clothes, if that is asked for."""

import numpy as np
import pytest

from core.types import PoseBatch
from trackers.appearance import LENGTH, describe
from trackers.pose_tracker import PoseTracker, TrackerSettings
from trackers.track import Sighting

RED_ON_BLUE = ((200, 30, 30), (30, 30, 160))
GREEN_ON_GREY = ((30, 160, 60), (90, 90, 90))
Clothes = tuple[tuple[int, int, int], tuple[int, int, int]]


def street(x: int, clothes: Clothes) -> tuple[np.ndarray, PoseBatch]:
    """A picture with one person, and the person's box without keypoints."""
    picture = np.full((240, 640, 3), 128, np.uint8)
    picture[40:120, x : x + 60], picture[120:200, x : x + 60] = clothes
    box = np.array([[x, 40, x + 60, 200]], np.float32)
    nothing = np.zeros((1, 17), np.float32)
    return picture, PoseBatch(box, np.full(1, 0.9, np.float32), np.zeros((1, 17, 2)), nothing)


def ids_of(settings: TrackerSettings, clothes_later: Clothes) -> list[int]:
    """The ids of one who walks, is away for ten seconds, and comes back elsewhere."""
    tracker, ids = PoseTracker(settings), []
    for time_s in [*np.arange(0, 2, 0.1), *np.arange(12, 13, 0.1)]:
        later = time_s >= 12
        clothes = clothes_later if later else RED_ON_BLUE
        rgb, poses = street(500 if later else 20 + int(20 * time_s), clothes)
        tracker.see(rgb, poses)
        ids += tracker.update(poses, float(time_s)).ids.tolist()
    return sorted(set(ids))


@pytest.mark.parametrize(
    ("reidentify", "clothes", "expected"),
    [(True, RED_ON_BLUE, [1]), (True, GREEN_ON_GREY, [1, 2]), (False, RED_ON_BLUE, [1, 2])],
)
def test_clothes_bring_an_id_back(reidentify: bool, clothes: Clothes, expected: list[int]) -> None:
    assert ids_of(TrackerSettings(reidentify=reidentify), clothes) == expected


def test_a_description_has_length_one_and_outside_there_is_none() -> None:
    rgb, poses = street(100, RED_ON_BLUE)
    look = describe(rgb, Sighting.of(poses, 0))
    assert look is not None
    assert look.shape == (LENGTH,)
    assert look @ look == pytest.approx(1)
    poses.boxes[0] += 5000
    assert describe(rgb, Sighting.of(poses, 0)) is None
