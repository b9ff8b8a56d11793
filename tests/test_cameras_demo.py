"""The sample of four cameras goes through everything."""

from pathlib import Path

import numpy as np
import pytest

from app.__main__ import main
from app.space.cameras_demo import CAMERAS, errors_mm
from core.space.skeleton_files.csv_table import read_tracks3d
from core.space.sync.sync_file import read_sync


def test_the_sample_is_calibrated_set_in_step_and_reconstructed(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    output = tmp_path / "demo"
    assert main(["demo", "--cameras", "--output", str(output)]) == 0
    said = capsys.readouterr().out
    assert "never filmed" in said
    assert "nothing speaks against this calibration" in said
    assert "2 people of 2" in said
    truth = read_tracks3d(CAMERAS / "truth.3d.csv")
    off_mm = errors_mm(read_tracks3d(output / "people.3d.csv"), truth)
    assert np.nanmean(off_mm) < 35
    assert f"joints {np.nanmean(off_mm):.0f} mm off on average" in said
    # Errors are zero only for the truth itself, and see what is moved.
    assert np.nanmax(errors_mm(truth, truth)) < 1e-6
    clocks = read_sync(output / "sync.toml", ["north", "east", "south", "west"])
    offsets_s = np.array([clock.offset_s for clock in clocks])
    assert np.abs(offsets_s - [0.0, 0.42, -0.31, 0.77]).max() < 0.01


def test_the_sample_is_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in CAMERAS.iterdir()) < 2_000_000
