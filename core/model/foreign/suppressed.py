"""Forms with NMS inside: RTMO and YOLOX-Pose, MoveNet MultiPose, and our own exports."""

import numpy as np

from core.model.foreign.form import Graph, NetworkForm, Outputs, PictureInput, joined
from core.skeleton import COCO_17, skeleton_named, usual_names
from core.types import PoseBatch

NAMES = (
    "RTMO and YOLOX-Pose `dets` (1, N, 5) and `keypoints` (1, N, K, 3)",
    "MoveNet MultiPose (1, 6, 56)",
    "our export `boxes`, `scores`, `keypoints`",
)
_MOVENET_VALUES = 56  # y, x, score of 17 keypoints, then y1, x1, y2, x2, score


def read_detections(graph: Graph) -> NetworkForm | None:
    """RTMO and YOLOX-Pose as mmdeploy writes them: BGR from 0 to 255."""
    boxes, points = graph.output("dets"), graph.output("keypoints")
    if boxes is None or points is None or len(points.shape) != 4 or points.shape[2] is None:
        return None
    skeleton = skeleton_named(usual_names(points.shape[2]))
    picture = PictureInput(colours="bgr", largest=255.0)
    licence = graph.facts.get("license", "unknown")
    return NetworkForm("RTMO or YOLOX-Pose", picture, skeleton, _detections, True, licence)


def _detections(outputs: Outputs, size: tuple[int, int]) -> PoseBatch:
    del size
    boxes, points = outputs["dets"][0], outputs["keypoints"][0]
    return joined(boxes[:, :4], boxes[:, 4], points)


def read_movenet(graph: Graph) -> NetworkForm | None:
    """MoveNet MultiPose: whole numbers from 0 to 255, places as shares of the input."""
    if len(graph.outputs) != 1 or graph.outputs[0].shape[-1] != _MOVENET_VALUES:
        return None
    if len(graph.inputs[0].shape) != 4 or graph.inputs[0].shape[3] != 3:
        return None
    picture = PictureInput(layout="nhwc", largest=255.0)
    name = graph.outputs[0].name

    def people(outputs: Outputs, size: tuple[int, int]) -> PoseBatch:
        rows = outputs[name][0].astype(np.float32)
        points = rows[:, :51].reshape(len(rows), 17, 3)[..., [1, 0, 2]].copy()
        points[..., :2] *= np.array(size, np.float32)
        boxes = rows[:, [52, 51, 54, 53]] * np.tile(np.array(size, np.float32), 2)
        return joined(boxes, rows[:, 55], points)

    licence = graph.facts.get("license", "unknown")
    return NetworkForm("MoveNet MultiPose", picture, COCO_17, people, True, licence)


def read_our_people(graph: Graph) -> NetworkForm | None:
    """What `export --people` writes."""
    found = {value.name for value in graph.outputs}
    if found != {"boxes", "scores", "keypoints"} or graph.inputs[0].name != "pictures":
        return None
    count = graph.output("keypoints")
    assert count is not None
    skeleton = skeleton_named(usual_names(count.shape[1] or 17))
    picture = PictureInput(layout="nhwc", largest=255.0, stride=64)
    return NetworkForm(
        "our export with suppression", picture, skeleton, _our_people, True, "Apache-2.0"
    )


def _our_people(outputs: Outputs, size: tuple[int, int]) -> PoseBatch:
    del size
    return joined(*(outputs[name].astype(np.float32) for name in ("boxes", "scores", "keypoints")))
