import numpy as np
import pytest
from walker import JOINT, walker

from core.skeleton import skeleton_named
from core.tracks.measure.scale import (
    CameraPose,
    Scale,
    ScaleError,
    from_height,
    from_line,
    from_plane,
)

TIMES_S = np.arange(200) / 50.0
SIZE = (1280, 720)


def pictured(points_m: np.ndarray, tilt_deg: float, roll_deg: float, fov_deg: float) -> np.ndarray:
    """Pixels of points (..., 3) metres, x right, y up, z ahead of a camera 1.5 m high."""
    tilt, roll = np.deg2rad((tilt_deg, roll_deg))
    x, up, ahead = points_m[..., 0], points_m[..., 1] - 1.5, points_m[..., 2]
    down = -up * np.cos(tilt) - ahead * np.sin(tilt)
    depth = ahead * np.cos(tilt) - up * np.sin(tilt)
    turned_x = x * np.cos(roll) + down * np.sin(roll)
    turned_down = -x * np.sin(roll) + down * np.cos(roll)
    focal = SIZE[1] / 2 / np.tan(np.deg2rad(fov_deg) / 2)
    return np.stack(
        [SIZE[0] / 2 + focal * turned_x / depth, SIZE[1] / 2 + focal * turned_down / depth], axis=-1
    )


def test_height() -> None:
    points, _ = walker(TIMES_S, height_px=400.0)
    noisy = points + np.random.default_rng(0).normal(0, 1.0, points.shape)
    scale = from_height(noisy, 1.8)
    step = scale.metres(np.array([[500.0, 300.0], [600.0, 200.0]]))
    assert step[1] - step[0] == pytest.approx([100 * 1.8 / 400] * 2, rel=0.02)
    metres = scale.metres(points)
    assert np.median(metres[0, [JOINT["left_ankle"], JOINT["right_ankle"]], 1]) < 0.4
    assert metres[0, JOINT["nose"], 1] == pytest.approx(1.6, abs=0.15)
    assert metres[..., 1].min() > -0.05


def test_no_height_of_what_is_no_body() -> None:
    points, _ = walker(TIMES_S, height_px=400.0)
    animal = skeleton_named([f"joint_{number}" for number in range(points.shape[1])])
    with pytest.raises(ScaleError, match=r"a height needs COCO's joints: .* have no nose"):
        from_height(points, 1.8, skeleton=animal)


@pytest.mark.parametrize(("tilt_deg", "roll_deg"), [(0, 0), (20, 0), (0, 12), (25, -15)])
def test_a_tilted_camera_is_levelled(tilt_deg: float, roll_deg: float) -> None:
    rng = np.random.default_rng(1)
    wall = np.concatenate([rng.uniform((-1, 0), (1, 2), (50, 2)), np.full((50, 1), 5.0)], axis=1)
    floor_line = np.array([[-1.0, 0.0, 5.0], [1.0, 0.0, 5.0]])
    start, end = pictured(floor_line, tilt_deg, roll_deg, 50.0)
    camera = CameraPose(SIZE, tilt_deg, roll_deg, 50.0)
    scale = from_line(tuple(start), tuple(end), 2.0, camera)
    found = scale.metres(pictured(wall, tilt_deg, roll_deg, 50.0))
    np.testing.assert_allclose(found, wall[:, :2] + [1.0, 0.0], atol=1e-9)


def test_line_levels_the_picture_and_may_be_drawn_backwards() -> None:
    forth = from_line((100.0, 500.0), (300.0, 520.0), 2.0)
    assert forth.metres(np.array([300.0, 520.0])) == pytest.approx([2.0, 0.0])
    back = from_line((300.0, 520.0), (100.0, 500.0), 2.0)
    assert back.metres(np.array([100.0, 500.0])) == pytest.approx([-2.0, 0.0])
    above = np.array([300.0, 420.0])
    assert forth.metres(above)[1] > 0.9
    assert back.metres(above)[1] == pytest.approx(forth.metres(above)[1])


def test_plane_undoes_perspective() -> None:
    ground = np.array([[0, 0], [4, 0], [4, 6], [0, 6], [1.5, 2.5], [3.0, 5.0]], float)
    seen = pictured(
        np.stack([ground[:, 0] - 2, np.zeros(6), ground[:, 1] + 6], axis=1), 15.0, 3.0, 50.0
    )
    scale = from_plane([tuple(p) for p in seen[:4]], 4.0, 6.0)
    np.testing.assert_allclose(scale.metres(seen), ground, atol=1e-4)
    assert np.isnan(scale.metres(np.full((2, 2), np.nan))).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: from_height(np.zeros((1, 17, 2)), 18.0), "a person of 18.0 m"),
        (lambda: from_height(np.full((1, 17, 2), np.nan), 1.8), "never all seen"),
        (lambda: from_line((0, 0), (9, 9), 0.0), "expected a positive length"),
        (lambda: from_line((5, 5), (5, 5), 1.0), "no length"),
        (lambda: from_plane([(0, 0), (1, 0), (2, 0), (0, 1)], 1, 1), "no three in one line"),
        (lambda: from_plane([(0, 0), (9, 9), (9, 0), (0, 9)], 1, 1), "in order around"),
        (lambda: from_plane([(0, 0), (9, 0), (9, 9), (0, 9)], 1, -1), "expected positive sides"),
        (lambda: CameraPose(SIZE, fov_deg=0.0), "angle of view"),
        (lambda: CameraPose(SIZE, tilt_deg=90.0), "tilt must be below 80"),
    ],
)
def test_nonsense_is_refused(make, message: str) -> None:
    with pytest.raises(ScaleError, match=message):
        make()


def test_scale_keeps_the_shape() -> None:
    scale = Scale(np.eye(3), "none")
    assert scale.metres(np.zeros((4, 17, 2))).shape == (4, 17, 2)
