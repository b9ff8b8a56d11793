"""A pose network that others published: Frame -> everyone in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.geometry import Letterbox, fit_letterbox, plan_letterbox
from core.model.decode import join_poses, non_maximum_suppression
from core.model.engines.choice import resolve_device
from core.model.engines.engine import EngineName, Precision
from core.model.engines.onnx_engine import ONNX_ERRORS, open_session
from core.model.estimator_settings import EstimatorSettings
from core.model.foreign.description import described, description_path, read_description
from core.model.foreign.form import Graph, NetworkForm, Outputs, PictureInput, Value
from core.model.foreign.suppressed import (
    NAMES,
    read_detections,
    read_movenet,
    read_our_people,
)
from core.model.foreign.ultralytics_pose import NAME, read_ultralytics
from core.model.mirror import mirror_poses
from core.skeleton import Skeleton, unknown_sigmas
from core.types import Frame, PoseBatch
from core.video.planes import letterboxed

_READERS = (read_ultralytics, read_detections, read_movenet, read_our_people)
FORMS = (NAME, *NAMES)
_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
_TYPES |= {"tensor(int32)": np.int32}


@dataclass(frozen=True, slots=True)
class Runner:
    """What runs the graph, in the words of our own engines."""

    name: EngineName
    precision: Precision
    device: str
    run: Callable[[NDArray[np.generic]], Outputs]


class ForeignEstimator:
    """Like a `PoseEstimator`, with a graph of another maker. Calls from several threads are safe.

    `settings` may be replaced whole; a graph of fixed size ignores `size`, one with suppression
    inside `iou`.
    """

    refines = False

    def __init__(
        self, engine: Runner, graph: Graph, form: NetworkForm, settings: EstimatorSettings, how: str
    ) -> None:
        self.engine = engine
        self.form = form
        self.settings = settings
        self.how = how
        shape, first = graph.inputs[0].shape, 1 if form.picture.layout == "nhwc" else 2
        height, width = shape[first], shape[first + 1]
        self._fixed = (width, height) if width and height else None
        self._type = _TYPES[graph.inputs[0].type]

    @property
    def device(self) -> str:
        """Where the network runs: cpu or cuda."""
        return self.engine.device

    @property
    def licence(self) -> str:
        """Under which the network is published, as far as its file says."""
        return self.form.licence

    @property
    def skeleton(self) -> Skeleton:
        """Of the people that are found."""
        return self.form.skeleton

    def __call__(self, frame: Frame) -> PoseBatch:
        """Everyone in the frame, best first, in its pixels."""
        settings = self.settings
        plan = self._plan(frame.size)
        picture = letterboxed(frame, plan)
        candidates = self._people(picture, plan)
        if settings.flip:
            mirrored = self._people(picture[:, ::-1], plan)
            mirrored = mirror_poses(mirrored, plan.canvas[0], self.skeleton.flip)
            candidates = join_poses([candidates, mirrored])
        if not self.form.suppressed or settings.flip:
            kept = non_maximum_suppression(candidates, settings.iou, settings.most)
        else:
            kept = candidates[np.argsort(-candidates.scores, kind="stable")[: settings.most]]
        return plan.to_frame(kept)

    def estimate(self, frames: Sequence[Frame]) -> list[PoseBatch]:
        """Frames one after the other: many graphs take one picture alone."""
        return [self(frame) for frame in frames]

    def both(self, frames: Sequence[Frame]) -> list[tuple[PoseBatch, PoseBatch]]:
        """Each frame's poses twice: nothing here is refined."""
        return [(poses, poses) for poses in self.estimate(frames)]

    def _plan(self, size: tuple[int, int]) -> Letterbox:
        if self._fixed is not None:
            return fit_letterbox(size, self._fixed)
        return plan_letterbox(size, self.settings.size, self.form.picture.stride)

    def _people(self, picture: NDArray[np.uint8], plan: Letterbox) -> PoseBatch:
        outputs = self.engine.run(self._tensor(picture))
        found = self.form.people(outputs, plan.canvas)
        least = min(self.settings.confidence, self.settings.weak)
        finite = np.isfinite(found.boxes).all(1) & np.isfinite(found.keypoints).all((1, 2))
        return found[(found.scores > least) & finite]

    def _tensor(self, picture: NDArray[np.uint8]) -> NDArray[np.generic]:
        how = self.form.picture
        ordered = picture[..., ::-1] if how.colours == "bgr" else picture
        if how == PictureInput(how.layout, how.colours, 255.0, stride=how.stride):
            values: NDArray[np.generic] = ordered
        else:
            scaled = ordered.astype(np.float32) * np.float32(how.largest / 255)
            mean, deviation = (np.array(v, np.float32) for v in (how.mean, how.deviation))
            values = (scaled - mean) / deviation
        values = values[None] if how.layout == "nhwc" else values.transpose(2, 0, 1)[None]
        return np.ascontiguousarray(values.astype(self._type))


