"""Frame -> everyone in it, by the network. Imports torch only where an engine needs it."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.geometry import plan_letterbox
from core.model.candidates import Features, gather_candidates
from core.model.checkpoint import find_weights, read_history, read_settings
from core.model.decode import (
    average_agreeing,
    by_anchor,
    decode_maps,
    join_poses,
    non_maximum_suppression,
)
from core.model.engines.choice import choose_engine
from core.model.engines.chooser_engine import choose_with, open_chooser
from core.model.engines.engine import Branches, Engine
from core.model.estimator_settings import EstimatorSettings
from core.model.mirror import mean_maps, mirror_poses
from core.model.onnx_store import make_chooser
from core.model.pyramid import Maps, halved, is_large, large_ones, maps_of_large, without_padding
from core.model.refine import Choose, choose_both_ways, refine
from core.model.settings import ModelSettings
from core.model.twins import without_twins
from core.skeleton import Skeleton
from core.types import FloatArray, Frame, PoseBatch
from core.video.planes import letterboxed

if TYPE_CHECKING:
    from core.model.device.chain import DeviceChain
    from core.model.foreign.estimator import ForeignEstimator

T = TypeVar("T")


class PoseEstimator:
    """A network in an engine; call it with a frame. `settings` may be replaced whole.

    Calls from several threads at once are safe. `how` says in one line what runs the network.
    With a `chain`, frames go to the engine's device whole and come back as people. `choose` is the
    chooser of a network that refines; without it keypoints stay as the regression has them.
    """

    def __init__(
        self,
        engine: Engine,
        model: ModelSettings,
        settings: EstimatorSettings,
        how: str = "",
        chain: "DeviceChain | None" = None,
        choose: Choose | None = None,
        licence: str | None = None,
    ) -> None:
        self.licence = licence  # of weights of another maker
        self.engine = engine
        self.model = model
        self.settings = settings
        self.how = how
        self._chain = chain
        self._choose = choose

    def at(self, size: int) -> "PoseEstimator":
        """The same network with another input size, and otherwise the settings of this moment."""
        other = copy(self)
        other.settings = replace(self.settings, size=size)
        return other

    @property
    def device(self) -> str:
        """Where the network runs: cpu, cuda or mps."""
        return self.engine.device

    @property
    def skeleton(self) -> Skeleton:
        """Of the people that are found."""
        return self.model.skeleton

    @property
    def refines(self) -> bool:
        """Whether keypoints are moved after the regression."""
        return self._choose is not None

    def __call__(self, frame: Frame) -> PoseBatch:
        """Everyone in the frame, best first, in its pixels."""
        settings = self.settings
        if self._chain is not None and not settings.flip:
            plan = plan_letterbox(frame.size, settings.size, self.model.strides[-1])
            limits = (settings.confidence, settings.iou, min(settings.confidence, settings.weak))
            found = self._chain(frame, plan, limits, settings.most, self._looks_twice)
            if found is not None:
                return plan.to_frame(self._once_each(found))
        return self.estimate([frame])[0]

    def estimate(self, frames: Sequence[Frame]) -> list[PoseBatch]:
        """Frames of one size, as one batch."""
        return [refined for _, refined in self.both(frames)]

    def both(self, frames: Sequence[Frame]) -> list[tuple[PoseBatch, PoseBatch]]:
        """Frames of one size: the poses of the regression alone, and those that are refined.

        They are the same where the network does not refine.
        """
        settings = self.settings
        if not frames:
            return []
        plan = plan_letterbox(frames[0].size, settings.size, self.model.strides[-1])
        pictures: NDArray[np.uint8] = np.stack([letterboxed(frame, plan) for frame in frames])
        if settings.flip:
            pictures = np.concatenate([pictures, pictures[:, :, ::-1]])
        looks = self._looks(pictures)
        choose, flip = self._choose, self.skeleton.flip
        if choose is not None and settings.flip:
            choose = choose_both_ways(choose, flip)
        found = []
        for row in range(len(frames)):
            candidates, maps = self._seen(looks, row)
            if settings.flip:
                mirrored, there = self._seen(looks, row + len(frames))
                mirrored = mirror_poses(mirrored, plan.canvas[0], flip)
                candidates = join_poses([candidates, mirrored])
                maps = [mean_maps(*both, flip) for both in zip(maps, there, strict=True)]
            people = refined = self._people(candidates)
            if maps and choose is not None:
                large = _maps_of_large(people, maps)
                refined = refine(people, maps[0], settings.confidence, choose, large)
                refined = self._once_each(refined)
            found.append((plan.to_frame(people), plan.to_frame(refined)))
        return found

    def candidates(self, picture: NDArray[np.uint8]) -> tuple[PoseBatch, Features[FloatArray]]:
        """The regression's poses in an RGB picture that fits the network as it is, and what there
        is to choose from.
        """
        found, maps = self._seen(self._looks(picture[None]), 0)
        people = self._people(found)
        large = _maps_of_large(people, maps)
        return people, gather_candidates(people, maps[0], self.settings.confidence, large)

    @property
    def _looks_twice(self) -> bool:
        return self.settings.pyramid and self.model.refine != "none"

    def _looks(self, pictures: NDArray[np.uint8]) -> list[Branches]:
        """The network's branches for pictures, and for their halves where it looks twice."""
        looks = [self.engine(pictures)]
        if self._looks_twice:
            looks.append(self.engine(halved(pictures, self.model.strides[-1])))
        return looks

    def _seen(self, looks: list[Branches], row: int) -> tuple[PoseBatch, list[Maps]]:
        """Candidates of one picture in its px, and of every look its maps, if it has them."""
        levels = len(self.model.strides)
        poses = [self._candidates(look[:levels], row) for look in looks]
        maps = [(look[-1][0][row], look[-1][1][row]) for look in looks if len(look) > levels]
        if len(looks) > 1:
            poses[1], maps[1] = large_ones(poses[1]), without_padding(maps[1], maps[0])
        return join_poses(poses), maps

    def _people(self, candidates: PoseBatch) -> PoseBatch:
        kept = non_maximum_suppression(candidates, self.settings.iou, self.settings.most)
        return average_agreeing(kept, candidates, self.settings.confidence)

    def _once_each(self, people: PoseBatch) -> PoseBatch:
        return without_twins(people, self.skeleton.sigmas) if self.refines else people

    def _candidates(self, branches: Branches, row: int) -> PoseBatch:
        return decode_maps(
            [by_anchor(box[row], keypoints[row], self.model) for box, keypoints in branches],
            self.model.anchors,
            self.model.strides,
            min(self.settings.confidence, self.settings.weak),
        )


