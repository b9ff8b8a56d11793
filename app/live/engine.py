"""The networks and trackers behind the window."""

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from app.bundled import own_command
from app.clips.analysis import analysis_of, frames_ahead, network_settings
from app.diagnosis import diagnose
from app.live.record import write_live_record
from app.own_look import Chosen, look_with
from app.results.provenance import made_by, model_record
from app.results.window_record import check_export_record, write_export_record
from app.settings import AppSettings
from app.teach.training import why_no_training
from core.errors import ModelError
from core.machine import spare_what_was_loaded
from core.model.accuracy import BFLOAT16, ONE_LOOK, accuracy_of, others_of
from core.model.checkpoint import find_weights
from core.model.estimator import PoseEstimator, load_estimator
from core.run.costs import Costs
from core.run.governed import Governed
from core.run.governor import Governor, Rung, choices, ladder_of
from core.run.recorded import Analysis
from core.run.region import RegionEstimator
from core.run.stages import Estimator, Tracker
from core.settings import as_dict, build
from core.skeleton import Skeleton
from trackers.motion import load_filters
from trackers.pose_tracker import PoseTracker

KEPT_CONFIDENCE = 0.1  # poses of a clip are kept from here on


class AppEngine:
    """Implements `ui.session.engine.WindowEngine` with YOLO-Pose and the pose tracker."""

    def __init__(self, settings: AppSettings) -> None:
        self.settings = settings
        self._costs: dict[tuple[Path | None, int, bool], Costs] = {}
        self._in_half: dict[tuple[Path | None, int], PoseEstimator] = {}
        self._loaded = False  # a network, and with it the libraries that run it

    def load(self, settings: AppSettings) -> Estimator:
        """Load the weights onto their device. Raises ModelError."""
        load_filters()  # here, where the window does not wait for it
        network = load_estimator(settings.weights, settings.estimator)
        if not self._loaded:
            spare_what_was_loaded()  # a network is hardly anything beside its libraries
            self._loaded = True
        return RegionEstimator(network, settings.region)

    def same_network(self, old: AppSettings, new: AppSettings) -> bool:
        """Only weights, and what runs them, need another network."""
        keys = ("device", "engine", "precision", "threads")
        same = all(getattr(old.estimator, key) == getattr(new.estimator, key) for key in keys)
        return same and old.weights == new.weights

    def tune(self, estimator: Estimator, settings: AppSettings) -> None:
        """Thresholds, input size and region."""
        whole = cast(RegionEstimator, estimator)
        whole.region = settings.region
        cast(PoseEstimator, whole.estimate).settings = settings.estimator

    def governed(
        self, estimator: Estimator, settings: AppSettings, known: Governed | None = None
    ) -> Governed | None:
        """Ways to look that keep the accuracy asked for; networks of other makers have one."""
        live = settings.live
        if not live.budget_ms:
            return None
        whole = cast(RegionEstimator, estimator)
        network = whole.estimate
        path = find_weights(None if settings.weights is None else str(settings.weights))
        pyramid = settings.estimator.pyramid
        accuracy = accuracy_of(pyramid) if isinstance(network, PoseEstimator) else {}
        others = self._others(network, path)
        offered = choices(settings.estimator.size, accuracy, live.least_accuracy, others)
        if known is not None and known.holds(offered, live.budget_ms):
            return known

        def at(rung: Rung) -> Estimator:
            if not isinstance(network, PoseEstimator):
                return whole
            half = BFLOAT16 in rung.kind
            other = copy(self._in_bfloat16(settings) if half else network)
            twice = network.settings.pyramid and ONE_LOOK not in rung.kind
            other.settings = replace(network.settings, size=rung.size, pyramid=twice)
            return RegionEstimator(other, whole.region)

        key = (settings.weights, settings.estimator.size, pyramid)
        costs = self._costs.setdefault(key, Costs())
        return Governed(Governor(ladder_of(offered), live.budget_ms), at, offered, costs)

    def _others(self, network: Estimator, weights: Path) -> Mapping[str, Mapping[int, float]]:
        """Cheaper ways that a governor may take to, with their accuracy. Another precision only on
        processors, where nobody asked for an engine or a precision.
        """
        if not isinstance(network, PoseEstimator):
            return {}
        asked = network.settings
        free = network.device == "cpu" and (asked.engine, asked.precision) == ("auto", "auto")
        there = find_spec("openvino") is not None and network.engine.precision == "float32"
        kinds = others_of(weights, asked.pyramid)
        return {kind: kinds[kind] for kind in kinds if (free and there) or BFLOAT16 not in kind}

    def _in_bfloat16(self, settings: AppSettings) -> PoseEstimator:
        """The network in half the precision, loaded once. Raises ModelError."""
        key = (settings.weights, settings.estimator.threads)
        if key not in self._in_half:
            asked = replace(settings.estimator, engine="openvino", precision="bfloat16")
            self._in_half[key] = cast(PoseEstimator, load_estimator(settings.weights, asked))
        return self._in_half[key]

    def with_weights(self, settings: AppSettings, weights: Path | None) -> AppSettings:
        """Settings with these weights, which look as they were taught to."""
        now = Chosen(settings.weights, settings.estimator)
        usual = Chosen(self.settings.weights, self.settings.estimator)
        return replace(settings, weights=weights, estimator=look_with(weights, now, usual))

    def for_clips(self, settings: AppSettings) -> AppSettings:
        """As `process` runs the network, and weaker people besides."""
        settings = network_settings(settings)
        weak = min(settings.estimator.weak, KEPT_CONFIDENCE)
        return replace(settings, estimator=replace(settings.estimator, weak=weak))

    def analysis(self, source: str, settings: AppSettings, estimator: Estimator) -> Analysis:
        """The same as `process` makes."""
        network = cast(PoseEstimator, cast(RegionEstimator, estimator).estimate)
        workers, skeleton = frames_ahead(network), self.skeleton(estimator)
        return analysis_of(source, settings, estimator, skeleton, workers)

    def skeleton(self, estimator: Estimator) -> Skeleton:
        """Of the people that are found."""
        return cast(PoseEstimator, cast(RegionEstimator, estimator).estimate).skeleton

    def keypoint_threshold(self, settings: AppSettings) -> float:
        """As in the tables of `process`."""
        return settings.record.keypoint_threshold

    def kept(self, settings: AppSettings) -> dict[str, Any]:
        """Weights, region and all that the network is asked for.

        Not the confidence, over which weaker people are kept as well, nor the device or its
        threads.
        """
        settings = self.for_clips(settings)
        weights = find_weights(None if settings.weights is None else str(settings.weights))
        estimator = as_dict(settings.estimator)
        for name in ("confidence", "device", "threads"):
            del estimator[name]
        return {
            "weights": [str(weights), weights.stat().st_size, weights.stat().st_mtime_ns],
            "region": as_dict(settings)["region"],
            "estimator settings": estimator,
            "capture settings": as_dict(settings.capture),
        }

    def teach_command(
        self, settings: AppSettings, labels: Path, output: Path, folder: Path
    ) -> list[str]:
        """`finetune` from how the clip is looked at, in a process of its own."""
        weights = [] if settings.weights is None else ["--weights", str(settings.weights)]
        weights += ["--size", str(settings.estimator.size)]
        # Both are said in any case: the weights may remember another look.
        weights.append("--flip" if settings.estimator.flip else "--no-flip")
        weights.append("--pyramid" if settings.estimator.pyramid else "--no-pyramid")
        files = [str(labels), "--output", str(output), "--run", str(folder), "--overwrite"]
        return [*own_command(), "finetune", *files, *weights]

    def why_not_taught(self, settings: AppSettings) -> str:
        """A network of another maker, or an install without what training needs."""
        try:
            weights = find_weights(None if settings.weights is None else str(settings.weights))
        except ModelError:
            return ""  # said where it is loaded
        if weights.suffix == ".onnx":
            return (
                f"{weights.name} is an ONNX network, which cannot be taught; choose the default "
                "weights or your own under Own weights."
            )
        return why_no_training()

    def make_tracker(self, settings: AppSettings, skeleton: Skeleton | None = None) -> Tracker:
        """A tracker without a memory."""
        return PoseTracker(settings.tracker, skeleton)

    def tune_tracker(
        self, tracker: Tracker, settings: AppSettings, skeleton: Skeleton | None
    ) -> None:
        """Ids live on."""
        tuned = cast(PoseTracker, tracker)
        tuned.settings, tuned.skeleton = settings.tracker, skeleton

    def describe(self, estimator: Estimator) -> str:
        """Device and precision that are really used, and the licence of another maker's network."""
        network = cast(PoseEstimator, cast(RegionEstimator, estimator).estimate)
        used = f"{network.device} {network.engine.name} {network.engine.precision}"
        return used if network.licence is None else f"{used}, licence {network.licence}"

    def licence(self, estimator: Estimator) -> str | None:
        """Of another maker's network."""
        return cast(PoseEstimator, cast(RegionEstimator, estimator).estimate).licence

    def made_by(self, settings: AppSettings, estimator: Estimator) -> dict[str, Any]:
        """The same as in the records of `process` and `live`, and what ran the network."""
        model = model_record(settings, self.licence(estimator))
        model |= {"engine": self.describe(estimator)}
        return made_by(model, self.skeleton(estimator), settings)

    check_record = staticmethod(check_export_record)
    write_record = staticmethod(write_export_record)
    write_live_record = staticmethod(write_live_record)

    def parse(self, values: dict[str, Any]) -> AppSettings:
        """Settings from nested values. Raises SettingsError."""
        return build(AppSettings, values)

    def diagnose(self) -> str:
        """The same as `python -m app doctor`."""
        return "\n".join(diagnose(self.settings))
