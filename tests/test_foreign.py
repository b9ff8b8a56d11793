"""Pose networks of other makers: graphs of each form with known outputs give known poses."""

import json
import os
import subprocess
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from scipy.optimize import linear_sum_assignment
from tiny_video import write_video

from app.__main__ import main
from core.errors import ModelError
from core.model.estimator import load_estimator
from core.model.estimator_settings import EstimatorSettings
from core.run.pose_file import PoseFile
from core.tracks.csv_long import read_track_csv
from core.types import Frame

SETTINGS = EstimatorSettings(device="cpu", size=128, confidence=0.25, iou=0.7)
FRAME = Frame(0, 0.0, 0, np.zeros((64, 128, 3), np.uint8))  # 128 x 128 input: 32 px above
RNG = np.random.default_rng(0)
BOX = np.array([20.0, 40.0, 60.0, 90.0], np.float32)
OTHER = np.array([70.0, 40.0, 110.0, 90.0], np.float32)


def graph(
    path: Path,
    outputs: dict[str, NDArray[np.float32]],
    shape: list[int],
    kind: int = TensorProto.FLOAT,
    facts: dict[str, str] | None = None,
    source: str = "images",
) -> Path:
    """An ONNX file that answers every picture with the same arrays."""
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value))
        for name, value in outputs.items()
    ]
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape)
        for name, value in outputs.items()
    ]
    inputs = [helper.make_tensor_value_info(source, kind, shape)]
    model = helper.make_model(
        helper.make_graph(nodes, "known", inputs, values),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
    )
    helper.set_model_props(model, facts or {})
    onnx.save(model, str(path))
    return path


def points(count: int) -> NDArray[np.float32]:
    return np.concatenate(
        [RNG.uniform(40, 90, (2, count, 2)), RNG.uniform(0.3, 1, (2, count, 1))], 2
    ).astype(np.float32)


def check(path: Path, keypoints: NDArray[np.float32], scores: list[float]) -> None:
    found = load_estimator(path, SETTINGS)(FRAME)
    np.testing.assert_allclose(found.scores, scores, atol=1e-6)
    up = np.array([0, 32], np.float32)
    expected = (np.stack([BOX, OTHER]).reshape(-1, 2, 2) - up).reshape(-1, 4)
    np.testing.assert_allclose(found.boxes, expected[: len(scores)], atol=1e-3)
    count = len(scores)
    np.testing.assert_allclose(found.keypoints, keypoints[:count, :, :2] - up, atol=1e-3)
    np.testing.assert_allclose(found.keypoint_scores, keypoints[:count, :, 2], atol=1e-6)


@pytest.mark.parametrize("count", [17, 26, 5])
def test_ultralytics_before_suppression(tmp_path: Path, count: int) -> None:
    known = points(count)
    boxes = np.stack([BOX, BOX + 1, OTHER])  # the second is the first person again
    centred = np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], 1)
    rows = np.concatenate(
        [centred, [[0.9], [0.8], [0.6]], known[[0, 0, 1]].reshape(3, -1)], 1
    ).astype(np.float32)
    facts = {"kpt_shape": f"[{count}, 3]", "names": "{0: 'person'}", "license": "AGPL-3.0"}
    path = graph(tmp_path / "v8.onnx", {"output0": rows.T[None]}, [1, 3, 128, 128], facts=facts)
    check(path, known, [0.9, 0.6])
    said: list[str] = []
    estimator = load_estimator(path, SETTINGS, said.append)
    assert "AGPL-3.0" in said[0]
    assert len(estimator.skeleton) == count
    assert (len(said) == 2) == (count == 5)  # nobody knows how those are labelled


def test_ultralytics_with_suppression(tmp_path: Path) -> None:
    known = points(17)
    rows = np.zeros((1, 300, 57), np.float32)
    rows[0, :2] = np.concatenate(
        [np.stack([BOX, OTHER]), [[0.9, 0], [0.6, 0]], known.reshape(2, -1)], 1
    )
    facts = {"kpt_shape": "[17, 3]", "names": "{0: 'person'}", "end2end": "True"}
    check(
        graph(tmp_path / "v26.onnx", {"output0": rows}, [1, 3, 128, 128], facts=facts),
        known,
        [0.9, 0.6],
    )


def test_a_graph_that_does_not_run_is_refused_in_one_sentence(tmp_path: Path) -> None:
    shape = numpy_helper.from_array(np.array([1, 56, 84]), "shape")  # of no picture
    picture = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, "h", "w"])
    people = helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 56, 84])
    node = helper.make_node("Reshape", ["images", "shape"], ["output0"])
    inside = helper.make_graph([node], "broken", [picture], [people], [shape])
    opset = [helper.make_opsetid("", 17)]
    path = tmp_path / "pose.onnx"
    model = helper.make_model(inside, opset_imports=opset, ir_version=9)
    helper.set_model_props(model, {"task": "pose", "kpt_shape": "[17, 3]", "stride": "32"})
    onnx.save(model, str(path))
    with pytest.raises(ModelError, match=r"pose\.onnx: does not run") as caught:
        load_estimator(path, SETTINGS)(FRAME)
    assert "\n" not in str(caught.value)


