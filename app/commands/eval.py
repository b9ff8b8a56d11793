"""`python -m app eval`: COCO keypoint metrics of weights on a labelled data set."""

import argparse
import json
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.options.images import add_images_argument
from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_all_free, remember

if TYPE_CHECKING:
    from core.train.dataset import LabelledImage
    from core.types import Frame, PoseBatch

_SHOWN = 0.3  # lowest score of a person in the error breakdown
_WORST = 16  # people in the picture of the worst cases


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "--model",
        "--weights",
        dest="weights",
        help="a weights file, an ONNX file or a shipped name (the default weights)",
    )
    parser.add_argument("--data", type=Path, required=True, help="COCO keypoints JSON")
    add_images_argument(parser)
    parser.add_argument("--size", type=int, default=512, help="longest side of the input, px (512)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda", "mps"], default="auto")
    parser.add_argument("--engine", default="auto", help="auto, torch, onnxruntime or openvino")
    parser.add_argument("--precision", default="auto", help="auto, float32, bfloat16 or int8")
    parser.add_argument("--flip", action="store_true", help="look at mirrored pictures as well")
    parser.add_argument("--one-look", action="store_true", help="without the look at half the size")
    parser.add_argument("--output", type=Path, help="write the results JSON here")
    parser.add_argument("--errors", action="store_true", help="say what goes wrong, and for whom")
    add_overwrite_argument(parser)
    parser.add_argument("--pictures", type=Path, help="with --errors: a PNG of the worst cases")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate and print the table."""
    from tqdm import tqdm

    from core.errors import OutputError
    from core.model.accuracy import Measured, keep_accuracy
    from core.model.checkpoint import find_weights
    from core.model.estimator import load_estimator
    from core.model.estimator_settings import EstimatorSettings
    from core.part_file import make_folder, write_whole
    from core.settings import build
    from core.train.dataset import read_dataset
    from core.train.evaluate import (
        CONFIDENCE,
        MOST,
        coco_results,
        estimate_images,
        score_results,
    )

    asked = [path for path in (arguments.output, arguments.pictures) if path is not None]
    files = [Outputs.of_file(path, arguments.data) for path in asked]
    check_all_free(files, arguments.overwrite)
    for outputs in files:
        make_folder(outputs.folder)
    settings = build(
        EstimatorSettings,
        {
            "size": arguments.size,
            "confidence": CONFIDENCE,
            "most": MOST,
            "pyramid": not arguments.one_look,
            "flip": arguments.flip,
            "device": arguments.device,
            "engine": arguments.engine,
            "precision": arguments.precision,
        },
        "eval",
    )
    path = find_weights(arguments.weights)
    estimator = load_estimator(path, settings, print)
    images = read_dataset(arguments.data, len(estimator.skeleton), arguments.images)
    started = time.perf_counter()
    unrefined: list[PoseBatch] = []

    def look(frame: "Frame") -> "PoseBatch":
        ((regression, refined),) = estimator.both([frame])
        unrefined.append(regression)
        return refined

    found = list(estimate_images(tqdm(images, "eval", unit="image", leave=False), look))
    results = coco_results(found)
    images_s = len(images) / (time.perf_counter() - started)
    rows = {"": score_results(images, results)}
    if estimator.refines:
        plain = coco_results(zip(images, unrefined, strict=True))
        rows = {"refined": rows[""], "regression": score_results(images, plain)}
    print(f"{path.name} on {arguments.data.name}, {len(images)} images, size {arguments.size}")
    names = ("AP", "AP50", "AP75", "AP_M", "AP_L", "AR", "box AP", "box AP50")
    print(f"{'':<12}" + "".join(f"{name:>10}" for name in names))
    for name, metrics in rows.items():
        print(f"{name:<12}" + "".join(f"{value:>10.3f}" for value in metrics.as_dict().values()))
    print(f"{images_s:.1f} images/s on {estimator.device}, pictures read included")
    with suppress(OutputError):  # without a writable cache `models` shows what is published
        best = max(metrics.ap for metrics in rows.values())
        keep_accuracy(path, Measured(round(best, 4), arguments.data.name, arguments.size))
    if arguments.output is not None:
        write_whole(arguments.output, json.dumps(results))
        remember(Outputs.of_file(arguments.output, arguments.data))
        print(f"results: {arguments.output}")
    if arguments.errors:
        shown = [(image, poses[poses.scores > _SHOWN]) for image, poses in found]
        _print_errors(shown, arguments.pictures, arguments.data)
    return 0


def _print_errors(
    found: "list[tuple[LabelledImage, PoseBatch]]", pictures: Path | None, data: Path
) -> None:
    from core.train.breakdown import CASES, breakdown, person_errors, score_table
    from core.train.pictures import draw_worst

    errors = person_errors(found)
    print(
        f"\npeople of score {_SHOWN} or more; each labelled keypoint of a found person is one case"
    )
    print(f"{'':<16}{'people':>8}{'found':>8}{'OKS':>8}" + "".join(f"{c:>11}" for c in CASES))
    for row in breakdown(errors):
        numbers = "".join(f"{100 * float(row[case]):>10.1f}%" for case in CASES)
        print(
            f"{row['who']:<16}{row['people']:>8.0f}{100 * float(row['found']):>7.1f}%"
            f"{row['oks']:>8.3f}{numbers}"
        )
    print(
        "\nkeypoints of found people by their score; near: similarity to the label of 0.5 or more"
    )
    print(f"{'score from':<16}{'keypoints':>10}{'labelled':>10}{'near':>8}")
    for tenth in score_table(errors):
        print(
            f"{tenth['score']:<16.1f}{tenth['keypoints']:>10.0f}"
            f"{100 * tenth['labelled']:>9.1f}%{100 * tenth['near']:>7.1f}%"
        )
    if pictures is not None:
        if draw_worst(errors, _WORST, pictures):
            remember(Outputs.of_file(pictures, data))
            print(f"worst cases (truth green, found orange): {pictures}")
        else:
            print(
                f"nobody was found, so there are no worst cases to draw: {pictures} is not written"
            )
