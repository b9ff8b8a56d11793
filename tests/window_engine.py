"""An engine for windows under test: a person in the middle of every frame, at once."""

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from live_source import one_person

from app.live.record import write_live_record
from app.results.provenance import made_by
from app.results.window_record import check_export_record, write_export_record
from core.errors import ModelError
from core.run.governed import Governed
from core.run.governor import Governor, Rung
from core.run.recorded import Analysis
from core.run.stages import Estimator, Tracker
from core.settings import build
from core.skeleton import COCO_17, Skeleton
from core.types import Frame, PoseBatch
from core.video.camera import CameraSettings
from core.video.capture import read_frames
from core.video.encode import EncodeSettings
from trackers.pose_tracker import PoseTracker, TrackerSettings
from trackers.stitch import plan_joins


@dataclass(frozen=True, slots=True)
class FinderSettings:
    confidence: float = 0.3

    def __post_init__(self) -> None:
        if not 0 <= self.confidence < 1:
            raise ValueError(f"confidence must be in [0, 1), got {self.confidence}")


@dataclass(frozen=True, slots=True)
class WindowSettings:
    weights: Path | None = None
    region: tuple[float, float, float, float] | None = None
    estimator: FinderSettings = field(default_factory=FinderSettings)
    tracker: TrackerSettings = field(default_factory=TrackerSettings)
    camera: CameraSettings = field(default_factory=CameraSettings)
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    budget_ms: float = 0.0


class Finder:
    """Counts its calls; finds one person unless the threshold is above the person's score."""

    def __init__(self, settings: WindowSettings) -> None:
        self.settings = settings
        self.calls = 0

    def __call__(self, frame: Frame) -> PoseBatch:
        self.calls += 1
        poses = one_person(frame)
        return poses[poses.scores >= self.settings.estimator.confidence]


class WindowEngine:
    def __init__(self) -> None:
        self.settings = WindowSettings()
        self.loaded: list[Finder] = []
        self.steps = "1"  # of a lesson
        self.why_not = ""

    def load(self, settings: WindowSettings) -> Estimator:
        if settings.weights is not None and not settings.weights.exists():
            raise ModelError(f"{settings.weights}: there is no such weights file")
        self.loaded.append(Finder(settings))
        return self.loaded[-1]

    def same_network(self, old: WindowSettings, new: WindowSettings) -> bool:
        return old.weights == new.weights

    def tune(self, estimator: Estimator, settings: WindowSettings) -> None:
        cast(Finder, estimator).settings = settings

    def governed(
        self, estimator: Estimator, settings: WindowSettings, known: Governed | None = None
    ) -> Governed | None:
        if not settings.budget_ms:
            return None
        return Governed(Governor((Rung(512), Rung(320)), settings.budget_ms), lambda _: estimator)

    def with_weights(self, settings: WindowSettings, weights: Path | None) -> WindowSettings:
        return replace(settings, weights=weights)

    def for_clips(self, settings: WindowSettings) -> WindowSettings:
        return replace(settings, estimator=FinderSettings(0.0))

    def analysis(self, source: str, settings: WindowSettings, estimator: Estimator) -> Analysis:
        return Analysis(
            source,
            lambda: read_frames(source),
            estimator,
            PoseTracker(settings.tracker),
            COCO_17,
            plan_joins if settings.tracker.second_pass else None,
            settings.estimator.confidence,
        )

    def skeleton(self, estimator: Estimator) -> Skeleton:
        return COCO_17

    def keypoint_threshold(self, settings: WindowSettings) -> float:
        return 0.0

    def kept(self, settings: WindowSettings) -> dict[str, Any]:
        return {"weights": str(settings.weights)}

    def teach_command(
        self, settings: WindowSettings, labels: Path, output: Path, folder: Path
    ) -> list[str]:
        """The real one, short and too slow to learn anything."""
        files = [str(labels), "--output", str(output), "--run", str(folder), "--overwrite"]
        short = ["--steps", self.steps, "--size", "64", "--rate", "0", "--slowest", "1"]
        return [sys.executable, "-m", "app", "finetune", *files, *short]

    def why_not_taught(self, settings: WindowSettings) -> str:
        return self.why_not

    def make_tracker(self, settings: WindowSettings) -> Tracker:
        return PoseTracker(settings.tracker)

    def tune_tracker(
        self, tracker: Tracker, settings: WindowSettings, skeleton: Skeleton | None
    ) -> None:
        tuned = cast(PoseTracker, tracker)
        tuned.settings, tuned.skeleton = settings.tracker, skeleton

    def describe(self, estimator: Estimator) -> str:
        return "cpu float32"

    def made_by(self, settings: WindowSettings, estimator: Estimator) -> dict[str, Any]:
        return made_by({"name": "finder", "sha256": ""}, self.skeleton(estimator), settings)

    check_record = staticmethod(check_export_record)
    write_record = staticmethod(write_export_record)
    write_live_record = staticmethod(write_live_record)

    def parse(self, values: dict[str, Any]) -> WindowSettings:
        return build(WindowSettings, values)

    def diagnose(self) -> str:
        return "System  test"
