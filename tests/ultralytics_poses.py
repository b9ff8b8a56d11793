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
PEOPLE = 12  # about so many candidates a picture above the threshold


def main(folder: Path, name: str, dynamic: bool) -> None:
    os.chdir(folder)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = YOLO(f"{name}.yaml")
    model.model = network = PoseModel(f"{name}.yaml", nc=1, verbose=False)
    network.names = {0: "person"}
    pictures = sorted(folder.glob("*.png"))
    batch = torch.stack(
        [
            torch.from_numpy(cv2.resize(cv2.imread(str(path)), (SIZE, SIZE))).permute(2, 0, 1)
            for path in pictures
        ]
    ).float()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    network.train()
    with torch.no_grad():
        for _ in range(3):
            network(batch / 255)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    head = network.model[-1]
    for branch in [*head.cv3, *(getattr(head, "one2one_cv3", None) or [])]:
        branch[-1].weight *= 4
        branch[-1].bias[:] = -3.0
    network.eval()
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


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "dynamic")
