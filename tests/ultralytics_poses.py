"""Run by an interpreter that has ultralytics: exports of random weights, and what they find.

    python ultralytics_poses.py FOLDER NAME DYNAMIC

Writes NAME.onnx and NAME.npz (its own `predict` of the PNG pictures in the folder) there.
"""

import os
import sys
from pathlib import Path

os.environ["YOLO_OFFLINE"] = "true"

import cv2
import numpy as np
import torch
from ultralytics import YOLO
from ultralytics.nn.tasks import PoseModel

SIZE = 320
CANDIDATES = 60  # with a score above one half, in all pictures together


def main(folder: Path, name: str, dynamic: bool) -> None:
    os.chdir(folder)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = YOLO(f"{name}.yaml")
    model.model = network = PoseModel(f"{name}.yaml", nc=1, verbose=False)
    network.names = {0: "person"}
    network.task = "pose"
    pictures = sorted(folder.glob("*.png"))
    batch = torch.stack([framed(cv2.imread(str(path))) for path in pictures])
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    network.train()
    with torch.no_grad():
        for _ in range(3):
            network(batch)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    network.eval()
    head = network.model[-1]
    scorers = [branch[-1] for branch in [*head.cv3, *(getattr(head, "one2one_cv3", None) or [])]]
    for scorer in scorers:  # far apart, and so low that none is rounded to 1
        scorer.weight *= 4
        scorer.bias[:] = -20.0
    found = network(batch)[0]
    scores = found[..., 4] if found.shape[1] > found.shape[2] else found[:, 4]
    for scorer in scorers:
        scorer.bias -= torch.logit(scores.flatten().topk(CANDIDATES).values[-1])
    path = folder / f"{name}.pt"
    model.ckpt = {"model": network}
    model.save(str(path))
    exported = YOLO(str(path)).export(
        format="onnx", imgsz=SIZE, dynamic=dynamic, simplify=False, opset=17, device="cpu"
    )
    found = YOLO(exported, task="pose")
    kept = {}
    for picture in pictures:
        (result,) = found.predict(
            str(picture), imgsz=SIZE, conf=0.25, iou=0.7, verbose=False, rect=dynamic, device="cpu"
        )
        kept[f"{picture.stem}_boxes"] = result.boxes.xyxy.numpy()
        kept[f"{picture.stem}_scores"] = result.boxes.conf.numpy()
        kept[f"{picture.stem}_keypoints"] = result.keypoints.data.numpy()
    np.savez(folder / f"{name}.npz", **kept)


def framed(bgr: np.ndarray) -> torch.Tensor:
    """The network's picture (3, SIZE, SIZE), RGB from 0 to 1, grey where there is none."""
    scale = SIZE / max(bgr.shape)
    height, width = (round(side * scale) for side in bgr.shape[:2])
    top, left = (SIZE - height) // 2, (SIZE - width) // 2
    canvas = np.full((SIZE, SIZE, 3), 114, np.uint8)
    canvas[top : top + height, left : left + width] = cv2.resize(bgr, (width, height))
    return torch.from_numpy(canvas[..., ::-1] / np.float32(255)).permute(2, 0, 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "dynamic")
