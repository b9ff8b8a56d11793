"""Points from rays: exact without noise, robust against single rays, honest about their error."""

import time

import numpy as np
from space_scene import CAMERAS

from core.space.triangulate import noise_of, triangulate

CAMS = CAMERAS.cameras


def _rays(points: np.ndarray, noise_mrad: float, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    rays = np.stack([camera.normalised(camera.project(points)) for camera in CAMS])
    return rays + generator.normal(0, noise_mrad / 1000, rays.shape)


def _points(count: int) -> np.ndarray:
    return np.random.default_rng(7).uniform([-1, -1, 0], [1, 1, 2], (count, 3))


def test_without_noise_points_are_exact() -> None:
    points = _points(30)
    found = triangulate(CAMS, _rays(points, 0, 0), np.ones((4, 30)), np.full((4, 30), 2.0))
    np.testing.assert_allclose(found.points, points, atol=1e-6)
    assert found.used.all()


def test_one_wrong_camera_is_outvoted_and_named() -> None:
    points = _points(40)
    rays = _rays(points, 1.0, 1)
    rays[2, ::2] += 0.2
    found = triangulate(CAMS, rays, np.ones((4, 40)), np.full((4, 40), 1.0))
    assert not found.used[2, ::2].any()
    assert np.linalg.norm(found.points - points, axis=1).max() < 0.03


def test_two_cameras_that_contradict_each_other_give_nothing() -> None:
    points = _points(5)
    rays = _rays(points, 0, 2)
    rays[2:] = np.nan
    rays[1, 0, 1] += 0.3
    found = triangulate(CAMS, rays, np.ones((4, 5)), np.full((4, 5), 1.0))
    assert np.isnan(found.points[0]).all()
    assert not found.used[:, 0].any()
    np.testing.assert_allclose(found.points[1:], points[1:], atol=1e-6)


def test_one_ray_or_none_gives_nothing() -> None:
    rays = _rays(_points(2), 0, 3)
    rays[1:, 0], rays[:, 1] = np.nan, np.nan
    found = triangulate(CAMS, rays, np.ones((4, 2)), np.full((4, 2), 1.0))
    assert np.isnan(found.points).all()
    assert np.isnan(found.covariance).all()


def test_the_noise_is_found_and_the_stated_uncertainty_is_the_error_that_is_made() -> None:
    count = 4000
    points = _points(count)
    rays, weights = _rays(points, 2.0, 4), np.ones((4, count))
    joints = np.zeros(count, np.intp)
    noise = noise_of(CAMS, rays, weights, joints)
    np.testing.assert_allclose(noise, 2.0, rtol=0.15)
    started_s = time.process_time()
    found = triangulate(CAMS, rays, weights, noise[:, joints])
    print(f"\n{1000 * (time.process_time() - started_s) / count:.3f} CPU-s a 1,000 points")
    off = found.points - points
    chi_squared = np.einsum("pi,pij,pj->p", off, np.linalg.inv(found.covariance), off)
    assert 0.7 < chi_squared.mean() / 3 < 1.5


def test_a_ray_of_little_weight_moves_the_point_little() -> None:
    points = _points(1)
    rays = _rays(points, 0, 5)
    rays[3] += 0.004
    noise = np.full((4, 1), 2.0)
    full = triangulate(CAMS, rays, np.ones((4, 1)), noise)
    light = triangulate(CAMS, rays, np.array([[1.0], [1.0], [1.0], [0.05]]), noise)
    near, far = (np.linalg.norm(found.points - points) for found in (light, full))
    assert near < far / 3
