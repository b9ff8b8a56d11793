"""Labels of any tool: what is understood gives the same figures, the rest names its annotation."""

import copy
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from stick_people import write_dataset

from app.__main__ import main
from core.errors import DatasetError
from core.skeleton import COCO_17, skeleton_named
from core.tracks.formats.labels import read_labels
from core.train.archives import labels_on_disk, pack_dataset
from core.train.dataset import read_dataset
from core.train.evaluate import PoseMetrics, score_results
from core.train.holdout import split_dataset
from core.train.image_cache import ImageCache, read_picture
from core.train.settings import TrainSettings
from core.train.trainer import fit

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = write_dataset(tmp_path / "data", count=5)
    content = json.loads(path.read_text())
    content["categories"][0]["keypoints"] = list(COCO_17.names)
    path.write_text(json.dumps(content))
    return path


def metrics_of(path: Path) -> PoseMetrics:
    """Of results that are the first file's labels, moved by 1.5 px, the fourth person missing."""
    results = []
    for number in range(5):
        x, y, width, height = FIRST[number]["bbox"]
        points = np.array(FIRST[number]["keypoints"], float).reshape(17, 3) + np.array(
            [1.5, 0, -1.1]
        )
        results.append(
            {
                "image_id": number,
                "category_id": 1,
                "keypoints": points.ravel().tolist(),
                "bbox": [x + 4, y, width, height],
                "score": 0.9 - 0.1 * number,
                "pose_score": 0.8 - 0.1 * number,
            }
        )
    del results[3]
    return score_results(read_dataset(path, 17), results)


FIRST: dict[int, dict[str, Any]] = {}


def each(change: Change) -> Change:
    return lambda content: [change(item) for item in content["annotations"]] and None


def category_7(content: dict[str, Any]) -> None:
    content["categories"][0]["id"] = 7
    each(lambda item: item.update(category_id=7))(content)


def balls(content: dict[str, Any]) -> None:
    content["categories"].append({"id": 2, "name": "ball", "keypoints": []})
    for image in content["images"]:
        ball = {"id": 50 + image["id"], "image_id": image["id"], "category_id": 2}
        content["annotations"].append(ball | {"bbox": [1, 1, 90, 90], "area": 8100})


def other_order_and_spelling(content: dict[str, Any]) -> None:
    names = [name.replace("left_", "L-").replace("right_", "R-") for name in COCO_17.names]
    content["categories"][0]["keypoints"] = ["neck", *reversed(names)]
    for item in content["annotations"]:
        points = np.array(item["keypoints"]).reshape(17, 3)[::-1]
        item["keypoints"] = [3, 3, 2, *points.ravel().tolist()]


def crowd(content: dict[str, Any]) -> None:
    zone = {"image_id": 0, "category_id": 1, "bbox": [0, 0, 2, 2], "iscrowd": 1, "id": 9}
    content["annotations"].insert(0, zone)


UNDERSTOOD: dict[str, Change] = {
    "category 7": category_7,
    "no num_keypoints": each(lambda item: item.pop("num_keypoints")),
    "no area": each(lambda item: item.pop("area")),
    "no crowd flag": each(lambda item: item.pop("iscrowd")),
    "repeated ids": each(lambda item: item.update(id=1)),
    "no ids": each(lambda item: item.pop("id")),
    "balls": balls,
    "no categories": lambda content: content.pop("categories"),
    "no names of joints": lambda content: content["categories"][0].pop("keypoints"),
    "another order": other_order_and_spelling,
    "a crowd elsewhere": crowd,
}


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_what_is_understood_gives_the_same_figures(name: str, data: Path) -> None:
    content = json.loads(data.read_text())
    FIRST.update({item["image_id"]: copy.deepcopy(item) for item in content["annotations"]})
    base, people = metrics_of(data), [image.people for image in read_dataset(data, 17)]
    assert 0.3 < base.ap < 1
    UNDERSTOOD[name](content)
    data.write_text("\ufeff" + json.dumps(content))
    assert metrics_of(data) == base
    for old, new in zip(people, (image.people for image in read_dataset(data, 17)), strict=True):
        np.testing.assert_array_equal(new.keypoints, old.keypoints)
        np.testing.assert_array_equal(new.boxes, old.boxes)


def joints_14(content: dict[str, Any]) -> None:
    content["categories"][0]["keypoints"] = list(COCO_17.names[:14])
    each(lambda item: item.update(keypoints=item["keypoints"][:42]))(content)


def test_numbered_joints_are_told_by_their_numbers(tmp_path: Path) -> None:
    numbered = skeleton_named([f"point_{number}" for number in range(17)])
    path = write_dataset(tmp_path / "data", count=1, skeleton=numbered)
    content = json.loads(path.read_text())
    given = np.array(content["annotations"][0]["keypoints"], float).reshape(17, 3)
    content["categories"][0]["keypoints"].reverse()
    path.write_text(json.dumps(content))
    (person,) = read_labels(path, skeleton=numbered).people[0]
    assert person["keypoints"] == given[::-1].ravel().tolist()
    assert person["unknown"] == []


def test_joints_that_a_file_does_not_know_are_unknown(data: Path) -> None:
    content = json.loads(data.read_text())
    joints_14(content)
    data.write_text(json.dumps(content))
    people = read_dataset(data, 17)[0].people
    assert people.known[0].tolist() == [True] * 14 + [False] * 3
    assert people.visible[0].tolist() == [1.0] * 14 + [0.0] * 3


