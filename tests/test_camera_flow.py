"""The camera's motion, from pictures whose motion is known."""

import cv2
import numpy as np
import pytest

from core.types import PoseBatch
from trackers.camera_flow import CameraFlow
from trackers.pose_tracker import PoseTracker, TrackerSettings

NOBODY = np.zeros((0, 4), np.float32)
SIZE = (640, 480)


def scene() -> np.ndarray:
    """A wide textured world."""
    coarse = np.random.default_rng(8).integers(0, 255, (60, 120, 3), np.uint8)
    return cv2.resize(coarse, (1920, 960), interpolation=cv2.INTER_CUBIC)


def look(warp: np.ndarray) -> np.ndarray:
    """The world through a camera; `warp` (2, 3) takes world pixels to picture pixels."""
    return cv2.warpAffine(scene(), warp, SIZE)


def still(x: float = 300.0, y: float = 200.0) -> np.ndarray:
    return np.array([[1, 0, -x], [0, 1, -y]], np.float64)


def test_a_still_camera_says_nothing() -> None:
    flow = CameraFlow()
    noise = np.random.default_rng(1)
    for _ in range(3):
        picture = look(still()).astype(np.int16) + noise.integers(-3, 4, (SIZE[1], SIZE[0], 3))
        assert flow.follow(np.clip(picture, 0, 255).astype(np.uint8), NOBODY) is None


@pytest.mark.parametrize(("dx", "dy"), [(14.0, 0.0), (-9.0, 6.0), (30.0, -12.0)])
def test_a_pan_is_measured(dx: float, dy: float) -> None:
    flow = CameraFlow()
    flow.follow(look(still()), NOBODY)
    warp = flow.follow(look(still(300 - dx, 200 - dy)), NOBODY)
    assert warp is not None
    np.testing.assert_allclose(warp, [[1, 0, dx], [0, 1, dy]], atol=1.0)
    np.testing.assert_allclose(warp[:, :2], np.eye(2), atol=0.005)


def test_a_zoom_is_measured() -> None:
    flow = CameraFlow()
    flow.follow(look(still()), NOBODY)
    warp = flow.follow(look(1.04 * still()), NOBODY)
    assert warp is not None
    np.testing.assert_allclose(warp[:, :2], 1.04 * np.eye(2), atol=0.005)


def test_a_person_who_moves_is_not_the_camera() -> None:
    flow = CameraFlow()
    pictures = []
    for x in (100, 130):
        picture = look(still())
        picture[100:400, x : x + 200] = scene()[600:900, 0:200]
        pictures.append((picture, np.array([[x, 100, x + 200, 400]], np.float32)))
    assert flow.follow(*pictures[0]) is None
    assert flow.follow(*pictures[1]) is None


def follow(settings: TrackerSettings) -> list[int]:
    """Ids of one who stands still while a camera jerks to and fro, faster than the body is wide."""
    tracker, ids = PoseTracker(settings), []
    for number, pan in enumerate([0, 0, 0, 25, 50, 75, 100, 75, 50, 25, 0, 25, 50]):
        box = np.array([[300 - pan, 200, 318 - pan, 250]], np.float32)
        poses = PoseBatch(
            box,
            np.full(1, 0.9, np.float32),
            np.zeros((1, 17, 2), np.float32),
            np.zeros((1, 17), np.float32),
        )
        tracker.see(look(still(300 + pan)), poses)
        ids += tracker.update(poses, number / 25).ids.tolist()
    return ids


def test_an_id_survives_a_camera_that_jerks() -> None:
    assert set(follow(TrackerSettings())) == {1}
    assert len(set(follow(TrackerSettings(camera_flow=False)))) > 1
