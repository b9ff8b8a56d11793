"""Data sets travel as archives: nothing is lost, nothing is trained on by half."""

import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from networks import TINY, settings_file
from stick_people import write_dataset

from app.__main__ import main
from core.errors import DatasetError
from core.model.checkpoint import load_checkpoint
from core.skeleton import COCO_17, HALPE_26
from core.train.archives import labels_on_disk, pack_dataset
from core.train.dataset import read_dataset
from core.train.image_cache import read_rgb
from core.train.settings import TrainSettings
from core.train.trainer import fit

SIDE = 128  # px, of the pictures
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "data", count=6, size=SIDE)


def test_pictures_that_fit_are_kept_byte_for_byte(data: Path, tmp_path: Path) -> None:
    limit = 3 * max(path.stat().st_size for path in data.parent.rglob("*.png")) // 2 + 4000
    pieces = pack_dataset(data, SIDE, tmp_path / "packed", COCO_17, limit)
    assert len(pieces) > 2
    assert max(piece.stat().st_size for piece in pieces) <= limit
    unpacked = labels_on_disk(tmp_path / "packed", tmp_path / "cache")
    before, after = read_dataset(data, 17), read_dataset(unpacked, 17)
    assert [image.image_id for image in after] == [image.image_id for image in before]
    for old, new in zip(before, after, strict=True):
        assert new.path.read_bytes() == old.path.read_bytes()
        np.testing.assert_array_equal(new.people.keypoints, old.people.keypoints)
    stamp = unpacked.stat().st_mtime_ns
    assert labels_on_disk(tmp_path / "packed", tmp_path / "cache") == unpacked
    assert unpacked.stat().st_mtime_ns == stamp


def test_larger_pictures_are_made_smaller_with_their_labels(data: Path, tmp_path: Path) -> None:
    (piece,) = pack_dataset(data, SIDE // 2, tmp_path / "packed", COCO_17)
    unpacked = labels_on_disk(piece, tmp_path / "cache")
    for old, new in zip(read_dataset(data, 17), read_dataset(unpacked, 17), strict=True):
        assert new.size == (SIDE // 2, SIDE // 2)
        assert read_rgb(new.path).shape == (SIDE // 2, SIDE // 2, 3)
        np.testing.assert_allclose(new.people.keypoints, old.people.keypoints / 2, atol=0.01)
        np.testing.assert_allclose(new.people.boxes, old.people.boxes / 2, atol=0.02)
        np.testing.assert_allclose(new.people.areas, old.people.areas / 4, rtol=1e-4)
        np.testing.assert_array_equal(new.people.visible, old.people.visible)


def test_feet_travel_as_well(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data", 2, SIDE, skeleton=HALPE_26)
    assert main(["pack", str(data), str(tmp_path / "packed"), "--keypoints", "26"]) == 0
    unpacked = labels_on_disk(tmp_path / "packed", tmp_path / "cache")
    for old, new in zip(read_dataset(data, 26), read_dataset(unpacked, 26), strict=True):
        assert new.people.known.all()
        np.testing.assert_allclose(new.people.keypoints, old.people.keypoints)


def test_a_run_goes_on_elsewhere_from_archives_alone(data: Path, tmp_path: Path) -> None:
    settings = TrainSettings(
        model=settings_file(tmp_path, TINY),
        data=data,
        epochs=2,
        steps=1,
        batch=2,
        sizes=(64,),
        precision="float32",
        workers=0,
    )
    fit(settings, tmp_path / "whole", tmp_path / "cache", resume=False)
    fit(replace(settings, stop_epoch=1), tmp_path / "here", tmp_path / "cache", resume=False)
    pack_dataset(data, settings.cache_side, tmp_path / "packed", COCO_17)
    shutil.rmtree(data.parent)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(tmp_path / "here" / "state.pt", elsewhere)
    packed = replace(settings, data=tmp_path / "packed")
    assert fit(packed, elsewhere, tmp_path / "other_cache", resume=True).finished
    a = torch.load(tmp_path / "whole" / "state.pt", weights_only=True)["module"]
    b = torch.load(elsewhere / "state.pt", weights_only=True)["module"]
    assert all(torch.equal(tensor, b[name]) for name, tensor in a.items())


def test_incomplete_archives_are_refused(data: Path, tmp_path: Path) -> None:
    packed, cache = tmp_path / "packed", tmp_path / "cache"
    first, second, *_, last = pack_dataset(data, SIDE, packed, COCO_17, 5000)
    with pytest.raises(DatasetError, match="holds archives already"):
        pack_dataset(data, SIDE, packed, COCO_17)
    with pytest.raises(DatasetError, match=r"archive people-001\.zip is missing"):
        labels_on_disk(first, cache)
    shutil.move(last, tmp_path / last.name)
    with pytest.raises(DatasetError, match=rf"archive {last.name} is missing"):
        labels_on_disk(packed, cache)
    shutil.move(tmp_path / last.name, last)
    shutil.copy(first, packed / "again.zip")
    with pytest.raises(DatasetError, match="an archive of people twice"):
        labels_on_disk(packed, cache)
    (packed / "again.zip").unlink()
    second.write_bytes(second.read_bytes()[:-500])
    with pytest.raises(DatasetError, match=rf"{second.name}: is no whole archive"):
        labels_on_disk(packed, cache)
    with zipfile.ZipFile(second, "w") as archive:
        archive.writestr("people.json", json.dumps({"images": [], "annotations": []}))
    with pytest.raises(DatasetError, match=rf"{second.name}: is no whole archive"):
        labels_on_disk(packed, cache)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DatasetError, match="holds no archives"):
        labels_on_disk(empty, cache)
    assert not cache.exists()


def test_the_command(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        f"{{model: {settings_file(tmp_path, TINY)}, epochs: 1, steps: 1, batch: 2, sizes: [64], "
        "validation_size: 64, workers: 0}"
    )
    packed = tmp_path / "packed"
    pack = ["pack", str(data), str(packed)]
    assert main([*pack, "--side", "8"]) == 2
    assert "--side must be at least 64, got 8" in capsys.readouterr().err
    assert main(pack) == 0
    assert "archives written: 1" in capsys.readouterr().out
    run = ["--output", str(tmp_path / "run"), "--cache", str(tmp_path / "cache")]
    both = ["--data", str(packed), "--validation", str(packed)]
    assert main(["train", str(recipe), *both, *run]) == 0
    assert "ap50" in capsys.readouterr().out
    learned_from = load_checkpoint(tmp_path / "run" / "last.safetensors").history["train"]
    assert (learned_from["data"], learned_from["validation"]) == ("people.json", "people.json")