REFUSED: dict[str, tuple[Change, str]] = {
    "no size": (each(lambda item: item.update(bbox=[0, 0, 0, 0])), "annotation 1: its bbox has no"),
    "no box": (each(lambda item: item.pop("bbox")), "annotation 1: has no 'bbox'"),
    "51 numbers": (
        each(lambda item: item.update(keypoints=item["keypoints"][:42])),
        "annotation 1: has 42 numbers of keypoints instead of 51",
    ),
    "another category": (
        each(lambda item: item.update(category_id=3)),
        "annotation 1: its category 3 is not among",
    ),
    "no picture": (
        each(lambda item: item.update(image_id=77)),
        "annotation 1: its picture 77 is not among",
    ),
    "text": (each(lambda item: item.update(bbox=["1", 2, 3, 4])), "annotation 1: bbox must be"),
    "an image twice": (
        lambda content: [image.update(id=0) for image in content["images"]] and None,
        "image id stands twice",
    ),
    "horses": (
        lambda content: content["categories"][0].update(keypoints=["hoof", "tail"], name="horse"),
        "no category is of people",
    ),
    "infinite": (
        each(lambda item: item.update(area=float("inf"))),
        "annotation 1: area must be finite",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_unclear_is_refused_by_every_reader(
    name: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, sentence = REFUSED[name]
    content = json.loads(data.read_text())
    change(content)
    data.write_text(json.dumps(content))
    with pytest.raises(DatasetError, match=sentence):
        read_dataset(data, 17)
    with pytest.raises(DatasetError, match=sentence):
        split_dataset(data, 0.25, 0, tmp_path / "split", COCO_17)
    with pytest.raises(DatasetError, match=sentence):
        pack_dataset(data, 128, tmp_path / "packed", COCO_17)
    assert main(["eval", "--data", str(data), "--engine", "torch", "--size", "64"]) == 2
    assert sentence in capsys.readouterr().err


def test_json_that_is_too_deep(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    path.write_text("[" * 100_000)
    with pytest.raises(DatasetError, match="nested too deeply"):
        read_dataset(path, 17)


def turned(path: Path) -> None:
    """The same picture, stored a quarter turn to the left, with the note to turn it back."""
    rgb = cv2.imread(str(path))
    rgb = cv2.resize(rgb, (128, 96))
    good, encoded = cv2.imencode(".jpg", np.rot90(rgb))
    assert good
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    note = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    path.write_bytes(encoded.tobytes()[:2] + note + encoded.tobytes()[2:])


def test_turned_pictures_are_in_the_size_of_their_labels(data: Path) -> None:
    path = data.parent / "0.png"
    upright = cv2.resize(cv2.imread(str(path))[..., ::-1], (128, 96))
    turned(path)
    assert np.abs(read_picture(path, (128, 96)).astype(int) - upright).mean() < 3
    stored = read_picture(path, (96, 128))
    assert np.abs(stored.astype(int) - np.rot90(upright)).mean() < 3
    with pytest.raises(DatasetError, match="is 96 x 128 px, but its labels are in 50 x 60 px"):
        read_picture(path, (50, 60))


def test_cocos_own_layout_and_a_named_folder(data: Path, tmp_path: Path) -> None:
    labels = tmp_path / "coco" / "annotations" / "person_keypoints_val2017.json"
    labels.parent.mkdir(parents=True)
    data.rename(labels)
    pictures = labels.parent.parent / "val2017"
    data.parent.rename(pictures)
    assert all(image.path.is_file() for image in read_dataset(labels, 17))
    elsewhere = pictures.rename(tmp_path / "elsewhere")
    assert not read_dataset(labels, 17)[0].path.is_file()
    assert all(image.path.is_file() for image in read_dataset(labels, 17, elsewhere))
    command = ["eval", "--data", str(labels), "--engine", "torch", "--size", "64"]
    assert main(command) == 2
    assert main([*command, "--images", str(elsewhere)]) == 0


def test_changed_pictures_are_not_trained_as_the_old_ones(data: Path, tmp_path: Path) -> None:
    images = read_dataset(data, 17)
    before = ImageCache(images, 128, tmp_path / "cache")[0].copy()
    path = data.parent / "0.png"
    cv2.imwrite(str(path), 255 - cv2.imread(str(path)))
    after = ImageCache(images, 128, tmp_path / "cache")[0]
    np.testing.assert_array_equal(after, 255 - before)


def test_a_cache_that_cannot_be_written(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = TrainSettings(data=data, epochs=1, steps=1, batch=2, sizes=(64,), workers=0)
    with pytest.raises(Exception, match=r"cannot be written \(Not a directory"):
        fit(settings, tmp_path / "run", tmp_path / "file" / "cache", resume=False)


def test_an_archive_is_unpacked_within_the_cache(data: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    packed.mkdir()
    hostile = json.dumps({"data": "../../outside", "piece": 0, "last": True}).encode()
    with zipfile.ZipFile(packed / "a.zip", "w") as archive:
        archive.comment = hostile
        archive.writestr("../../outside.json", data.read_text())
    with pytest.raises(DatasetError, match="is no name of a data set"):
        labels_on_disk(packed, tmp_path / "deep" / "er" / "cache")
    assert not list(tmp_path.rglob("outside*"))
