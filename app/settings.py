"""All settings of a run in one frozen dataclass: what YAML files, overrides and the window edit."""

from dataclasses import dataclass, field
from pathlib import Path

from core.model.estimator import EstimatorSettings
from core.region import check_region
from core.video.camera import CameraSettings
from trackers.pose_tracker import TrackerSettings


@dataclass(frozen=True, slots=True)
class AppSettings:
    """Everything that a person can choose for a run; a file holds what differs from these."""

    weights: Path | None = None  # a weights file; None takes the ones that come along
    region: tuple[float, float, float, float] | None = None  # x1, y1, x2, y2 as shares of the size
    estimator: EstimatorSettings = field(default_factory=EstimatorSettings)
    tracker: TrackerSettings = field(default_factory=TrackerSettings)
    camera: CameraSettings = field(default_factory=CameraSettings)

    def __post_init__(self) -> None:
        if self.region is not None:
            check_region(self.region)
