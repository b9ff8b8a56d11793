"""`python -m app eval`: COCO keypoint metrics of weights on a labelled data set."""

import argparse
import json
import time
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--weights", help="a weights file or a shipped name (the default weights)")
    parser.add_argument("--data", type=Path, required=True, help="COCO keypoints JSON")
    parser.add_argument("--size", type=int, default=640, help="longest side of the input, px (640)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda", "mps"], default="auto")
    parser.add_argument("--output", type=Path, help="write the results JSON here")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate and print the table."""
    from tqdm import tqdm

    from core.model.checkpoint import find_weights
    from core.model.estimator import EstimatorSettings, load_estimator
    from core.part_file import write_whole
    from core.settings import build
    from core.train.dataset import read_dataset
    from core.train.evaluate import (
        CONFIDENCE,
        MOST,
        coco_results,
        estimate_images,
        score_results,
    )

    settings = build(
        EstimatorSettings,
        {
            "size": arguments.size,
            "confidence": CONFIDENCE,
            "most": MOST,
            "device": arguments.device,
        },
        "eval",
    )
    path = find_weights(arguments.weights)
    estimator = load_estimator(path, settings)
    images = read_dataset(arguments.data, estimator.model.keypoints)
    started = time.perf_counter()
    found = estimate_images(tqdm(images, "eval", unit="image", leave=False), estimator)
    results = coco_results(found)
    images_s = len(images) / (time.perf_counter() - started)
    metrics = score_results(arguments.data, results)
    print(f"{path.name} on {arguments.data.name}, {len(images)} images, size {arguments.size}")
    names = ("AP", "AP50", "AP75", "AP_M", "AP_L", "AR", "box AP", "box AP50")
    print("".join(f"{name:>10}" for name in names))
    print("".join(f"{value:>10.3f}" for value in metrics.as_dict().values()))
    print(f"{images_s:.1f} images/s on {estimator.device}, pictures read included")
    if arguments.output is not None:
        write_whole(arguments.output, json.dumps(results))
        print(f"results: {arguments.output}")
    return 0
