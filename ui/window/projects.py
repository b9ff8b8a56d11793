"""Which weights belong to the clips of a folder."""

from dataclasses import replace
from pathlib import Path

from core.part_file import is_there
from ui.session.engine import Settings
from ui.session.source import Source
from ui.window.preferences import Preferences


class Projects:
    """Remembers weights by folder, and brings the ones of before back elsewhere."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences
        self._used: Path | None = None  # those of a folder that are in use
        self._before: Path | None = None  # those of the settings while they are

    def settings_for(self, source: Source, settings: Settings) -> Settings:
        """Settings with the weights of the source's folder, or with those of before."""
        if self._used is not None and settings.weights == self._used:
            settings = replace(settings, weights=self._before)
        self._used = None
        if source.kind not in ("file", "images"):
            return settings
        path = self._preferences.weights_of(folder_of(source))
        if path is None or not is_there(path) or path == settings.weights:
            return settings
        self._used, self._before = path, settings.weights
        return replace(settings, weights=path)

    def choose(self, folder: Path, path: Path | None, settings: Settings) -> Settings:
        """Use weights for a folder from now on, or with None those of before."""
        self._preferences.remember_weights(folder, path)
        if self._used is None or settings.weights != self._used:
            self._before = settings.weights
        self._used = path
        return replace(settings, weights=self._before if path is None else path)


def folder_of(source: Source) -> Path:
    """The folder that a clip lies in."""
    return Path(source.address).resolve().parent
