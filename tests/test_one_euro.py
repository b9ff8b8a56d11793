import numpy as np
import pytest

from core.tracks.clean.one_euro import OneEuro, OneEuroSettings
from core.types import PoseBatch, Tracks


def tracks_at(points: dict[int, np.ndarray], score: float = 0.9, observed: bool = True) -> Tracks:
    keypoints = np.stack(list(points.values())).astype(np.float32)
    count, joints = keypoints.shape[:2]
    poses = PoseBatch(
        np.tile(np.array([0, 0, 100, 400], np.float32), (count, 1)),
        np.full(count, 0.9, np.float32),
        keypoints,
        np.full((count, joints), score, np.float32),
    )
    return Tracks(np.array(list(points), np.int64), poses, np.full(count, observed))


def run(path: np.ndarray, times_s: np.ndarray, settings: OneEuroSettings) -> np.ndarray:
    smoother = OneEuro(settings)
    return np.stack(
        [
            smoother.smooth(tracks_at({7: point[None]}), float(time_s)).poses.keypoints[0, 0]
            for point, time_s in zip(path, times_s, strict=True)
        ]
    )


@pytest.mark.parametrize("rate_hz", [15.0, 30.0, 120.0])
def test_noise_at_rest_falls_as_the_cutoff_says(rate_hz: float) -> None:
    times_s = np.arange(int(40 * rate_hz)) / rate_hz
    noise = np.random.default_rng(0).normal(0, 2.0, (len(times_s), 2))
    settings = OneEuroSettings(min_cutoff_hz=1.0, speed_gain=0.0)
    steady = run(200 + noise, times_s, settings)[int(2 * rate_hz) :]
    # An exponential filter of weight w keeps w / (2 - w) of white noise's power.
    weight = 1 / (1 + rate_hz / (2 * np.pi * 1.0))
    assert steady.std() == pytest.approx(2.0 * np.sqrt(weight / (2 - weight)), rel=0.2)


def test_uneven_time_gives_the_same_curve_as_even_time() -> None:
    fine_s = np.arange(0, 4, 1 / 240)
    coarse = np.sort(np.random.default_rng(1).choice(len(fine_s), 200, replace=False))
    path = np.stack([100 * np.sin(fine_s * 3), 100 * np.cos(fine_s * 2)], axis=1)
    settings = OneEuroSettings()
    even = run(path, fine_s, settings)[coarse]
    uneven = run(path[coarse], fine_s[coarse], settings)
    assert np.abs(even - uneven)[20:].max() < 6.0


def test_fast_motion_lags_less_than_the_plain_filter() -> None:
    times_s = np.arange(120) / 30.0
    path = np.stack([600 * times_s, np.zeros(120)], axis=1)
    lag = {
        gain: np.abs(run(path, times_s, OneEuroSettings(speed_gain=gain)) - path)[60:].mean()
        for gain in (0.0, 8.0)
    }
    assert lag[8.0] < 0.35 * lag[0.0]


def test_people_are_kept_apart_and_forgotten() -> None:
    smoother = OneEuro(OneEuroSettings(forget_s=0.3))
    here, there = np.full((17, 2), 10.0), np.full((17, 2), 300.0)
    smoother.smooth(tracks_at({1: here, 2: there}), 0.0)
    both = smoother.smooth(tracks_at({2: there + 1, 1: here + 1}), 0.1).poses.keypoints
    assert (both[0] > 299).all()
    assert (both[1] < 12).all()
    back = smoother.smooth(tracks_at({1: there}), 1.0).poses.keypoints
    np.testing.assert_array_equal(back[0], there)  # unseen for 0.9 s: no trail from the old place
    again = smoother.smooth(tracks_at({1: here}), 0.2).poses.keypoints
    np.testing.assert_array_equal(again[0], here)  # a clip that starts over


def test_unseen_joints_and_predicted_people_pass_unchanged() -> None:
    smoother = OneEuro()
    here = np.full((17, 2), 10.0)
    smoother.smooth(tracks_at({1: here}), 0.0)
    moved = tracks_at({1: here + 50}, score=0.0)
    np.testing.assert_array_equal(
        smoother.smooth(moved, 0.1).poses.keypoints, moved.poses.keypoints
    )
    predicted = tracks_at({1: here + 50}, observed=False)
    np.testing.assert_array_equal(
        smoother.smooth(predicted, 0.2).poses.keypoints, predicted.poses.keypoints
    )
    seen = smoother.smooth(tracks_at({1: here + 50}), 0.3).poses.keypoints
    assert ((seen > 10) & (seen < 60)).all()


@pytest.mark.parametrize("values", [{"min_cutoff_hz": 0.0}, {"speed_gain": -1.0}])
def test_settings_refuse_nonsense(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        OneEuroSettings(**values)
