"""`python -m app export`: the network in the formats of other runtimes, each one checked."""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.bundled import SAMPLE
from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_free, remember
from core.errors import OutputError

if TYPE_CHECKING:
    from core.model.engines.engine import Engine, Precision

TOLERANCE = 1e-3  # of the largest value, between an exported file and the network
PIXELS = 0.1  # between its people and the network's
PICTURES = 48  # that the ranges of int8 are taken from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--model", help="a weights file or a shipped name (the default weights)")
    parser.add_argument(
        "--format",
        choices=["onnx", "openvino", "tensorrt"],
        default="onnx",
        help="tensorrt writes ONNX and prints the command that builds the engine (default: onnx)",
    )
    parser.add_argument(
        "--people",
        action="store_true",
        help="onnx: also a file from a 16:9 picture to people, decoding and all that follows in it",
    )
    parser.add_argument("--precision", choices=["float32", "bfloat16", "int8"], default="float32")
    parser.add_argument(
        "--frames", help="int8: a clip or folder of images like those to come (the sample clip)"
    )
    parser.add_argument(
        "--data",
        type=Path,
        help="COCO keypoints JSON: measure what the precision loses, so that it may be chosen "
        "automatically where that is little",
    )
    parser.add_argument("--size", type=int, default=512, help="longest side of the input, px (512)")
    parser.add_argument("--output", type=Path, default=Path("export"), help="folder (export)")
    add_overwrite_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write, check, and say what was written."""
    from core.model.checkpoint import find_weights
    from core.model.onnx_store import make_onnx, onnx_path
    from core.model.quantise import write_int8
    from core.part_file import make_folder

    weights = find_weights(arguments.model)
    _check_free(weights, arguments)
    precision: Precision = arguments.precision
    source = make_onnx(weights)
    if precision == "int8":
        kept = onnx_path(weights, "int8")
        write_int8(source, kept, _pictures(weights, arguments.frames, arguments.size))
        source = kept
    make_folder(arguments.output)
    _write(source, weights, arguments)
    if arguments.people:
        _write_people(weights, arguments)
    if arguments.data is not None and precision != "float32":
        _measure_loss(weights, arguments.data, precision, arguments.size)
    return 0


def _check_free(weights: Path, arguments: argparse.Namespace) -> None:
    """Raises OutputError where a file that was not made of these weights would be replaced.

    An ONNX file says what it was made of, and the record beside says it of OpenVINO's.
    """
    from core.model.checkpoint import file_sha256
    from core.model.export_onnx import read_facts

    if arguments.overwrite:
        return
    targets = [_onnx_file(weights, arguments)]
    if arguments.people:
        targets.append(arguments.output / f"{weights.stem}.people.onnx")
    digest = file_sha256(weights)
    for target in targets:
        there = target.exists() or target.is_symlink()
        if there and read_facts(target).get("weights") != digest:
            raise OutputError(
                f"{target}: is there already and was not made of {weights}; "
                "choose another --output, or replace it with --overwrite"
            )
    if arguments.format == "openvino":
        check_free(_openvino_files(weights, arguments), arguments.overwrite)


def _onnx_file(weights: Path, arguments: argparse.Namespace) -> Path:
    kind = ".int8" if arguments.precision == "int8" else ""
    folder: Path = arguments.output
    return folder / f"{weights.stem}{kind}.onnx"


def _openvino_files(weights: Path, arguments: argparse.Namespace) -> Outputs:
    main = _onnx_file(weights, arguments)
    names = tuple(main.with_suffix(suffix).name for suffix in (".xml", ".bin"))
    return Outputs(arguments.output, main.stem, str(weights), names)


def _write(source: Path, weights: Path, arguments: argparse.Namespace) -> None:
    from core.model.engines.onnx_engine import OnnxEngine
    from core.part_file import PartFile, output_errors

    target = _onnx_file(weights, arguments)
    with output_errors(target), PartFile(target) as file:
        file.write(source.read_bytes())
    _check(OnnxEngine(target, arguments.precision), weights, arguments, target)
    if arguments.format == "openvino":
        from core.model.engines.runtimes import import_openvino

        openvino = import_openvino()
        target = target.with_suffix(".xml")
        remember(_openvino_files(weights, arguments))
        openvino.save_model(openvino.convert_model(str(source)), target, compress_to_fp16=False)
        from core.model.engines.openvino_engine import OpenVinoEngine

        _check(OpenVinoEngine(target, "float32"), weights, arguments, target)
    elif arguments.format == "tensorrt":
        short = -(-arguments.size * 9 // (16 * 64)) * 64
        shape = f"pictures:1x{short}x{arguments.size}x3"
        print(
            f"on the machine with the GPU: trtexec --onnx={target.name} --fp16 --shapes={shape} "
            f"--saveEngine={target.stem}.engine"
        )


def _write_people(weights: Path, arguments: argparse.Namespace) -> None:
    """Write, and compare with what the estimator finds. Raises ModelError."""
    from core.errors import ModelError
    from core.geometry import plan_letterbox
    from core.model.checkpoint import file_sha256, load_checkpoint
    from core.model.engines.chooser_engine import choose_with
    from core.model.engines.runtimes import import_onnxruntime
    from core.model.engines.torch_engine import TorchEngine
    from core.model.estimator import PoseEstimator
    from core.model.estimator_settings import EstimatorSettings
    from core.model.export_people import write_people
    from core.types import Frame

    how = EstimatorSettings(size=arguments.size)
    network = load_checkpoint(weights).network()
    model = network.settings
    canvas = plan_letterbox((16, 9), how.size, model.strides[-1]).canvas
    path = arguments.output / f"{weights.stem}.people.onnx"
    facts, twice = {"weights": file_sha256(weights)}, how.pyramid and model.refine != "none"
    write_people(path, network, facts, canvas, how.confidence, how.iou, how.most, twice)
    picture = next(_pictures(weights, None, arguments.size))
    engine = TorchEngine(load_checkpoint(weights).network(), "cpu", "float32")
    choose = choose_with(engine.network.network.chooser)
    expected = PoseEstimator(engine, model, how, choose=choose)(Frame(0, 0.0, 0, picture))
    session = import_onnxruntime().InferenceSession(str(path), providers=["CPUExecutionProvider"])
    boxes, keypoints = session.run(["boxes", "keypoints"], {"pictures": picture[None]})
    distance = np.inf
    if len(boxes) == len(expected):
        far = np.abs(keypoints[..., :2] - expected.keypoints).max(initial=0)
        distance = max(float(far), float(np.abs(boxes - expected.boxes).max(initial=0)))
    if not distance < PIXELS:
        path.unlink()
        raise ModelError(f"{path}: its people differ from the network's; it was removed")
    print(f"{path}: written; its {len(boxes)} people are those of the network within {PIXELS} px")


def _check(engine: "Engine", weights: Path, arguments: argparse.Namespace, path: Path) -> None:
    """Compare with the network itself. Raises ModelError."""
    from core.errors import ModelError
    from core.model.checkpoint import load_checkpoint
    from core.model.engines.torch_engine import TorchEngine

    network = TorchEngine(load_checkpoint(weights).network(), "cpu", "float32")
    picture = next(_pictures(weights, None, arguments.size))[None]
    distance = 0.0
    for ours, theirs in zip(engine(picture), network(picture), strict=True):
        for a, b in zip(ours, theirs, strict=True):
            distance = max(distance, float(np.abs(a - b).max() / np.abs(b).max()))
    if arguments.precision != "int8" and not distance < TOLERANCE:
        path.unlink()
        if path.suffix == ".xml":
            path.with_suffix(".bin").unlink(missing_ok=True)
        raise ModelError(f"{path}: differs from the network by {distance:.2g}; it was removed")
    print(f"{path}: written; differs from the network by at most {distance:.2g} of its range")


def _pictures(weights: Path, source: str | None, size: int) -> Iterator[NDArray[np.uint8]]:
    """Pictures spread over a source, as the network sees them."""
    from core.geometry import apply_letterbox, plan_letterbox
    from core.model.checkpoint import read_settings
    from core.video.capture import read_frames
    from core.video.probe import probe

    stride = read_settings(weights).strides[-1]
    source = source or str(SAMPLE / "sample.mp4")
    count = probe(source).frame_count or PICTURES
    step = max(1, count // PICTURES)
    for frame in islice(read_frames(source), 0, step * PICTURES, step):
        yield apply_letterbox(frame.rgb, plan_letterbox(frame.size, size, stride))


def _measure_loss(weights: Path, data: Path, precision: "Precision", size: int) -> None:
    """Evaluate both precisions, print both, and remember the difference."""
    from tqdm import tqdm

    from core.model.engines.choice import LARGEST_LOSS
    from core.model.estimator import load_estimator
    from core.model.estimator_settings import EstimatorSettings
    from core.model.onnx_store import keep_loss
    from core.train.dataset import read_dataset
    from core.train.evaluate import CONFIDENCE, MOST, coco_results, estimate_images, score_results

    points = []
    for kind in ("float32", precision):
        settings = EstimatorSettings(
            size=size, confidence=CONFIDENCE, most=MOST, device="cpu", precision=kind
        )
        estimator = load_estimator(weights, settings)
        images = read_dataset(data, len(estimator.skeleton))
        shown = tqdm(images, kind, unit="image", leave=False)
        metrics = score_results(images, coco_results(estimate_images(shown, estimator)))
        points.append(100 * metrics.ap)
        print(f"{kind:<9} keypoint AP {points[-1]:.2f} on {len(images)} images of {data.name}")
    loss = points[0] - points[1]
    keep_loss(weights, precision, loss)
    verdict = "chosen where it is the fastest" if loss <= LARGEST_LOSS[precision] else "not chosen"
    print(f"{precision} loses {loss:.2f} points: from now on it is {verdict}")
