"""Damaged calibrations, clocks, skeletons and HDF5: each is refused in one sentence."""

import importlib
import random
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from campaign.mutations import mutated
from campaign.seeds_of_labels import files_of
from space_scene import CAMERAS

from app.__main__ import main
from core.errors import DatasetError, TableError
from core.skeleton import COCO_17
from core.space.calibration_files.formats import FORMATS
from core.space.calibration_files.own_toml import read_calibration
from core.space.camera import CalibrationError
from core.space.skeleton_files.csv_table import read_tracks3d
from core.tracks.formats.label_readers import read_label_file
from core.tracks.formats.own_process import read_apart

PARTS = ("x", "y", "z", "sd", "cameras")
ROW = "1.0,2.0,3.0,0.01,3"


def storage(**matrices: object) -> str:
    """The text of OpenCV's FileStorage."""
    file = cv2.FileStorage(".yml", cv2.FILE_STORAGE_WRITE | cv2.FILE_STORAGE_MEMORY)
    for name, values in matrices.items():
        file.write(name, values)
    return str(file.releaseAndGetString())


LENS = {"M1": np.eye(3), "D1": np.zeros((1, 5)), "M2": np.eye(3), "D2": np.zeros((1, 5))}
PLACE = {"R": np.eye(3), "T": np.zeros((3, 1))}


@pytest.mark.parametrize(
    ("lens", "place"),
    [
        ("%YAML:1.0\n---\nM1: [", storage(**PLACE)),
        (storage(**LENS).replace("rows: 3", "rows: 4", 1), storage(**PLACE)),
        (storage(**LENS | {"M1": np.zeros((0, 0))}), storage(**PLACE)),
        (storage(**LENS | {"M1": np.full((3, 3), np.inf)}), storage(**PLACE)),
        (storage(**LENS | {"M1": np.eye(2)}), storage(**PLACE)),
        (storage(**LENS), storage(R=np.eye(3), T=np.zeros((2, 1)))),
        (storage(**LENS), storage(**PLACE).replace("0.", "[]", 1)),
        ("\0" * 40, storage(**PLACE)),
    ],
)
def test_a_stereo_calibration(tmp_path: Path, lens: str, place: str) -> None:
    (tmp_path / "intrinsics.yml").write_text(lens)
    (tmp_path / "extrinsics.yml").write_text(place)
    with pytest.raises(CalibrationError, match=str(tmp_path)):
        FORMATS["opencv"].read(tmp_path)


@pytest.mark.parametrize("size", ["[1e999, 5]", "[" + "9" * 5000 + ", 5]", "[1, 2, 3]", "5"])
def test_a_picture_that_cannot_be(tmp_path: Path, size: str) -> None:
    path = tmp_path / "cameras.toml"
    path.write_text(
        f"[a]\nsize = {size}\nmatrix = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]\ndistortions = []\n"
        "rotation = [0, 0, 0]\ntranslation = [0, 0, 0]\n"
    )
    with pytest.raises(CalibrationError, match=r"cameras\.toml"):
        read_calibration(path)


def test_people_in_space_who_do_not_go_forward(tmp_path: Path) -> None:
    names = [f"{name}_{part}" for name in COCO_17.names for part in PARTS]
    header = ",".join(["frame", "time_s", "track_id", *names, "id_north"])
    rows = [f"{frame},{frame / 30},7,{','.join([ROW] * 17)},1" for frame in (0, 1, 1, 2)]
    path = tmp_path / "people.3d.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    with pytest.raises(TableError, match="line 4: frame and time_s of person 7"):
        read_tracks3d(path)
    assert main(["measure", str(path)]) == 2
    path.write_text("\n".join([header, *rows[:2], rows[3]]) + "\n")
    assert len(read_tracks3d(path)) == 3


def outside(file: h5py.File) -> None:
    file["frames"] = h5py.ExternalLink("/etc/passwd", "/")


def raw_outside(file: h5py.File) -> None:
    file.create_dataset("frames", (40,), "u1", external=[("/etc/passwd", 0, 40)])


def vast(file: h5py.File) -> None:
    file.create_dataset("frames", (2**40,), "f8", chunks=(1024,))


def circle(file: h5py.File) -> None:
    file["frames"] = h5py.SoftLink("/frames")


def nothing(file: h5py.File) -> None:
    file.attrs["format_id"] = "x"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (outside, "leads to another file"),
        (raw_outside, "lies in another file"),
        (vast, "holds 8796093 MB of arrays"),
        (circle, "cannot be understood"),
        (nothing, "cannot be"),
    ],
)
def test_hdf5(tmp_path: Path, made: Callable[[h5py.File], None], said: str) -> None:
    path = tmp_path / "labels.slp"
    with h5py.File(path, "w") as file:
        file.create_group("metadata").attrs["json"] = "{}"
        made(file)
    with pytest.raises(DatasetError, match=said) as caught:
        read_label_file(path)
    assert "\n" not in str(caught.value)


def test_hdf5_with_damage(tmp_path: Path) -> None:
    path = tmp_path / "labels.slp"
    with h5py.File(path, "w") as file:
        for name in ("frames", "instances", "points"):
            file[name] = np.arange(200)
    data = path.read_bytes()
    at = data.index(b"SNOD")
    path.write_bytes(data[:at] + b"\0\0\0\0" + data[at + 4 :])
    with pytest.raises(DatasetError, match="its HDF5 is damaged"):
        read_label_file(path)


def test_a_library_may_take_long_to_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.tracks.formats.own_process._PROCESSOR_S", 2)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "slow_library.py").write_text(
        "import time\nwhile time.process_time() < 2.2:\n    pass\n"
    )
    (tmp_path / "late_reader.py").write_text(
        "def content(path):\n    import slow_library\n    return {'bytes': path.stat().st_size}\n"
    )
    (tmp_path / "labels.slp").write_bytes(b"abc")
    content = importlib.import_module("late_reader").content
    assert read_apart(tmp_path / "labels.slp", content, "slow_library") == {"bytes": 3}


def test_hdf5_that_its_library_reads_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two pieces of a file are exchanged; a heap's list then ends nowhere."""
    monkeypatch.setattr("core.tracks.formats.own_process._PROCESSOR_S", 1)
    data = files_of("sleap")["labels.slp"]
    chance = random.Random(zlib.crc32(b"sleap 1000010"))
    chance.random()
    path = tmp_path / "labels.slp"
    way, changed = mutated(data, [data], False, chance)
    assert way == "swap"
    path.write_bytes(changed)
    with pytest.raises(DatasetError, match="without an answer"):
        read_label_file(path)


@pytest.mark.parametrize("width", [1_000_001, 10**400, 10**5000], ids=["large", "float", "text"])
def test_no_camera_has_a_picture_beyond_all_numbers(width: int) -> None:
    camera = CAMERAS.cameras[0]
    with pytest.raises(CalibrationError, match="no picture is that large"):
        replace(camera, size=(width, camera.size[1]))
