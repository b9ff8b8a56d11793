"""The window on screens of more dots: Qt's scale factors 1.25, 1.5 and 2."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnt import burnt_clip

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("factor", [1.25, 1.5, 2])
def test_all_of_the_window_is_there(tmp_path: Path, factor: float) -> None:
    clip = burnt_clip(tmp_path / "clip.mp4", 5)
    script = str(Path(__file__).with_name("scaled_window.py"))
    done = subprocess.run(
        [sys.executable, script, str(tmp_path), str(clip)],
        cwd=ROOT,
        env=os.environ | {"QT_SCALE_FACTOR": str(factor)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["ratio"] == factor
    assert facts["cut"] == []
    assert np.allclose(facts["picture"], np.array(facts["window"]) * factor, atol=1)
    shown = cv2.imread(str(tmp_path / "window.png"))
    assert shown.shape[1::-1] == tuple(facts["picture"])
    left, top, width, height = (round(value * factor) for value in facts["view"])
    view = shown[top : top + height, left : left + width]
    # The clip, which is grey (90), is as large as its view holds; a message may lie over it.
    columns = (abs(view.astype(int) - 90) < 12).all(axis=2).any(axis=0)
    rows = (abs(view.astype(int) - 90) < 12).all(axis=2).any(axis=1)
    fitting = min(view.shape[1] / 96, view.shape[0] / 64)
    assert columns.sum() == pytest.approx(96 * fitting, rel=0.05)
    assert rows.sum() > 0.6 * 64 * fitting
