"""How labels of other tools, lessons and the window's memory are read."""

import random
from pathlib import Path

from campaign.readers import run_command


def read_foreign_labels(path: Path, chance: random.Random) -> None:
    """As corrections of a clip and as a data set; what belongs to the form lies beside."""
    from campaign.seeds_of_labels import files_of, tracks_csv
    from core.train.dataset import read_dataset

    form, _, own = path.name.partition("--")
    given = path.read_bytes()
    folder = path.parent / "labels"
    folder.mkdir()
    for name, content in files_of(form).items():
        (folder / name).write_bytes(given if name == own else content)
    first = next(name for name in files_of(form) if not name.endswith(".jpg"))
    if chance.random() < 0.5:
        read_dataset(folder / first, 17)
        return
    tracks = path.parent / "clip.csv"
    tracks.write_bytes(tracks_csv())
    run_command(["import-labels", str(folder / first), "--tracks", str(tracks)])


def read_lessons(path: Path, chance: random.Random) -> None:
    """What the window reads of a lesson."""
    from core.tracks.improve.lesson import load_lesson, load_progress
    from ui.session.lessons import remaining

    if path.name == "lesson.json":
        load_lesson(path.parent)
        return
    progress = load_progress(path.parent)
    if progress is not None:
        remaining(progress)


def read_window(path: Path, chance: random.Random) -> None:
    """What the window takes from its memory when it starts and a clip is opened."""
    from PyQt6.QtCore import QSettings
    from window_engine import WindowEngine, WindowSettings

    from ui.session.own_weights import own_weights
    from ui.session.source import Source
    from ui.window.preferences import Preferences
    from ui.window.projects import Projects

    preferences = Preferences(QSettings(str(path), QSettings.Format.IniFormat))
    str(preferences.theme)
    preferences.geometry  # noqa: B018
    projects = Projects(preferences, WindowEngine().with_weights)
    source = Source("file", "/clips/a.mp4", "a.mp4", "a")
    for one in (*preferences.recent, source):
        projects.settings_for(one, WindowSettings())
    for weights in own_weights(path.parent):
        str(weights.name)
    preferences.remember(source)
