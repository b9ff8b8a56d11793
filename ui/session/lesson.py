"""Teaches the network the checked frames of a clip: a process of its own, followed from here."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import UserError
from core.part_file import make_folder
from core.tracks.improve.lesson import (
    LESSON,
    PROGRESS,
    WEIGHTS,
    Lesson,
    LessonProgress,
    load_lesson,
    load_progress,
)
from core.tracks.improve.truth import ListedFrame
from ui.session.checked_labels import write_labels

LEAST_TEACHING, LEAST_MEASURING = 2, 2  # checked frames
_LOOK_S = 0.25  # between two looks at what the process says
_PATIENCE_S = 5.0  # for a process that was asked to end
_NICENESS = 10  # so that the window stays quick
_DONE, _REFUSED = 0, 3  # exit codes


@dataclass(slots=True)
class Pupil:
    """The process that learns; ended from any thread."""

    process: subprocess.Popen[bytes] | None = field(default=None)
    stopped: bool = False

    def stop(self) -> None:
        """Ask it to end; it may take a step more."""
        self.stopped = True
        process = self.process
        if process is not None and process.poll() is None:
            with suppress(OSError):
                process.terminate()


def lesson(
    source: str, frames: Sequence[ListedFrame], folder: Path, command: Sequence[str], pupil: Pupil
) -> Iterator[LessonProgress | Lesson]:
    """Write the frames as labelled pictures, then run the command on them until it ends.

    Yields how far it is, and at last what came of it. Closing the generator ends the process.
    Raises UserError with the process's own last sentence.
    """
    for name in (PROGRESS, LESSON, WEIGHTS):
        (folder / name).unlink(missing_ok=True)
    yield from write_lesson(source, frames, folder)
    if pupil.stopped:
        return
    words = folder / "words.txt"
    with words.open("wb") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    pupil.process = process
    _lower(process.pid)
    yield LessonProgress("Starting", 0, 0)
    try:
        while _runs(process):
            progress = load_progress(folder)
            if progress is not None:
                yield progress
            else:
                yield LessonProgress("Starting", 0, 0)
    finally:
        pupil.stop()
        _end(process)
    if process.returncode in (_DONE, _REFUSED) and (folder / LESSON).exists():
        yield load_lesson(folder)
    elif not pupil.stopped:
        raise UserError(f"the lesson ended: {_last_line(words)}")


def write_lesson(
    source: str, frames: Sequence[ListedFrame], folder: Path
) -> Iterator[LessonProgress]:
    """The checked frames as a COCO keypoints data set. Raises UserError."""
    make_folder(folder)
    with closing(write_labels(source, frames, folder)) as written:
        for step in written:
            yield LessonProgress("Pictures", step.done, step.total)


def _runs(process: "subprocess.Popen[bytes]") -> bool:
    try:
        process.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        return True
    return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _lower(pid: int) -> None:
    """Let everything else go first, where the system can."""
    if hasattr(os, "setpriority"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)


def _last_line(words: Path) -> str:
    try:
        text = words.read_text(encoding="utf-8", errors="replace").replace("\r", "\n")
    except OSError:
        text = ""
    lines = [line for line in text.split("\n") if line.strip()]
    return lines[-1].removeprefix("error: ") if lines else "it said nothing"
