import numpy as np
import pytest
from walker import Series, table, walker

from core.settings import build
from core.skeleton import COCO_17
from core.tracks.clean.cutoff import residual_analysis
from core.tracks.clean.gaps import fill
from core.tracks.clean.kalman import kalman_smoother
from core.tracks.clean.outliers import hampel
from core.tracks.clean.recipe import CleanSettings, clean
from core.tracks.clean.segments import segments
from core.tracks.clean.smooth import butterworth, median, moving_median, savitzky_golay
from core.tracks.motion import Flag, motions_of, table_of

RATE_HZ = 60.0
EVEN_S = np.arange(600) / RATE_HZ
# Every third frame lost, now and then several: the steps are 1, 2 or 5 sixtieths.
UNEVEN_S = np.delete(EVEN_S, np.r_[1:600:3, 100:104, 300:304])


def swing(times_s: Series) -> Series:
    """A smooth path below 2 Hz, in px."""
    x = 300 + 80 * np.sin(2 * np.pi * 0.8 * times_s) + 15 * np.sin(2 * np.pi * 1.9 * times_s + 1)
    y = 200 + 60 * np.cos(2 * np.pi * 1.1 * times_s)
    return np.stack([x, y], axis=1)


def rms(values: Series) -> float:
    return float(np.sqrt(np.mean(values**2)))


def test_butterworth_halves_the_power_at_its_cutoff_and_shifts_nothing() -> None:
    times_s = np.arange(2400) / 120.0
    wave = np.sin(2 * np.pi * 6.0 * times_s)[:, None]
    for order in (2, 4, 8):
        middle = butterworth(wave, times_s, 6.0, order)[600:-600]
        assert np.abs(middle).max() == pytest.approx(1 / np.sqrt(2), abs=0.002)
        slope = (middle * wave[600:-600]).sum() / (wave[600:-600] ** 2).sum()
        assert middle == pytest.approx(slope * wave[600:-600], abs=1e-3)


@pytest.mark.parametrize("sigma_px", [0.5, 2.0, 5.0])
def test_butterworth_leaves_no_more_noise_than_its_gain_says(sigma_px: float) -> None:
    clean_path = swing(EVEN_S)
    noisy = clean_path + np.random.default_rng(0).normal(0, sigma_px, clean_path.shape)
    impulse = np.zeros((601, 1))
    impulse[300] = 1.0
    gain = np.sqrt((butterworth(impulse, np.arange(601) / RATE_HZ, 6.0) ** 2).sum())
    distortion = rms(butterworth(clean_path, EVEN_S, 6.0) - clean_path)
    error = rms(butterworth(noisy, EVEN_S, 6.0) - clean_path)
    # 600 samples at this gain hold about 100 independent ones: 3 standard errors are 21 %.
    assert 0.79 * gain * sigma_px < error < 1.21 * gain * sigma_px + distortion


@pytest.mark.parametrize("sigma_px", [0.0, 2.0])
@pytest.mark.parametrize(
    ("smooth", "share"),
    [
        (lambda v, t: butterworth(v, t, 6.0), 0.75),
        (lambda v, t: savitzky_golay(v, t, 0.25), 0.75),
        (lambda v, t: kalman_smoother(v[:, None], t)[0][:, 0], 0.75),
        (lambda v, t: median(v, t, 0.15), 1.0),  # on a slope the median is the middle sample
    ],
    ids=["butterworth", "savitzky_golay", "kalman", "median"],
)
def test_smoothers_keep_to_the_true_times(smooth, share: float, sigma_px: float) -> None:
    clean_path = swing(UNEVEN_S)
    noisy = clean_path + np.random.default_rng(1).normal(0, sigma_px, clean_path.shape)
    error = smooth(noisy, UNEVEN_S) - clean_path
    assert rms(error) < (share * sigma_px if sigma_px else 1.0)
    # A filter that took the frames as evenly spaced would see 5 lost frames as a jump.
    assert np.abs(error).max() < (4 * sigma_px if sigma_px else 4.0)