def _maps_of_large(people: PoseBatch, maps: list[Maps]) -> Maps | None:
    """Only made where there are two looks and somebody large."""
    return maps_of_large(*maps) if len(maps) > 1 and is_large(people.boxes).any() else None


def load_estimator(
    weights: Path | str | None = None,
    settings: EstimatorSettings | None = None,
    say: Callable[[str], object] | None = None,
) -> "PoseEstimator | ForeignEstimator":
    """An estimator from a weights file or a shipped name; None is the default weights.

    An ONNX file may be the network of another maker; see `core.model.foreign`.

    `say` is told in one line which engine was taken. Raises ModelError.
    """
    settings = settings or EstimatorSettings()
    path = find_weights(None if weights is None else str(weights))
    if path.suffix == ".onnx":
        from core.model.foreign.estimator import load_foreign

        return load_foreign(path, settings, say)
    model = read_settings(path)
    told = read_history(path).get("licence")
    licence = None if told is None else str(told)
    chosen = choose_engine(
        path,
        _unless_auto(settings.engine),
        _unless_auto(settings.precision),
        settings.device,
        settings.threads,
        plan_letterbox((16, 9), settings.size, model.strides[-1]).canvas,
    )
    if say is not None:
        say(chosen.reason if licence is None else f"{chosen.reason}; licence {licence}")
    chain = None
    if chosen.engine.name == "torch" and chosen.engine.device.startswith("cuda"):
        chain = _chain_of(chosen.engine, model)
    choose = _chooser_of(chosen.engine, path) if model.refine != "none" else None
    return PoseEstimator(chosen.engine, model, settings, chosen.reason, chain, choose, licence)


def _chooser_of(engine: Engine, weights: Path) -> Choose | None:
    """With torch at hand it needs no file, for which there may be no place."""
    if engine.name != "torch":
        return open_chooser(make_chooser(weights))
    from core.model.engines.torch_engine import TorchEngine

    assert isinstance(engine, TorchEngine)
    return choose_with(engine.network.network.chooser)


def _chain_of(engine: Engine, model: ModelSettings) -> "DeviceChain":
    import torch

    from core.model.device.chain import DeviceChain
    from core.model.engines.torch_engine import TorchEngine

    assert isinstance(engine, TorchEngine)
    return DeviceChain(engine.network, model, torch.device(engine.device))


def _unless_auto(wish: T | Literal["auto"]) -> T | None:
    return None if wish == "auto" else wish
