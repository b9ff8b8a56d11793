"""Augmentation moves labels exactly as it moves pixels."""

import math
from dataclasses import fields, replace

import cv2
import numpy as np
import pytest

from core.geometry import GREY
from core.skeleton import COCO_17
from core.train.augment import (
    AugmentSettings,
    compose,
    crop_people,
    mirror,
    shift_colours,
    transform_people,
)
from core.train.dataset import People

STILL = AugmentSettings(*([0.0] * len(fields(AugmentSettings))))


def marked(size: int = 128) -> tuple[np.ndarray, People]:
    """A dark picture in which each keypoint is the middle of a bright dot."""
    rng = np.random.default_rng(3)
    dots = rng.uniform(30, size - 30, (1, 17, 2)).round().astype(np.float32)
    keypoints = dots + np.float32(0.5)
    picture = np.zeros((size, size, 3), np.uint8)
    for x, y in dots[0].astype(int):
        picture[y - 1 : y + 2, x - 1 : x + 2] = 255
    low, high = keypoints.min(1), keypoints.max(1)
    ones = np.ones((1, 17), np.float32)
    return picture, People(
        np.concatenate([low - 5, high + 5], 1),
        keypoints,
        ones,
        ones,
        np.ones((1, 17), np.bool_),
        np.array([900.0], np.float32),
        np.zeros((0, 4), np.float32),
    )


@pytest.mark.parametrize(
    "settings",
    [
        replace(STILL, scale=0.2),
        replace(STILL, rotate=40.0),
        replace(STILL, full_rotation=1.0),
        replace(STILL, translate=0.2),
        replace(STILL, flip=1.0),
        replace(STILL, scale=0.3, rotate=30.0, translate=0.1, flip=0.5),
    ],
    ids=["scale", "rotate", "any angle", "translate", "flip", "all"],
)
def test_dots_stay_under_their_keypoints(settings: AugmentSettings) -> None:
    picture, people = marked()
    for seed in range(5):
        canvas, moved = compose(
            [picture], [people], [1.0], 128, settings, COCO_17.flip, np.random.default_rng(seed)
        )
        visible = moved.visible[0] > 0
        assert visible.sum() > 5
        inside = np.floor(moved.keypoints[0][visible]).astype(int).clip(0, 127)
        # A dot that was warped to half its size may fall between two pixels.
        near = cv2.dilate(canvas[..., 0], np.ones((3, 3), np.uint8))
        assert (near[inside[:, 1], inside[:, 0]] > 60).all()


@pytest.mark.parametrize("flip", [0.0, 1.0], ids=["as it is", "mirrored"])
@pytest.mark.parametrize("scale", [1.0, 2.0], ids=["full size", "cached at twice the size"])
def test_a_blob_and_its_keypoint_keep_one_middle(flip: float, scale: float) -> None:
    _, people = marked()
    dot = np.full((int(128 * scale), int(128 * scale), 3), GREY, np.uint8)
    column, row = int(70 * scale), int(50 * scale)
    cv2.circle(dot, (column, row), 9, (255, 255, 255), -1)
    people.keypoints[:] = (np.array([column, row]) + 0.5) / scale
    settings = replace(STILL, scale=0.3, rotate=60.0, flip=flip)
    for seed in range(5):
        canvas, moved = compose(
            [dot], [people], [scale], 128, settings, COCO_17.flip, np.random.default_rng(seed)
        )
        light = canvas[..., 0].astype(float) - GREY
        rows, columns = np.indices(light.shape) + 0.5
        middle = (columns * light).sum() / light.sum(), (rows * light).sum() / light.sum()
        np.testing.assert_allclose(moved.keypoints[0, 0], middle, atol=0.1)