def test_rtmo(tmp_path: Path) -> None:
    known = points(17)
    dets = np.concatenate([np.stack([BOX, OTHER]), [[0.9], [0.2]]], 1).astype(np.float32)
    outputs = {"dets": dets[None], "keypoints": known[None]}
    check(graph(tmp_path / "rtmo.onnx", outputs, [1, 3, 128, 128]), known, [0.9])


def test_movenet(tmp_path: Path) -> None:
    known = points(17)
    rows = np.zeros((1, 6, 56), np.float32)
    shares = known.copy()
    shares[..., :2] /= 128
    rows[0, :2, :51] = shares[..., [1, 0, 2]].reshape(2, 51)
    rows[0, :2, 51:55] = np.stack([BOX, OTHER])[:, [1, 0, 3, 2]] / 128
    rows[0, :2, 55] = 0.9, 0.6
    path = graph(tmp_path / "movenet.onnx", {"output_0": rows}, [1, 128, 128, 3], TensorProto.INT32)
    check(path, known, [0.9, 0.6])


def test_movenet_with_what_the_real_one_found(tmp_path: Path, shared: Path) -> None:
    """Its maps of a picture, as a person in its own order of values: y before x, in shares."""
    maps = np.load(shared / "teacher" / "movenet_multipose_io.npz")
    picture = np.ascontiguousarray(maps["rgb"])
    heat = 1 / (1 + np.exp(-maps["keypoint_heatmap"]))  # (17, h, w), cells of 4 px
    height, width = heat.shape[1:]
    y, x = np.unravel_index(maps["center"][0].argmax(), (height, width))
    places = np.array([y, x]) + maps["keypoint_displacement"][:, y, x].reshape(17, 2)
    cells = np.stack(np.mgrid[:height, :width], -1)  # (h, w, 2)
    for joint, place in enumerate(places):  # the best cell near by, and where it says the joint is
        near = np.exp(-np.square(cells - place).sum(-1) / 18)
        cell = np.unravel_index((heat[joint] * near).argmax(), (height, width))
        places[joint] = cell + maps["keypoint_offset"][2 * joint : 2 * joint + 2, *cell]
    share = np.array([height, width], np.float32)
    middle = np.array([y, x]) + maps["box_offset"][:, y, x]
    half = maps["box_size"][:, y, x] / 2
    rows = np.zeros((1, 6, 56), np.float32)
    scores = heat.max((1, 2))
    rows[0, 0, :51] = np.column_stack([places / share, scores]).ravel()
    rows[0, 0, 51:55] = np.concatenate([(middle - half) / share, (middle + half) / share])
    rows[0, 0, 55] = 1 / (1 + np.exp(-maps["center"][0, y, x]))
    path = graph(tmp_path / "movenet.onnx", {"output_0": rows}, [1, 160, 192, 3], TensorProto.INT32)
    twice = cv2.resize(picture, None, fx=2, fy=2)
    found = load_estimator(path, SETTINGS)(Frame(0, 0.0, 0, twice))
    assert len(found) == 1
    sure = np.flatnonzero(scores > 0.7)
    assert len(sure) >= 4
    for joint in sure:  # people are where the network is hot: x before y, px of the large picture
        peak = np.unravel_index(heat[joint].argmax(), (height, width))
        assert np.abs(found.keypoints[0, joint] / 8 - peak[::-1]).max() < 1
    np.testing.assert_allclose(found.keypoint_scores[0], scores, atol=1e-6)
    assert found.boxes[0, 0] < found.keypoints[0, sure, 0].min()
    assert found.boxes[0, 2] - found.boxes[0, 0] > 200  # a face and arms that fill the picture


def test_our_export(tmp_path: Path) -> None:
    known = points(17)
    outputs = {
        "boxes": np.stack([BOX, OTHER]),
        "scores": np.array([0.9, 0.6], np.float32),
        "keypoints": known,
    }
    path = tmp_path / "ours.onnx"
    graph(path, outputs, [1, 128, 128, 3], TensorProto.UINT8, source="pictures")
    check(path, known, [0.9, 0.6])


