"""Ultralytics' pose networks on a clip, in whatever environment they are installed.

Stands alone: `python app/bench/peers.py '{"clip": ..., "network": "yolov8n-pose", ...}'`.
What the cases of our own networks need as well is here too.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_CALIBRATION_FRAMES = 32


def main() -> None:
    """Track the people of a clip, save the video, and print what that cost."""
    started = time.perf_counter()
    case = json.loads(sys.argv[1])
    os.chdir(case["folder"])
    model = _load(case)
    marks: list[tuple[float, float]] = []
    people = 0
    results = model.track(
        case["clip"],
        stream=True,
        save=True,
        imgsz=case["size"],
        conf=_threshold(case),
        max_det=case["people"],
        verbose=False,
        device="cpu",
        project=case["folder"],
        exist_ok=True,
    )
    for result in results:
        marks.append((time.process_time(), time.perf_counter()))
        people += len(result.boxes)
    (cpu_first, wall_first), (cpu_last, wall_last) = marks[0], marks[-1]
    steps = len(marks) - 1
    report = {
        "frames": len(marks),
        "people": people / len(marks),
        "cpu_ms": 1e3 * (cpu_last - cpu_first) / steps,
        "frames_s": steps / (wall_last - wall_first),
        "start_s": wall_first - started,
        "peak_mb": memory_mb("VmHWM"),
    }
    print(json.dumps(report))


def _threshold(case: dict[str, Any]) -> float:
    """The confidence that as many anchors of the first frame exceed as in the other programs."""

    def scores() -> list[float]:
        import torch
        from ultralytics import YOLO

        model = YOLO(str(_weights(case)))
        with torch.no_grad():
            output = model.model.eval()(torch.stack(_pictures(case, 1)))[0]
        found = output[0] if isinstance(output, (tuple, list)) else output
        return list(found[0, 4].tolist())

    path = Path(case["folder"]) / f"{case['network']}.{case['size']}.threshold.json"
    return kept_threshold(path, scores, case["candidates"])


def kept_threshold(path: Path, scores: Callable[[], Iterable[float]], candidates: int) -> float:
    """The score that so many candidates reach, found once and kept in a file."""
    if not path.is_file():
        path.write_text(json.dumps(sorted(scores())[-candidates]))
    return float(json.loads(path.read_text()))


def calibrate(network: Any, batch: Any) -> None:
    """Bring the running means of batch norm to those of a batch: so random weights behave."""
    import torch

    with torch.no_grad():
        for _ in range(25):  # they move by 3 % a step
            network(batch)


def _weights(case: dict[str, Any]) -> Path:
    return Path(case["folder"]) / f"{case['network']}.pt"


def _shape(case: dict[str, Any]) -> tuple[int, int]:
    """Height and width of a 16:9 picture at the case's size, as ultralytics pads it."""
    return -(-case["size"] * 9 // (16 * 32)) * 32, case["size"]


def _pictures(case: dict[str, Any], count: int) -> list[Any]:
    import cv2
    import torch

    capture = cv2.VideoCapture(case["clip"])
    pictures = []
    for _ in range(count):
        _, bgr = capture.read()
        small = cv2.resize(bgr, _shape(case)[::-1])[:, :, ::-1].copy()
        pictures.append(torch.from_numpy(small).permute(2, 0, 1).float() / 255)
    return pictures


def _calibration(case: dict[str, Any]) -> str:
    """A data set of frames of the clip, from which the ranges of int8 are taken."""
    import cv2

    folder = Path(case["folder"]) / "calibration"
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    capture = cv2.VideoCapture(case["clip"])
    label = "0 0.5 0.5 0.2 0.4" + 17 * " 0.5 0.5 2"
    for index in range(_CALIBRATION_FRAMES):
        there, bgr = capture.read()
        if not there:
            break
        cv2.imwrite(str(folder / "images" / f"{index}.jpg"), bgr)
        (folder / "labels" / f"{index}.txt").write_text(label + "\n")
    data = {
        "path": str(folder),
        "train": "images",
        "val": "images",
        "kpt_shape": [17, 3],
        "names": {0: "person"},
    }
    path = folder / "data.yaml"
    path.write_text(json.dumps(data))
    return str(path)


def memory_mb(field: str) -> float:
    """This process's memory, the most it had (VmHWM) or has (VmRSS); 0 where nothing tells.

    Linux's getrusage would count the parent before it started this program.
    """
    status = Path("/proc/self/status")
    if not status.is_file():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def _load(case: dict[str, Any]) -> Any:
    import torch

    # Neither this package nor what it imports reports its use.
    os.environ["YOLO_OFFLINE"] = "true"
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    from ultralytics import YOLO

    weights = _weights(case)
    if not weights.is_file():
        torch.manual_seed(0)
        model = YOLO(f"{case['network']}.yaml")
        network = model.model.train()
        calibrate(network, torch.stack(_pictures(case, 4)))
        network.eval()
        model.save(str(weights))
    if case["engine"] == "torch":
        return YOLO(str(weights))
    kind = "int8_" if case["int8"] else ""
    exported = weights.with_name(f"{weights.stem}_{case['size']}_{kind}openvino_model")
    if not exported.is_dir():
        how = {"int8": True, "data": _calibration(case)} if case["int8"] else {}
        made = YOLO(str(weights)).export(format="openvino", imgsz=_shape(case), **how)
        Path(made).rename(exported)
    return YOLO(str(exported), task="pose")


if __name__ == "__main__":
    main()
