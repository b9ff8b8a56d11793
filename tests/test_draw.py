"""What is drawn on the frames of a video."""

import numpy as np
import pytest

from core.errors import SettingsError
from core.palette import TRACK_COLOURS, track_rgb
from core.settings import build
from core.skeleton import COCO_17
from core.types import Frame, FrameResult, PoseBatch, Tracks
from core.video.draw import Annotator, DrawSettings

BARE = DrawSettings(boxes=False, ids=False, trail_s=0)


def standing(x: float, *, size: tuple[int, int] = (320, 240), index: int = 0) -> FrameResult:
    """One person whose joints lie on a line from (x, 40) to (x, 200)."""
    keypoints = np.stack([np.full(17, x), np.linspace(40, 200, 17)], axis=1)[None]
    poses = PoseBatch(
        np.array([[x - 30, 30, x + 30, 210]], np.float32),
        np.array([0.9], np.float32),
        keypoints.astype(np.float32),
        np.ones((1, 17), np.float32),
    )
    frame = Frame(index, index / 25, 0, np.zeros((size[1], size[0], 3), np.uint8))
    return FrameResult(frame, poses, Tracks(np.array([1]), poses, np.ones(1, np.bool_)))


def changed(settings: DrawSettings, result: FrameResult) -> np.ndarray:
    return (Annotator(settings)(result) != result.frame.rgb).any(axis=2)


def test_a_skeleton_in_the_colour_of_its_id() -> None:
    result = standing(100)
    image = Annotator(BARE)(result)
    assert (image == track_rgb(1)).all(axis=2).any()
    drawn = image.any(axis=2)
    assert drawn[45:195, 97:104].any(axis=1).all()
    assert not drawn[:, :90].any()
    assert not drawn[:, 110:].any()
    assert not result.frame.rgb.any()


def test_unseen_keypoints_are_not_drawn() -> None:
    result = standing(100)
    result.poses.keypoint_scores[:] = 0
    assert not changed(BARE, result).any()
    result.poses.keypoint_scores[:] = 0.2
    assert not changed(BARE, result).any()
    assert changed(DrawSettings(0.1, boxes=False, ids=False, trail_s=0), result).any()


def test_predicted_people_are_not_drawn() -> None:
    result = standing(100)
    result.tracks.observed[:] = False
    assert not changed(DrawSettings(), result).any()


@pytest.mark.parametrize(
    ("settings", "region"),
    [
        (DrawSettings(ids=False, trail_s=0), (slice(60, 180), slice(69, 72))),
        (DrawSettings(boxes=False, trail_s=0), (slice(0, 30), slice(70, 85))),
    ],
)
def test_boxes_and_ids(settings, region) -> None:
    assert changed(settings, standing(100))[region].any()
    assert not changed(BARE, standing(100))[region].any()


def test_a_trail_follows_the_feet() -> None:
    annotate = Annotator(DrawSettings(boxes=False, ids=False, trail_s=0.2))
    for index in range(10):
        image = annotate(standing(50 + 20 * index, index=index))
    feet = image[209:212].any(axis=(0, 2))
    assert feet[140:225].all()
    assert not feet[:120].any()


def test_lines_follow_the_size_of_the_picture() -> None:
    small = changed(BARE, standing(100, size=(320, 240)))
    large = changed(BARE, standing(100, size=(1920, 1080)))
    assert large[100].sum() > small[100].sum()


def test_far_outside_and_not_finite_numbers_are_survived() -> None:
    result = standing(100)
    result.poses.keypoints[0, :3] = [[np.nan, 0], [1e30, -1e30], [-1e6, 5]]
    result.poses.boxes[0, 2] = np.inf
    Annotator(DrawSettings())(result)


def test_colours_are_told_apart_and_repeat() -> None:
    assert len({track_rgb(index) for index in range(1, 13)}) == len(TRACK_COLOURS) == 12
    assert track_rgb(13) == track_rgb(1)


@pytest.mark.parametrize("values", [{"trail_s": -1}, {"line_scale": 0}, {"keypoint_threshold": 2}])
def test_settings_are_checked(values) -> None:
    with pytest.raises(SettingsError):
        build(DrawSettings, values)


def test_every_limb_joins_two_keypoints() -> None:
    assert {index for limb in COCO_17.limbs for index in limb} == set(range(17))
