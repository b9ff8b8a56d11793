"""What came of teaching a network some frames: kept beside its run, for whoever started it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import TableError
from core.json_text import read_json_text
from core.part_file import write_whole

PROGRESS, LESSON, WEIGHTS = "progress.json", "lesson.json", "taught.safetensors"


@dataclass(frozen=True, slots=True)
class LessonProgress:
    """How far a lesson is."""

    stage: str
    done: int
    total: int
    remaining_s: float | None = None  # None where nobody knows yet


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """COCO metrics of the weights before and after on the same pictures."""

    pictures: int
    ap_before: float
    ap_after: float
    ap50_before: float
    ap50_after: float


@dataclass(frozen=True, slots=True)
class Looked:
    """One way to look at the clip's pictures, tried on those that teach, before the lesson."""

    size: int  # px, longest side of the network's input
    pyramid: bool  # a second look at half the size
    flip: bool  # and at the mirrored picture
    ap: float
    times: float  # how long it takes, as a multiple of how the clip was looked at before

    def __str__(self) -> str:
        words = f"{self.size} px"
        if self.flip:
            words += ", mirrored as well"
        return words if self.pyramid else f"{words}, one look"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson that came to its end. Weights that are not `accepted` are not written."""

    accepted: bool
    sentence: str  # why, or why not
    share: float  # of the way from the old weights to the tuned ones
    held_out: BeforeAfter
    ordinary: BeforeAfter | None  # pictures that have nothing to do with the clip
    pictures: tuple[str, ...] = ()  # held-out pictures with both results, beside this file
    looks: tuple[Looked, ...] = ()  # all that were tried, that of before first
    look: Looked | None = None  # the one that was taken, where it is another than before

    @property
    def about_look(self) -> str:
        """How the new weights look at the clip, and what that costs, where that changes."""
        if not self.accepted or self.look is None or not self.looks:
            return ""
        before = self.looks[0]
        return (
            f"the clip is looked at in another way: {self.look} instead of {before}, in about "
            f"{self.look.times:.1f} times the time (frames that teach, before the lesson: AP "
            f"{before.ap:.3f}, and {self.look.ap:.3f})"
        )


def save_progress(folder: Path, progress: LessonProgress) -> None:
    """Say how far a lesson is. Raises OutputError."""
    write_whole(folder / PROGRESS, json.dumps(asdict(progress)) + "\n")


def load_progress(folder: Path) -> LessonProgress | None:
    """How far a lesson is, as far as it has said so."""
    try:
        values = read_json_text((folder / PROGRESS).read_text(encoding="utf-8"))
        remaining = values["remaining_s"]
        return LessonProgress(
            str(values["stage"]),
            int(values["done"]),
            int(values["total"]),
            None if remaining is None else float(remaining),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it is not there yet


def save_lesson(folder: Path, lesson: Lesson) -> None:
    """Write what came of it. Raises OutputError."""
    write_whole(folder / LESSON, json.dumps(asdict(lesson), indent=1) + "\n")


def load_lesson(folder: Path) -> Lesson:
    """Read what came of it. Raises TableError."""
    path = folder / LESSON
    try:
        values = read_json_text(path.read_text(encoding="utf-8"))
        ordinary = values["ordinary"]
        return Lesson(
            bool(values["accepted"]),
            str(values["sentence"]),
            float(values["share"]),
            _before_after(values["held_out"]),
            None if ordinary is None else _before_after(ordinary),
            tuple(Path(str(name)).name for name in values["pictures"]),
            tuple(_looked(look) for look in values.get("looks", ())),
            None if values.get("look") is None else _looked(values["look"]),
        )
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise TableError(f"{path}: is no lesson that can be read ({error})") from error


def _looked(values: dict[str, Any]) -> Looked:
    ap, times = float(values["ap"]), float(values["times"])
    return Looked(int(values["size"]), bool(values["pyramid"]), bool(values["flip"]), ap, times)


def _before_after(values: dict[str, Any]) -> BeforeAfter:
    numbers = (float(values[name]) for name in ("ap_before", "ap_after"))
    halves = (float(values[name]) for name in ("ap50_before", "ap50_after"))
    return BeforeAfter(int(values["pictures"]), *numbers, *halves)