def test_a_form_that_is_described(tmp_path: Path) -> None:
    known = points(3)
    rows = np.concatenate([[[0.9], [0.6]], np.stack([BOX, OTHER]), known.reshape(2, -1)], 1).astype(
        np.float32
    )
    path = graph(tmp_path / "mine.onnx", {"what": rows[None]}, [1, 3, 128, 128])
    with pytest.raises(ModelError, match=r"what \(1, 2, 14\).*MoveNet.*mine.yaml"):
        load_estimator(path, SETTINGS)
    text = (
        "people: {output: what, keypoints: 3, score_column: 0, box_column: 1, suppressed: true}\n"
        "skeleton: {names: [nose, left_paw, right_paw], limbs: [[nose, left_paw]]}\n"
        "licence: MIT\n"
    )
    path.with_suffix(".yaml").write_text(text)
    check(path, known, [0.9, 0.6])
    skeleton = load_estimator(path, SETTINGS).skeleton
    assert skeleton.names == ("nose", "left_paw", "right_paw")
    assert skeleton.flip.tolist() == [0, 2, 1]
    assert skeleton.limbs == ((0, 1),)
    path.with_suffix(".yaml").write_text(text.replace("right_paw]", "tail, ear]"))
    with pytest.raises(ModelError, match="4 names are told, the network has 3 keypoints"):
        load_estimator(path, SETTINGS)


def test_its_skeleton_goes_into_tables_and_records(tmp_path: Path) -> None:
    rows = np.concatenate([[[0.9], [0.6]], np.stack([BOX, OTHER]), points(3).reshape(2, -1)], 1)
    path = graph(tmp_path / "mine.onnx", {"what": rows.astype(np.float32)[None]}, [1, 3, 128, 128])
    path.with_suffix(".yaml").write_text(
        "people: {output: what, keypoints: 3, score_column: 0, box_column: 1, suppressed: true}\n"
        "skeleton: {names: [nose, left_paw, tail], limbs: [[nose, tail]], sigmas: [1, 0.2, 0.3]}\n"
    )
    clip, out, again = tmp_path / "clip.mp4", tmp_path / "out", tmp_path / "again"
    write_video(clip, [np.full((64, 128, 3), 90, np.uint8)] * 4)
    command = ["process", str(clip), "--model", str(path), "--output", str(out), "--keep-poses"]
    assert main([*command, "--video"]) == 0
    table = read_track_csv(out / "clip.csv")
    assert table.skeleton.names == ("nose", "left_paw", "tail")
    assert table.track_ids.tolist() == [1, 2]
    record = json.loads((out / "clip.meta.json").read_text())
    assert (record["skeleton"], record["keypoint_names"]) == ("own", ["nose", "left_paw", "tail"])
    kept = PoseFile.open(out / "clip.poses").skeleton
    assert kept.limbs == ((0, 2),)
    assert kept.sigmas.tolist() == pytest.approx([1.0, 0.2, 0.3])
    assert main(["replay", str(out / "clip.poses"), "--output", str(again)]) == 0
    assert (again / "clip.csv").read_bytes() == (out / "clip.csv").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["yolov8n-pose", "yolo11n-pose", "yolo26n-pose"])
@pytest.mark.parametrize("shape", ["fixed", "dynamic"])
def test_real_exports_of_ultralytics(tmp_path: Path, name: str, shape: str) -> None:
    python = os.environ.get("ULTRALYTICS_PYTHON")
    if python is None:
        pytest.skip("ULTRALYTICS_PYTHON names no interpreter that has ultralytics")
    rng = np.random.default_rng(1)
    for picture, (width, height) in {"a": (320, 180), "b": (160, 120)}.items():
        coarse = rng.integers(0, 256, (height // 8, width // 8, 3), np.uint8)
        smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(tmp_path / f"{picture}.png"), smooth)
    script = Path(__file__).with_name("ultralytics_poses.py")
    subprocess.run([python, str(script), str(tmp_path), name, shape], check=True, timeout=300)
    settings = EstimatorSettings(device="cpu", size=320, confidence=0.25, iou=0.7, most=300)
    estimator = load_estimator(tmp_path / f"{name}.onnx", settings)
    count = 0
    with np.load(tmp_path / f"{name}.npz") as known:
        for picture in "ab":
            bgr = cv2.imread(str(tmp_path / f"{picture}.png"))
            assert bgr is not None
            found = estimator(Frame(0, 0.0, 0, np.ascontiguousarray(bgr[..., ::-1])))
            count += len(found)
            boxes, scores = known[f"{picture}_boxes"], known[f"{picture}_scores"]
            theirs = known[f"{picture}_keypoints"]
            assert len(found) == len(scores)
            # Random weights give many people nearly the same score: they are told by their boxes.
            inside = np.clip(found.boxes, 0, np.tile(bgr.shape[1::-1], 2))
            apart = np.abs(inside[:, None] - boxes).max(2) + np.abs(found.scores[:, None] - scores)
            ours, same = linear_sum_assignment(apart)
            np.testing.assert_allclose(inside[ours], boxes[same], atol=0.5)
            np.testing.assert_allclose(found.scores[ours], scores[same], atol=0.01)
            edge = np.array(bgr.shape[1::-1])  # theirs are cut off there
            places = np.clip(found.keypoints[ours], 0, edge)
            np.testing.assert_allclose(places, theirs[same, :, :2], atol=0.5)
            np.testing.assert_allclose(found.keypoint_scores[ours], theirs[same, :, 2], atol=0.01)
    assert count > 0
