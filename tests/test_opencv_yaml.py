"""YAML that OpenCV wrote is read as OpenCV reads it; damaged files are one sentence."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.space.calibration_files.opencv_yaml import matrix_in, names_in, number_in, read_storage
from core.space.camera import CalibrationError


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A file by OpenCV itself, with small and large numbers."""
    path = tmp_path / "extri.yml"
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    storage.write("R_left", np.array([[1e-17], [-2.5], [3e22]]))
    storage.write("K_left", np.random.default_rng(0).normal(size=(3, 3)) * 1e3)
    storage.write("whole", np.arange(40, dtype=np.int32).reshape(4, 10))
    storage.write("H_left", 1080.0)
    storage.startWriteStruct("names", cv2.FileNode_SEQ)
    for name in ("left", "01"):
        storage.write("", name)
    storage.endWriteStruct()
    storage.release()
    return path


def test_values_are_those_of_opencv(written: Path) -> None:
    values = read_storage(written)
    storage = cv2.FileStorage(str(written), cv2.FILE_STORAGE_READ)
    for name in ("R_left", "K_left", "whole"):
        expected = storage.getNode(name).mat()
        found = matrix_in(values, name)
        assert found is not None
        assert found.shape == expected.shape
        assert np.array_equal(found, expected)
    assert number_in(values, "H_left") == 1080.0
    assert names_in(values, "names") == ["left", "01"]
    assert matrix_in(values, "T_left") is None
    assert number_in(values, "W_left") == 0.0


@pytest.mark.parametrize(
    ("before", "after"),
    [("   rows: 3", "   [rows: 3"), ("cols: 1", "cols: 2"), ("cols: 1", "cols: -x"), ("dt: d", "")],
)
def test_a_damaged_matrix_is_refused_or_read(written: Path, before: str, after: str) -> None:
    written.write_text(written.read_text().replace(before, after, 1))
    if after == "":  # the kind of number is not asked for
        assert matrix_in(read_storage(written), "R_left") is not None
        return
    with pytest.raises(CalibrationError):
        matrix_in(read_storage(written), "R_left")


@pytest.mark.parametrize("text", ["", "R: 1\n", "%YAML:1.0\n---\n- 1\n", "%YAML:1.0\n\x00"])
def test_what_is_no_storage_is_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "intri.yml"
    path.write_text(text)
    with pytest.raises(CalibrationError, match="is not a file of OpenCV's FileStorage"):
        read_storage(path)
    with pytest.raises(CalibrationError, match="there is no such file"):
        read_storage(tmp_path / "none.yml")
