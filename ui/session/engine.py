"""What the window needs of networks, trackers and their settings, which it does not import."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from core.run.governed import Governed
from core.run.recorded import Analysis
from core.run.stages import Estimator, Tracker


class WindowEngine(Protocol):
    """The program's parts behind the window. `settings` is one frozen dataclass, whole."""

    @property
    def settings(self) -> Any:
        """The settings in use, from the defaults and the settings file."""

    def load(self, settings: Any) -> Estimator:
        """Load a network. Slow: only called away from the window's thread. Raises UserError."""

    def same_network(self, old: Any, new: Any) -> bool:
        """Whether `new` needs no other network, device or precision than `old`."""

    def tune(self, estimator: Estimator, settings: Any) -> None:
        """Change thresholds of a network that runs."""

    def governed(
        self, estimator: Estimator, settings: Any, known: Governed | None = None
    ) -> Governed | None:
        """What holds the latency of a live run, where the settings ask for it.

        `known` is returned where it still does what they ask. Reads files, small ones.
        """

    def for_clips(self, settings: Any) -> Any:
        """Settings with which the network finds all that any threshold may ask for later."""

    def analysis(self, source: str, settings: Any, estimator: Estimator) -> Analysis:
        """The parts that turn a clip into tracks. Reads files: not for the window's thread."""

    def keypoint_threshold(self, settings: Any) -> float:
        """The least score with which a keypoint is written into tables."""

    def kept(self, settings: Any) -> dict[str, Any]:
        """All that kept poses depend on. Reads files: not called by the window's thread."""

    def teach_command(
        self, settings: Any, labels: Path, output: Path, folder: Path
    ) -> Sequence[str]:
        """A command that teaches the network of the settings what COCO labels say.

        It writes new weights where they are better, and tells what it does in a folder as
        `core.tracks.improve.lesson` has it.
        """

    def make_tracker(self, settings: Any) -> Tracker:
        """A tracker without a memory, whose first id is 1."""

    def tune_tracker(self, tracker: Tracker, settings: Any) -> None:
        """Change the settings of a tracker that runs; its ids live on."""

    def describe(self, estimator: Estimator) -> str:
        """Device and precision that are really used, such as `cpu float32`."""

    def parse(self, values: dict[str, Any]) -> Any:
        """Settings from nested values. Raises SettingsError."""

    def diagnose(self) -> str:
        """What is found on this computer and how fast it is. Slow, like `load`."""
