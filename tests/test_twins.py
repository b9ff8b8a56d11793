"""A person found twice is found once, on every engine."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from core.model.onnx_graph import IR_VERSION, OPSET, OnnxGraph
from core.model.onnx_trace import trace
from core.model.twin_layer import TwinLayer
from core.model.twins import without_twins
from core.skeleton import COCO_17
from core.types import PoseBatch


def crowd(count: int, twins: int, seed: int = 0) -> PoseBatch:
    """People who stand apart, best first, and worse copies of the first, in wider boxes."""
    random = np.random.default_rng(seed)
    corner = np.stack([100.0 * np.arange(count), np.zeros(count)], axis=1)
    boxes = np.concatenate([corner, corner + np.array([60, 160])], axis=1)
    keypoints = corner[:, None] + random.uniform(0, 1, (count, 17, 2)) * (60, 160)
    boxes = np.concatenate([boxes, boxes[:twins] + np.array([-20, 0, 25, 10])]).astype(np.float32)
    copies = keypoints[:twins] + random.normal(0, 0.7, (twins, 17, 2))
    copies[:, 9] += 80  # one wrist is elsewhere
    keypoints = np.concatenate([keypoints, copies]).astype(np.float32)
    scores = np.linspace(0.9, 0.4, count + twins).astype(np.float32)
    return PoseBatch(boxes, scores, keypoints, np.full((count + twins, 17), 0.8, np.float32))


@pytest.mark.parametrize(("count", "twins"), [(0, 0), (1, 0), (1, 1), (5, 3)])
def test_only_the_better_of_two_stays(count: int, twins: int) -> None:
    people = crowd(count, twins)
    kept = without_twins(people, COCO_17.sigmas)
    np.testing.assert_array_equal(kept.boxes, people.boxes[:count])


def test_two_with_equal_scores_or_other_poses_both_stay() -> None:
    people = crowd(1, 1)
    people.scores[1] = people.scores[0]
    assert len(without_twins(people, COCO_17.sigmas)) == 2
    people = crowd(1, 1)
    people.keypoints[1, :8, 0] += 30  # half of the body leans to the side
    assert len(without_twins(people, COCO_17.sigmas)) == 2


@pytest.mark.parametrize("people", [crowd(0, 0), crowd(1, 1), crowd(6, 4, 1)], ids=len)
def test_the_traced_layer_keeps_the_same(people: PoseBatch) -> None:
    graph = OnnxGraph()
    shapes = {"boxes": ["n", 4], "scores": ["n", 1], "keypoints": ["n", 17, 2]}
    (stays,) = trace(TwinLayer(COCO_17.sigmas), graph, *shapes)
    inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()]
    outputs = [helper.make_tensor_value_info(stays, TensorProto.FLOAT, ["n", 1])]
    made = helper.make_graph(graph.nodes, "twins", inputs, outputs, graph.constants)
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(made, opset_imports=opset, ir_version=IR_VERSION)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    onnx.checker.check_model(model)
    given = {"boxes": people.boxes, "scores": people.scores[:, None], "keypoints": people.keypoints}
    (found,) = session.run(None, given)
    kept = without_twins(people, COCO_17.sigmas)
    np.testing.assert_array_equal(people.scores[found[:, 0] > 0.5], kept.scores)
