"""Which weights belong to the clips of a folder."""

from collections.abc import Callable
from pathlib import Path

from core.part_file import is_there
from ui.session.engine import Settings
from ui.session.source import Source
from ui.window.preferences import Preferences


class Projects:
    """Remembers weights by folder, and brings the ones of before back elsewhere.

    `with_weights` puts weights into settings, and takes others out.
    """

    def __init__(
        self,
        preferences: Preferences,
        with_weights: Callable[[Settings, Path | None], Settings],
    ) -> None:
        self._preferences = preferences
        self._with_weights = with_weights
        self._used: Path | None = None  # those of a folder that are in use
        self._before: Path | None = None  # those of the settings while they are

    def settings_for(self, source: Source, settings: Settings) -> Settings:
        """Settings with the weights of the source's folder, or with those of before."""
        if self._used is not None and settings.weights == self._used:
            settings = self._with_weights(settings, self._before)
        self._used = None
        if source.kind not in ("file", "images"):
            return settings
        path = self._preferences.weights_of(folder_of(source))
        if path is None or not is_there(path) or path == settings.weights:
            return settings
        self._used, self._before = path, settings.weights
        return self._with_weights(settings, path)

    def choose(self, folder: Path, path: Path | None, settings: Settings) -> Settings:
        """Use weights for a folder from now on, or with None those of before."""
        self._preferences.remember_weights(folder, path)
        if self._used is None or settings.weights != self._used:
            self._before = settings.weights
        self._used = path
        return self._with_weights(settings, self._before if path is None else path)


def folder_of(source: Source) -> Path:
    """The folder that a clip lies in."""
    return Path(source.address).resolve().parent
