"""What networks alone cost at several sizes, in every engine that runs here."""

from collections.abc import Sequence
from itertools import islice

import numpy as np

from app.bench.networks import bench_int8, bench_weights, sample_pictures
from app.bench.stages import Stopwatch
from core.geometry import apply_letterbox, plan_letterbox
from core.model.checkpoint import read_settings
from core.model.engines.choice import candidates_of, open_engine
from core.model.engines.engine import Precision

NETWORKS = ("mobile", "n6")
SIZES = (384, 512, 640)  # px, longest side of a 16:9 picture
_PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16", "int8")


def measure_inference(
    count: int, networks: Sequence[str] = NETWORKS, sizes: Sequence[int] = SIZES
) -> dict[str, dict[str, float]]:
    """Infer `count` frames of the sample clip on one thread, all ways in turn for each frame."""
    watch = Stopwatch()
    engines = []
    for network in networks:
        weights = bench_weights(network)
        bench_int8(weights)
        stride = read_settings(weights).strides[-1]
        engines += [
            (network, stride, open_engine(*candidate, weights, "cpu", 1))
            for precision in _PRECISIONS
            for candidate in candidates_of(weights, None, precision)
        ]
    for index, rgb in enumerate(islice(sample_pictures(), count + 1)):
        for network, stride, engine in engines:
            for size in sizes:
                plan = plan_letterbox((rgb.shape[1], rgb.shape[0]), size, stride)
                picture = np.ascontiguousarray(apply_letterbox(rgb, plan)[None])
                shape = f"{plan.canvas[0]}x{plan.canvas[1]}"
                stage = f"{network} {shape}, {engine.name} {engine.precision}"
                if index == 0:
                    engine(picture)  # compiled at the first call
                else:
                    watch(stage, engine, picture)
    return watch.medians()
