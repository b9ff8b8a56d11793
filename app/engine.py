"""The networks and trackers behind the window."""

from dataclasses import replace
from typing import Any, cast

from app.doctor import diagnose
from app.settings import AppSettings
from core.model.estimator import PoseEstimator, load_estimator
from core.pipeline import Estimator, Tracker
from core.region import RegionEstimator
from core.settings import build
from trackers.pose_tracker import PoseTracker


class AppEngine:
    """Implements `ui.engine.Engine` with YOLO-Pose and the pose tracker."""

    def __init__(self, settings: AppSettings) -> None:
        self.settings = settings

    def load(self, settings: AppSettings) -> Estimator:
        """Load the weights onto their device. Raises ModelError."""
        return RegionEstimator(
            load_estimator(settings.weights, settings.estimator), settings.region
        )

    def same_network(self, old: AppSettings, new: AppSettings) -> bool:
        """Only weights and device need another network."""
        return (old.weights, old.estimator.device) == (new.weights, new.estimator.device)

    def tune(self, estimator: Estimator, settings: AppSettings) -> None:
        """Thresholds, input size and region."""
        whole = cast(RegionEstimator, estimator)
        whole.region = settings.region
        cast(PoseEstimator, whole.estimate).settings = settings.estimator

    def same_poses(self, old: AppSettings, new: AppSettings) -> bool:
        """A higher threshold only leaves people out; everything else asks the network again."""
        keys = ("weights", "region")
        if any(getattr(old, key) != getattr(new, key) for key in keys):
            return False
        least = min(old.estimator.confidence, new.estimator.confidence)
        same = replace(old.estimator, confidence=least) == replace(new.estimator, confidence=least)
        return same and new.estimator.confidence >= old.estimator.confidence

    def make_tracker(self, settings: AppSettings) -> Tracker:
        """A tracker without a memory."""
        return PoseTracker(settings.tracker)

    def tune_tracker(self, tracker: Tracker, settings: AppSettings) -> None:
        """Ids live on."""
        cast(PoseTracker, tracker).settings = settings.tracker

    def describe(self, estimator: Estimator) -> str:
        """Device and precision that are really used."""
        network = cast(PoseEstimator, cast(RegionEstimator, estimator).estimate)
        return f"{network.device} float32"

    def parse(self, values: dict[str, Any]) -> AppSettings:
        """Settings from nested values. Raises SettingsError."""
        return build(AppSettings, values)

    def diagnose(self) -> str:
        """The same as `python -m app doctor`."""
        return "\n".join(diagnose(self.settings))
