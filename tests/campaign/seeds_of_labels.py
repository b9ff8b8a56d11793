"""Small valid labels of other tools, as `label` writes them, and what the window remembers."""

import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from walker import table, walker

# Loaded here: a child that loads them itself takes half a second.
import app.commands.import_labels  # noqa: F401
import core.train.dataset  # noqa: F401
import ui.session.lessons
import ui.session.own_weights
import ui.window.projects  # noqa: F401
from campaign.mutations import TEXTS
from campaign.seeds import Seed
from core.skeleton import COCO_17
from core.tracks.csv_long import write_track_csv
from core.tracks.formats.label_files import LABEL_FORMATS
from core.tracks.improve.lesson import (
    BeforeAfter,
    Lesson,
    LessonProgress,
    save_lesson,
    save_progress,
)

FRAMES = (2, 5)
WIDTH, HEIGHT = 96, 64


def content() -> dict[str, Any]:
    """Two people in each of two pictures, of whom one joint is hidden and one absent."""
    images, people = [], []
    for frame in FRAMES:
        name = f"{frame:06d}.jpg"
        images.append({"id": frame, "file_name": name, "width": WIDTH, "height": HEIGHT})
        for left in (5.0, 45.0):
            joints = [(left + joint, 6.5 + joint, 2.0) for joint in range(17)]
            joints[3], joints[4] = (left, 9.0, 1.0), (0.0, 0.0, 0.0)
            box = {"bbox": [left, 5.0, 30.5, 40.0], "keypoints": [v for j in joints for v in j]}
            people.append({"id": len(people) + 1, "image_id": frame, "category_id": 1, **box})
    category = {"id": 1, "name": "person", "keypoints": list(COCO_17.names)}
    return {"images": images, "annotations": people, "categories": [category]}


@cache
def files_of(form: str) -> dict[str, bytes]:
    """By name, what a form consists of, with the pictures that it is of."""
    made = {
        name: text.encode() if isinstance(text, str) else text
        for name, text in LABEL_FORMATS[form](content())
    }
    _, picture = cv2.imencode(".jpg", np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    return made | {f"{frame:06d}.jpg": picture.tobytes() for frame in FRAMES}


@cache
def tracks_csv() -> bytes:
    """Tracks of the clip that the pictures are of."""
    times_s = np.arange(12) / 25
    one, _ = walker(times_s, origin=(20.0, 40.0), height_px=40.0, speed_px_s=20.0)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.csv"
        write_track_csv(path, table({7: one}, times_s))
        return path.read_bytes()


def of_form(form: str) -> Callable[[Path], Iterator[Seed]]:
    """What makes the seeds of a form of text."""

    def make(folder: Path) -> Iterator[Seed]:
        for name, data in files_of(form).items():
            if not name.endswith(".jpg"):
                yield Seed(f"{form}--{name}", data, True)

    return make


def of_hdf5(form: str) -> Callable[[Path], Iterator[Seed]]:
    """HDF5; inside, texts and numbers of its parts change and the file stays one of HDF5."""

    def make(folder: Path) -> Iterator[Seed]:
        name, data = next(iter(files_of(form).items()))
        path = folder / f"inside{Path(name).suffix}"

        def inside(chance: random.Random) -> bytes:
            path.write_bytes(data)
            _change(path, chance)
            return path.read_bytes()

        yield Seed(f"{form}--{name}", data, inside=inside)

    return make


def _change(path: Path, chance: random.Random) -> None:
    import h5py

    with h5py.File(path, "r+") as file:
        parts: list[Any] = []
        file.visititems(lambda _, part: parts.append(part))
        told = [(part, name) for part in (file, *parts) for name in part.attrs]
        arrays = [part for part in parts if isinstance(part, h5py.Dataset) and part.size]
        if chance.random() < 0.3:
            part, name = chance.choice(told)
            part.attrs[name] = _other_attribute(part.attrs[name], chance)
            return
        part = chance.choice(arrays)
        name, values = part.name, part[...]
        way = chance.choice(("gone", "link", "vast", "value", "value", "value"))
        if way == "value":
            changed = _other_values(values, chance)
            del file[name]
            file[name] = changed
            return
        del file[name]
        if way == "link":
            links = h5py.SoftLink(name), h5py.SoftLink("/"), h5py.ExternalLink("/etc/passwd", "/")
            file[name] = chance.choice(links)
        elif way == "vast":  # and nothing of it is stored
            shape = chance.choice(((2**40,), (2**20, 2**20)))
            file.create_dataset(name, shape, values.dtype, chunks=(1024, 1)[: len(shape)])


def _other_attribute(value: Any, chance: random.Random) -> Any:
    if not isinstance(value, str | bytes):
        return chance.choice((-1, 0, 2**31, 1e308, "x", [1, 2]))
    text = value if isinstance(value, str) else value.decode()
    return np.bytes_(_other_text(text, chance))


def _other_values(values: Any, chance: random.Random) -> Any:
    """One cell of a table, or all of an array."""
    if values.dtype.names:
        column = values[chance.choice(values.dtype.names)]
        limit = chance.choice((0, -1, 1, 255, 2**31 - 1, float("nan"), 1e30))
        with np.errstate(all="ignore"):
            column[chance.randrange(len(column))] = np.array(limit).astype(column.dtype)
        return values
    if values.dtype.kind in "SO":
        one = values.ravel()[0]
        text = one.decode() if isinstance(one, bytes) else str(one)
        return np.array([np.bytes_(_other_text(text, chance))])
    return np.full(values.shape, chance.choice((0, 1, 255))).astype(values.dtype)


def _other_text(text: str, chance: random.Random) -> bytes:
    return chance.choice(list(TEXTS.values()))(text, chance).encode("utf-8", "replace") or b" "


def lessons(folder: Path) -> Iterator[Seed]:
    """What a lesson says while it goes on, and at its end."""
    compared = BeforeAfter(3, 0.4, 0.5, 0.6, 0.7)
    save_progress(folder, LessonProgress("Learning", 3, 20, 12.5))
    save_lesson(folder, Lesson(True, "better", 0.5, compared, compared, ("before_after_0.jpg",)))
    for name in ("progress.json", "lesson.json"):
        yield Seed(name, (folder / name).read_bytes(), True)


def windows(folder: Path) -> Iterator[Seed]:
    """What the window remembers: recent sources, and the weights of a folder."""
    from PyQt6.QtCore import QByteArray, QSettings

    from ui.session.source import Source
    from ui.window.preferences import Preferences

    store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    preferences = Preferences(store)
    preferences.theme = "light"
    preferences.geometry = QByteArray(b"\x01\xd9\xd0\xcb" + bytes(range(40)))
    preferences.remember_weights(Path("/clips"), Path("/weights/a.safetensors"))
    preferences.remember(Source("file", "/clips/a.mp4", "a.mp4", "a"))
    preferences.remember(Source("stream", "rtsp://host/1", "Camera", "b"))
    store.sync()
    yield Seed("window.ini", (folder / "window.ini").read_bytes(), True)
