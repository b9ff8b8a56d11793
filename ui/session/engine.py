"""What the window needs of networks, trackers and their settings, which it does not import."""

from collections.abc import Mapping, Sequence
from dataclasses import Field
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from core.run.governed import Governed
from core.run.outcome import LiveOutcome
from core.run.recorded import Analysis
from core.run.region import Region
from core.run.stages import Estimator, Tracker
from core.skeleton import Skeleton
from core.video.camera import CameraSettings
from core.video.encode import EncodeSettings
from ui.session.records import Exported
from ui.session.source import Source


class Settings(Protocol):
    """All settings in one frozen dataclass, and which of them the window itself reads."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def weights(self) -> Path | None:
        """A weights file, or None for the default ones."""

    @property
    def region(self) -> Region | None:
        """Where people are looked for, or None for the whole picture."""

    @property
    def camera(self) -> CameraSettings:
        """How a camera is opened."""

    @property
    def encode(self) -> EncodeSettings:
        """How annotated videos are compressed."""


S = TypeVar("S", bound=Settings)


class WindowEngine(Protocol[S]):
    """The program's parts behind the window, for settings of one class."""

    @property
    def settings(self) -> S:
        """The settings in use, from the defaults and the settings file."""

    def load(self, settings: S) -> Estimator:
        """Load a network. Slow: only called away from the window's thread. Raises UserError."""

    def same_network(self, old: S, new: S) -> bool:
        """Whether `new` needs no other network, device or precision than `old`."""

    def tune(self, estimator: Estimator, settings: S) -> None:
        """Change thresholds of a network that runs."""

    def governed(
        self, estimator: Estimator, settings: S, known: Governed | None = None
    ) -> Governed | None:
        """What holds the latency of a live run, where the settings ask for it.

        `known` is returned where it still does what they ask. Reads files, small ones.
        """

    def with_weights(self, settings: S, weights: Path | None) -> S:
        """Settings with other weights, which look at clips as they were taught to.

        Reads the head of their files.
        """

    def for_clips(self, settings: S) -> S:
        """Settings with which the network finds all that any threshold may ask for later."""

    def analysis(self, source: str, settings: S, estimator: Estimator) -> Analysis:
        """The parts that turn a clip into tracks. Reads files: not for the window's thread."""

    def skeleton(self, estimator: Estimator) -> Skeleton:
        """Of the people that the network finds."""

    def keypoint_threshold(self, settings: S) -> float:
        """The least score with which a keypoint is written into tables."""

    def kept(self, settings: S) -> dict[str, Any]:
        """All that kept poses depend on. Reads files: not called by the window's thread."""

    def teach_command(self, settings: S, labels: Path, output: Path, folder: Path) -> Sequence[str]:
        """A command that teaches the network of the settings what COCO labels say.

        It writes new weights where they are better, and tells what it does in a folder as
        `core.tracks.improve.lesson` has it.
        """

    def why_not_taught(self, settings: S) -> str:
        """Why the network of the settings cannot be taught here, in one sentence; else nothing."""

    def made_by(self, settings: S, estimator: Estimator) -> Mapping[str, Any]:
        """Network with its licence, skeleton and settings, for records of results. Reads files."""

    def check_record(self, made: Exported) -> None:
        """Raises OutputError where the record of an export would replace a file of another kind."""

    def write_record(self, made: Exported, made_by: Mapping[str, Any]) -> None:
        """Write beside an export how it was made. Reads the clip. Raises OutputError."""

    def write_live_record(
        self,
        source: Source,
        files: Sequence[Path],
        outcome: LiveOutcome,
        made_by: Mapping[str, Any],
    ) -> None:
        """Write beside the first file of a recording how all were made. Raises OutputError."""

    def make_tracker(self, settings: S) -> Tracker:
        """A tracker without a memory, whose first id is 1."""

    def tune_tracker(self, tracker: Tracker, settings: S, skeleton: Skeleton | None) -> None:
        """Change the settings of a tracker that runs, and the skeleton; its ids live on."""

    def describe(self, estimator: Estimator) -> str:
        """Device and precision that are really used, such as `cpu float32`."""

    def parse(self, values: dict[str, Any]) -> S:
        """Settings from nested values. Raises SettingsError."""

    def diagnose(self) -> str:
        """What is found on this computer and how fast it is. Slow, like `load`."""