def load_foreign(
    path: Path, settings: EstimatorSettings, say: Callable[[str], object] | None = None
) -> ForeignEstimator:
    """The estimator of an ONNX file, read by what it is. Raises ModelError."""
    if not path.is_file():
        raise ModelError(f"{path}: there is no such weights file")
    if settings.engine not in ("auto", "onnxruntime"):
        raise ModelError(f"engine {settings.engine}: {path.name} runs in onnxruntime alone")
    if settings.precision not in ("auto", "float32"):
        raise ModelError(f"precision {settings.precision}: {path.name} has the one it came with")
    device = resolve_device(settings.device)
    device = "cpu" if device == "mps" else device
    session = open_session(path, settings.threads, device)
    graph = _graph_of(path, session)
    form = form_of(path, graph)
    source, names = graph.inputs[0].name, [value.name for value in graph.outputs]

    def run(picture: NDArray[np.generic]) -> Outputs:
        try:
            return dict(zip(names, session.run(None, {source: picture}), strict=True))
        except ONNX_ERRORS as error:
            raise ModelError(f"{path}: does not run ({error})") from error

    engine = Runner("onnxruntime", "float32", device, run)
    how = f"engine onnxruntime on {device}, {form.name}, {len(form.skeleton)} keypoints"
    estimator = ForeignEstimator(engine, graph, form, settings, how)
    if say is not None:
        say(f"{how}; licence {form.licence}")
        guessed = unknown_sigmas(form.skeleton)
        if guessed:
            say(f"followed with a usual spread, as none is known of {len(guessed)} keypoints")
    return estimator


def read_licence(path: Path) -> str:
    """Under which terms the network in an ONNX file is, as far as is told. Raises ModelError."""
    return form_of(path, _graph_of(path, open_session(path, 1))).licence


def _graph_of(path: Path, session: Any) -> Graph:
    try:
        return Graph(
            _values(session.get_inputs()),
            _values(session.get_outputs()),
            dict(session.get_modelmeta().custom_metadata_map),
        )
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: is damaged, its names are no text") from error


def form_of(path: Path, graph: Graph) -> NetworkForm:
    """What kind of network a graph is. Raises ModelError with what was found and is understood."""
    told = read_description(path)
    try:
        known = next((form for read in _READERS if (form := read(graph)) is not None), None)
        form = described(graph, told, known)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    if form is None or len(graph.inputs) != 1 or graph.inputs[0].type not in _TYPES:
        there = ", ".join(f"{value.name} {_shown(value)}" for value in graph.outputs)
        raise ModelError(
            f"{path}: is no pose network of a known form; its outputs are {there}; understood are "
            f"{'; '.join(FORMS)}; {description_path(path).name} beside it may describe another"
        )
    return form


def _values(found: Sequence[object]) -> tuple[Value, ...]:
    return tuple(
        Value(
            str(value.name),  # type: ignore[attr-defined]
            tuple(
                side if isinstance(side, int) and side > 0 else None
                for side in value.shape  # type: ignore[attr-defined]
            ),
            str(value.type),  # type: ignore[attr-defined]
        )
        for value in found
    )


def _shown(value: Value) -> str:
    return "(" + ", ".join("?" if side is None else str(side) for side in value.shape) + ")"