@pytest.mark.parametrize("sigma_px", [0.5, 2.0, 8.0])
def test_kalman_leaves_no_more_noise_than_its_stiffness_says(sigma_px: float) -> None:
    clean_path = swing(EVEN_S)
    noisy = clean_path + np.random.default_rng(2).normal(0, sigma_px, clean_path.shape)
    smoothed, stiffness = kalman_smoother(noisy[:, None], EVEN_S)
    edge_hz = (float(stiffness[0]) * RATE_HZ) ** (1 / 6) / (2 * np.pi)
    # The integral of 1 / (1 + u^6)^2 from 0 to infinity is 5 pi / 18.
    gain = np.sqrt(2 * edge_hz * 5 * np.pi / 18 / RATE_HZ)
    assert gain < 0.45
    assert rms(smoothed[:, 0] - clean_path) < 1.25 * gain * sigma_px


def test_kalman_estimates_what_was_not_measured() -> None:
    path = swing(EVEN_S)
    points = np.stack([path, path + 3.0], axis=1)
    points[200:206, 0] = np.nan
    points[:590, 1] = np.nan
    points[595:, 1] = np.nan
    smoothed, _ = kalman_smoother(points, EVEN_S)
    assert np.abs(smoothed[200:206, 0] - path[200:206]).max() < 1.0
    np.testing.assert_array_equal(smoothed[:, 1], points[:, 1])  # too little to learn from


@pytest.mark.parametrize("sigma_px", [1.0, 4.0])
def test_residual_analysis_finds_noise_and_a_cutoff_between_signal_and_noise(
    sigma_px: float,
) -> None:
    clean_path = swing(EVEN_S)
    noisy = clean_path + np.random.default_rng(3).normal(0, sigma_px, clean_path.shape)
    found = residual_analysis(noisy, EVEN_S)
    assert found is not None
    assert found.noise == pytest.approx(sigma_px, rel=0.15)
    assert 1.9 < found.cutoff_hz < 8.0
    best = min(rms(butterworth(noisy, EVEN_S, float(c)) - clean_path) for c in found.cutoffs_hz)
    assert rms(butterworth(noisy, EVEN_S, found.cutoff_hz) - clean_path) < 1.6 * best
    assert residual_analysis(noisy[:10], EVEN_S[:10]) is None


def test_hampel_finds_planted_outliers_alone() -> None:
    rng = np.random.default_rng(4)
    path = swing(EVEN_S) + rng.normal(0, 1.0, (600, 2))
    planted = np.array([50, 51, 200, 380, 590])
    path[planted] += np.array([60.0, -40.0])
    path[300:310] = np.nan
    found = hampel(path, EVEN_S, sigmas=4.0, floor=8.0)
    assert found[planted].all()
    assert found.sum() == len(planted)


def test_gaps_are_filled_up_to_the_limit_and_never_beyond() -> None:
    path = swing(EVEN_S)
    holes = path.copy()
    holes[:5] = np.nan
    holes[100:105] = np.nan  # six steps of 1/60 s from value to value: 0.1 s
    holes[200:206] = np.nan  # seven: 0.117 s
    holes[-3:] = np.nan
    result, filled = fill(holes, EVEN_S, 0.1)
    assert np.flatnonzero(filled).tolist() == list(range(100, 105))
    assert np.abs(result[100:105] - path[100:105]).max() < 2.0
    assert np.isnan(result[[0, 4, 200, 205, 599]]).all()
    assert not fill(holes, EVEN_S, 0.0)[1].any()


def test_segments_end_at_gaps_and_at_jumps_of_time() -> None:
    times_s = np.array([0.0, 0.1, 0.2, 0.3, 1.3, 1.4])
    present = np.array([True, True, False, True, True, True])
    assert segments(present, times_s, 0.2) == [slice(0, 2), slice(3, 4), slice(4, 6)]
    assert segments(np.zeros(0, bool), np.zeros(0), 0.2) == []


