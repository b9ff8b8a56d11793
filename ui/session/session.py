"""What the window needs of whatever it shows, live or recorded."""

from typing import Protocol

from core.run.stages import Estimator
from ui.session.engine import Settings
from ui.session.source import Source
from ui.view.picture import Shown
from ui.view.statistics import Report


class Session(Protocol):
    """Every method returns at once; the work is done in other threads."""

    source: Source

    def poll(self) -> tuple[Shown | None, BaseException | None]:
        """What is to be shown now, and, once, what ended the session."""

    def report(self) -> Report:
        """The figures of the last seconds."""

    def note(self) -> str:
        """Why there is no picture, if there is none."""

    def use(self, estimator: Estimator) -> None:
        """Go on with another network."""

    def tune(self, settings: Settings, network_follows: bool) -> None:
        """Go on with other settings; another network may be on its way for them."""

    def on_painted(self, painted: Shown, paint_ms: float) -> None:
        """Something reached the screen."""

    def stop(self) -> None:
        """End without waiting."""
