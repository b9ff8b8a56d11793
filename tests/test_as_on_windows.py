"""What Windows refuses, refused here: names of devices, and other names for files that are open."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from stick_people import write_dataset
from tiny_video import corners, write_video
from walker import table, walker

import core.one_writer
from app.__main__ import main
from app.results.clip_results import plan_results
from core.errors import OutputError
from core.part_file import write_whole
from core.skeleton import COCO_17
from core.tracks.csv_long import write_track_csv
from core.tracks.edits.file import save_edits
from core.tracks.formats.registry import WITHOUT_SCALE
from core.train.archives import pack_dataset
from core.train.dataset import read_dataset
from core.train.image_cache import ImageCache
from ui.session.own_weights import keep_weights

FAST = ["--engine", "onnxruntime", "--set", "estimator.size=64", "--set", "estimator.threads=1"]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is open or mapped in this process keeps its name and its place."""
    if not Path("/proc/self/maps").exists():
        pytest.skip("asks Linux which files are open")

    def check(*paths: str | os.PathLike[str]) -> None:
        names = {os.path.realpath(path) for path in paths}
        for handle in list(Path("/proc/self/fd").iterdir()):
            if handle.is_symlink():
                assert os.path.realpath(handle) not in names, "is open"
        for line in Path("/proc/self/maps").read_text().splitlines():
            assert line.split(maxsplit=5)[-1] not in names, "is mapped"

    for name in ("replace", "rename", "unlink", "remove"):
        real = getattr(os, name)

        def wrapped(*paths: str, real=real, **more: object) -> None:
            check(*paths)
            real(*paths, **more)

        monkeypatch.setattr(os, name, wrapped)
    monkeypatch.setattr(core.one_writer, "RENAMES_OPEN_FILES", False)


def test_the_fixture_sees_open_and_mapped_files(tmp_path: Path, held: None) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 10)
    with path.open("rb"), pytest.raises(AssertionError, match="is open"):
        path.replace(tmp_path / "b")
    mapped = np.memmap(path, np.uint8, "r")
    with pytest.raises(AssertionError, match=r"is (open|mapped)"):
        path.unlink()
    del mapped
    path.replace(tmp_path / "b")


def test_no_open_file_gets_another_name(tmp_path: Path, held: None) -> None:
    clip = write_video(tmp_path / "clip.mp4", [corners(seed=index) for index in range(5)])
    command = ["process", str(clip), "--output", str(tmp_path / "out"), "--video", *FAST]
    for more in ([], ["--keep-poses"], ["--resume", "--keep-poses"], ["--online", "--overwrite"]):
        assert main([*command, *more]) == 0
    poses = str(tmp_path / "out" / "clip.poses")
    assert main(["replay", poses, "--output", str(tmp_path / "again")]) == 0
    times_s = np.arange(30) / 25
    tracks = tmp_path / "tracks.csv"
    write_track_csv(tracks, table({1: walker(times_s)[0]}, times_s))
    formats = [word for known in WITHOUT_SCALE for word in ("--format", known)]
    for _ in range(2):
        assert main(["convert", str(tracks), *formats, "--output", str(tmp_path / "out")]) == 0
        assert main(["measure", str(tracks), "--output", str(tmp_path / "out")]) == 0
        save_edits(tmp_path / "edits.json", [])
    data = write_dataset(tmp_path / "data", 2, 64)
    pack_dataset(data, 64, tmp_path / "packed", COCO_17)
    assert len(ImageCache(read_dataset(data, 17), 64, tmp_path / "cache")[0]) > 0


def test_a_file_that_somebody_waits_for_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits has it open for moments, in which Windows refuses another name."""
    path, refused = tmp_path / "a.csv", []
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        if len(refused) < 3:
            refused.append(source)
            raise PermissionError(errno.EACCES, "is open")
        real(source, target)

    monkeypatch.setattr(core.one_writer, "RENAMES_OPEN_FILES", False)
    monkeypatch.setattr(os, "replace", replace)
    write_whole(path, "text")
    assert path.read_text() == "text"
    assert len(refused) == 3


@pytest.mark.parametrize("name", ["con", "NUL", "com1", "Aux.left", "lpt9.a.b"])
def test_no_result_is_called_as_a_device(tmp_path: Path, name: str) -> None:
    (plan,) = plan_results([f"{tmp_path}/{name}.mp4"], tmp_path)
    first = plan.csv.name.split(".")[0]
    assert first == name.split(".")[0] + "_"
    with pytest.raises(OutputError, match="cannot be a name"):
        keep_weights(tmp_path / "a.safetensors", tmp_path, name)


def test_names_that_only_look_like_devices_stay(tmp_path: Path) -> None:
    for name in ("contest", "com", "com10", "aux1", "nul_"):
        (plan,) = plan_results([f"{tmp_path}/{name}.mp4"], tmp_path)
        assert plan.csv.name == f"{name}.csv"
