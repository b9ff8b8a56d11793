"""Networks and a clip for measuring: random weights that behave like trained ones."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from app.bench.peers import calibrate, kept_threshold
from app.bundled import sample_clip
from core.errors import SourceError
from core.geometry import apply_letterbox, plan_letterbox
from core.model.checkpoint import (
    DEFAULT,
    find_weights,
    model_settings,
    read_settings,
    save_checkpoint,
)
from core.model.engines.choice import open_engine
from core.model.engines.engine import EngineName, Precision
from core.model.onnx_store import cache_folder, make_onnx, onnx_path
from core.video.capture import read_frames

CANDIDATES = 120  # anchors above the threshold, as with about six people
PEOPLE = 6
SIZE = (1920, 1080)


def bench_folder() -> Path:
    """Where clips and networks for measuring are kept."""
    folder = cache_folder() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def bench_clip(frames: int) -> Path:
    """The sample clip enlarged to 1080p30 H.264, as often as needed for that many frames."""
    path = bench_folder() / f"sample-1080p-{frames}.mp4"
    if path.is_file():
        return path
    part = path.with_name(path.name + ".part")
    with av.open(str(part), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "fast", "crf": "23"})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for index, rgb in enumerate(islice(cycle(sample_pictures()), frames)):
            large = np.asarray(cv2.resize(rgb, SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)
            picture = av.VideoFrame.from_ndarray(large, format="rgb24")
            picture.pts, picture.time_base = index, Fraction(1, 30)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    part.replace(path)
    return path


def bench_weights(name: str) -> Path:
    """Shipped weights by name, or random ones of a network, calibrated on the sample clip."""
    if name == DEFAULT or name.endswith(".onnx"):
        return find_weights(name)
    path = bench_folder() / f"{name}.safetensors"
    if not path.is_file():
        import torch

        from core.model.network import PoseNetwork

        torch.manual_seed(0)
        network = PoseNetwork(model_settings(name)).train()
        plan = plan_letterbox((960, 540), 640, network.settings.strides[-1])
        pictures = np.stack(
            [apply_letterbox(rgb, plan) for rgb in islice(sample_pictures(), 0, 80, 20)]
        )
        batch = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
        calibrate(network, batch)
        save_checkpoint(path, network, {"weights": "random"}, half=False)
    return path


def bench_int8(weights: Path) -> Path:
    """The int8 form of weights, its ranges from the sample clip."""
    path = onnx_path(weights, "int8")
    if not path.is_file():
        from core.model.quantise import write_int8

        plan = plan_letterbox((960, 540), 640, read_settings(weights).strides[-1])
        pictures = [apply_letterbox(rgb, plan) for rgb in islice(sample_pictures(), 0, 160, 10)]
        write_int8(make_onnx(weights), path, pictures)
    return path


def threshold_of(
    weights: Path, engine: EngineName = "onnxruntime", precision: Precision = "float32"
) -> float:
    """The confidence at which the sample's first frame has about as many candidates as wanted.

    Each precision has its own, so that as many people are drawn and tracked with all of them.
    """
    if weights.parent != bench_folder():
        return 0.3

    def scores() -> list[float]:
        settings = read_settings(weights)
        plan = plan_letterbox((960, 540), 640, settings.strides[-1])
        picture = apply_letterbox(next(sample_pictures()), plan)[None]
        network = open_engine(engine, precision, weights, "cpu", 1)
        found: list[float] = []
        for (box, _), anchors in zip(network(picture), settings.anchors, strict=True):
            values = box[0].reshape(len(anchors), -1, *box.shape[2:]).astype(np.float32)
            both = 1 / (1 + np.exp(-values[:, 4])) / (1 + np.exp(-values[:, 5]))
            found += both.reshape(-1).tolist()
        return found

    path = weights.with_suffix(f".{engine}.{precision}.threshold.json")
    return kept_threshold(path, scores, CANDIDATES)


def sample_pictures() -> Iterator[NDArray[np.uint8]]:
    """The frames of the sample clip, RGB. Raises SourceError."""
    sample = sample_clip()
    if sample is None:
        raise SourceError("no sample clip came with the program; `bench` needs it")
    return (frame.rgb for frame in read_frames(str(sample)))