def test_moving_median_ignores_what_is_missing() -> None:
    values = np.array([[1.0], [np.nan], [3.0], [100.0], [np.nan]])
    times_s = np.array([0.0, 0.1, 0.2, 0.3, 1.0])
    expected = [1.0, 2.0, 51.5, 51.5, np.nan]
    assert moving_median(values, times_s, 0.2)[:, 0] == pytest.approx(expected, nan_ok=True)


def noisy_walk(sigma_px: float, rate_hz: float = 30.0, seconds: float = 6.0):
    times_s = np.arange(int(seconds * rate_hz)) / rate_hz
    truth, _ = walker(times_s)
    noisy = truth + np.random.default_rng(5).normal(0, sigma_px, truth.shape)
    return times_s, truth, noisy


@pytest.mark.parametrize("smoothing", ["none", "butterworth", "kalman", "median", "savitzky_golay"])
def test_recipe_flags_every_value_that_was_not_measured(smoothing: str) -> None:
    times_s, truth, noisy = noisy_walk(1.5)
    scores = np.full((len(times_s), 17), 0.9)
    scores[40:43, 9] = 0.0  # 4 steps: filled
    scores[60:90, 10] = 0.1  # a second: stays empty
    noisy[120, 15] += 90.0
    present = np.ones(len(times_s), bool)
    present[100:103] = False
    run = table({4: noisy}, times_s, {4: scores}, {4: present})
    (motion,) = motions_of(run)
    settings = build(CleanSettings, {"smoothing": smoothing, "fix_swaps": False})
    cleaned = clean(motion, settings).motion
    filled, missing = cleaned.has(Flag.FILLED), cleaned.has(Flag.MISSING)
    assert filled[40:43, 9].all()
    assert filled[100:103].sum() == 3 * 17
    assert cleaned.flags[120, 15] == Flag.OUTLIER | Flag.FILLED
    assert missing[60:90, 10].all()
    assert missing.sum() == 30
    assert np.isnan(cleaned.keypoints[missing]).all()
    assert np.isfinite(cleaned.keypoints[~missing]).all()
    error = (cleaned.keypoints - truth)[~missing]
    # Filtering takes noise away; what little the outlier test rejects is interpolated.
    assert rms(error) < (1.6 if smoothing == "none" else 1.5)
    assert np.abs(cleaned.keypoints[120, 15] - truth[120, 15]).max() < 20.0
    expected_raw = np.where(present[:, None, None], noisy, np.nan)
    np.testing.assert_allclose(cleaned.raw, expected_raw, atol=1e-4)


def test_table_of_cleaned_motions_keeps_every_frame() -> None:
    times_s, _, noisy = noisy_walk(0.5, seconds=2.0)
    here = np.ones(60, bool)
    here[[0, 1, 20, 21, 59]] = False
    run = table({2: noisy}, times_s, present={2: here})
    back = table_of([clean(m).motion for m in motions_of(run)], run)
    assert np.unique(back.frames).tolist() == list(range(60))
    assert back.ids[[0, 1, 59]].tolist() == [-1, -1, -1]
    assert back.ids[[20, 21]].tolist() == [2, 2]  # a short gap is filled
    assert len(back) == 60
    assert table_of([], run).ids.tolist() == [-1] * 60


def test_residual_cutoffs_are_reported_by_joint() -> None:
    times_s, truth, noisy = noisy_walk(2.0, rate_hz=60.0)
    (motion,) = motions_of(table({1: noisy}, times_s))
    cleaned = clean(motion, CleanSettings(cutoff_hz="residual"))
    assert set(cleaned.cutoffs_hz) == set(COCO_17.names)
    assert 1.0 < cleaned.cutoffs_hz["left_ankle"] < 12.0
    assert rms(cleaned.motion.keypoints - truth) < 1.5


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cutoff_hz": -1.0}, "cutoff_hz must be positive"),
        ({"order": 3}, "order must be 2, 4, 6"),
        ({"max_gap_s": -0.1}, "max_gap_s must not be negative"),
        ({"window_s": 0.0}, "window_s must be positive"),
        ({"degree": 0}, "degree must be at least 1"),
    ],
)
def test_settings_refuse_nonsense(values: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CleanSettings(**values)
