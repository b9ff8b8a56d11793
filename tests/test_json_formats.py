"""Formats in JSON: COCO results, OpenPose, PoseTrack, by the rules of those who read them."""

import contextlib
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from two_walkers import COUNT, expected, written
from walker import JOINT

from core.skeleton import COCO_17
from core.tracks.formats.json_files import BODY_25, POSETRACK_NAMES


def test_coco_results_score_themselves_perfectly(walkers, walkers_export, tmp_path) -> None:
    path = written("coco", walkers_export)
    results = json.loads(path.read_text())
    assert list(results[0]) == ["image_id", "category_id", "keypoints", "score", "track_id"]
    assert all(len(result["keypoints"]) == 51 for result in results)
    assert results[10]["keypoints"][3 * JOINT["right_eye"] :][:3] == [0, 0, 0]
    truth = {
        "images": [{"id": i, "width": 1280, "height": 720} for i in range(COUNT)],
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO_17.names)}],
        "annotations": [],
    }
    for number, result in enumerate(results):
        points = np.array(result["keypoints"]).reshape(17, 3)
        visible = points[:, 2] > 0
        low, high = points[visible, :2].min(axis=0), points[visible, :2].max(axis=0)
        truth["annotations"].append(
            {
                "id": number + 1,
                "image_id": result["image_id"],
                "category_id": 1,
                "keypoints": np.c_[points[:, :2], 2 * visible].ravel().tolist(),
                "num_keypoints": int(visible.sum()),
                "bbox": [*low.tolist(), *(high - low).tolist()],
                "area": float(np.prod(high - low)),
                "iscrowd": 0,
            }
        )
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(tmp_path / "truth.json"))
        evaluation = COCOeval(coco, coco.loadRes(str(path)), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1.0)


def test_openpose_files_pass_kinovea_rules(walkers, walkers_export) -> None:
    folder = written("openpose", walkers_export)
    files = sorted(folder.iterdir())
    assert len(files) == COUNT
    assert all(re.fullmatch(r"clip_\d{12}_keypoints\.json", file.name) for file in files)
    text = files[0].read_text()
    assert text.startswith('{"version":1.3,"people":[{"person_id":[2],"pose_keypoints_2d":[')
    assert text.endswith(
        '"face_keypoints_2d":[],"hand_left_keypoints_2d":[],"hand_right_keypoints_2d":[],'
        '"pose_keypoints_3d":[],"face_keypoints_3d":[],"hand_left_keypoints_3d":[],'
        '"hand_right_keypoints_3d":[]}]}'
    )
    assert files[38].read_text() == '{"version":1.3,"people":[]}'
    people = json.loads(files[20].read_text())["people"]
    assert [person["person_id"] for person in people] == [[2], [5]]
    body = np.array(people[1]["pose_keypoints_2d"]).reshape(25, 3)
    points, scores = expected(walkers, 5)
    assert BODY_25[8] == ("left_hip", "right_hip")
    np.testing.assert_allclose(body[0, :2], points[20, 0], atol=1e-3)
    np.testing.assert_allclose(body[1, :2], points[20, 5:7].mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(body[8, :2], points[20, 11:13].mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(body[2, :2], points[20, JOINT["right_shoulder"]], atol=1e-3)
    np.testing.assert_allclose(body[14, :2], points[20, JOINT["left_ankle"]], atol=1e-3)
    np.testing.assert_allclose(body[2, 2], scores[20, 6], atol=1e-4)
    assert (body[19:] == 0).all()
    unseen = np.array(people[0]["pose_keypoints_2d"]).reshape(25, 3)[15]
    assert unseen.tolist() == [0, 0, 0]


def test_posetrack(walkers, walkers_export) -> None:
    content = json.loads(written("posetrack", walkers_export).read_text())
    assert list(content) == ["images", "annotations", "categories"]
    assert [image["id"] for image in content["images"]] == [10000010000 + i for i in range(COUNT)]
    assert content["images"][3]["file_name"] == "images/clip/000003.jpg"
    assert content["categories"][0]["keypoints"] == list(POSETRACK_NAMES)
    assert content["categories"][0]["keypoints"][:3] == ["nose", "head_bottom", "head_top"]
    mine = [a for a in content["annotations"] if a["track_id"] == 5]
    assert len(mine) == 28
    points, _ = expected(walkers, 5)
    body = np.array(mine[0]["keypoints"]).reshape(17, 3)
    np.testing.assert_allclose(body[1, :2], points[8, 5:7].mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(body[5:, :2], points[8, 5:], atol=1e-3)
    assert body[2].tolist() == [0, 0, 0]
    assert body[5:, 2].tolist() == [1] * 12
    x, y, width, height = mine[0]["bbox"]
    box = walkers.boxes[(walkers.ids == 5) & (walkers.frames == 8)][0]
    np.testing.assert_allclose([x, y, x + width, y + height], box, atol=2e-3)


def test_posetrack_ids_of_a_long_clip_are_of_one_video(walkers, walkers_export) -> None:
    late = replace(walkers, frames=walkers.frames + 9_980)
    content = json.loads(written("posetrack", replace(walkers_export, table=late)).read_text())
    ids = [image["id"] for image in content["images"]]
    assert {number // 100_000 for number in ids} == {1_000_001}
    assert [number % 100_000 for number in ids] == list(range(9_980, 9_980 + COUNT))
    assert {person["image_id"] for person in content["annotations"]} <= set(ids)