def test_focus_draws_one_of_the_people_large_and_central() -> None:
    picture, people = marked(size=512)
    small = replace(
        people,
        boxes=np.array([[400, 80, 440, 160]], np.float32),
        keypoints=np.tile(np.array([[420, 120]], np.float32), (1, 17, 1)),
    )

    def focused(people: People, seed: int) -> People:
        settings, random = replace(STILL, focus=1.0), np.random.default_rng(seed)
        return compose([picture], [people], [1.0], 128, settings, COCO_17.flip, random)[1]

    lengths = []
    for seed in range(20):
        moved = focused(small, seed)
        np.testing.assert_allclose(moved.keypoints[0], 64, atol=0.01)
        lengths.append(moved.boxes[0, 3] - moved.boxes[0, 1])
    assert 0.3 * 128 < min(lengths) < 0.6 * 128
    assert 0.8 * 128 < max(lengths) <= 128
    # Nobody to look at: the whole picture, as without focus.
    nobody = replace(small, weights=np.zeros((1, 17), np.float32))
    moved = focused(nobody, 0)
    np.testing.assert_allclose(moved.keypoints[0, 0], (105, 30), atol=0.01)


def test_mirror_twice_is_nothing_and_swaps_sides_once() -> None:
    picture, people = marked()
    once_picture, once = mirror(picture, people, COCO_17.flip)
    left, right = COCO_17.names.index("left_wrist"), COCO_17.names.index("right_wrist")
    assert once.keypoints[0, left, 0] == 128 - people.keypoints[0, right, 0]
    twice_picture, twice = mirror(once_picture, once, COCO_17.flip)
    np.testing.assert_array_equal(twice_picture, picture)
    np.testing.assert_allclose(twice.keypoints, people.keypoints)
    np.testing.assert_allclose(twice.boxes, people.boxes)


def test_area_follows_the_scale_and_boxes_turn_as_ellipses() -> None:
    _, people = marked()
    quarter = np.array([[0.0, -2.0, 0.0], [2.0, 0.0, 0.0]])  # 90 degrees, twice as large
    turned = transform_people(people, quarter)
    assert turned.areas[0] == pytest.approx(3600)
    before = people.boxes[0, 2:] - people.boxes[0, :2]
    after = turned.boxes[0, 2:] - turned.boxes[0, :2]
    np.testing.assert_allclose(after, 2 * before[::-1], rtol=1e-5)
    eighth = math.sqrt(0.5)
    square = replace(people, boxes=np.array([[-1, -1, 1, 1]], np.float32))
    matrix = np.array([[eighth, -eighth, 0], [eighth, eighth, 0]])
    np.testing.assert_allclose(transform_people(square, matrix).boxes, square.boxes, atol=1e-6)


def test_people_cut_off_become_ignore_zones_and_lost_keypoints_are_known_to_be_absent() -> None:
    _, people = marked()
    x1, x2 = people.boxes[0, [0, 2]]
    cut = crop_people(people, (0, 0, int((x1 + x2) / 2), 128))
    assert len(cut) == 1
    outside = people.keypoints[0, :, 0] >= int((x1 + x2) / 2)
    np.testing.assert_array_equal(cut.visible[0] == 0, outside)
    assert cut.known.all()
    sliver = crop_people(people, (0, 0, int(x1 + 0.1 * (x2 - x1)), 128))
    assert len(sliver) == 0
    assert len(sliver.ignore) == 1


def test_mosaic_keeps_everyone_inside_and_is_reproducible() -> None:
    picture, people = marked()
    arguments = ([picture] * 4, [people] * 4, [1.0] * 4, 192, AugmentSettings(), COCO_17.flip)
    canvas, joined = compose(*arguments, np.random.default_rng(7))
    again, _ = compose(*arguments, np.random.default_rng(7))
    np.testing.assert_array_equal(canvas, again)
    assert canvas.shape == (192, 192, 3)
    assert (joined.boxes >= 0).all()
    assert (joined.boxes <= 192).all()


def test_colours_change_only_when_asked() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8)
    assert shift_colours(picture, STILL, np.random.default_rng(0)) is picture
    changed = shift_colours(picture, replace(STILL, brightness=0.5), np.random.default_rng(0))
    assert (changed != picture).any()
