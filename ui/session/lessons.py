"""One lesson at a time for the whole window: started, followed, kept or discarded."""

from collections.abc import Callable
from pathlib import Path

from core.tracks.improve.lesson import WEIGHTS, Lesson, LessonProgress
from ui.session.checked_labels import LABELS
from ui.session.engine import Settings, WindowEngine
from ui.session.file_session import FileSession
from ui.session.improving import Improving
from ui.session.jobs import Job, Jobs
from ui.session.lesson import LEAST_MEASURING, LEAST_TEACHING, Pupil, lesson
from ui.session.own_weights import keep_weights

ALREADY = "The network is learning already."  # true for as long as the lesson goes on


class Lessons:
    """Teaches what is checked. `on_lesson` is told what came of it.

    The lesson goes on when its clip is closed, and ends with the window.
    """

    def __init__(
        self,
        engine: WindowEngine[Settings],
        jobs: Jobs,
        weights: Path,
        refuse: Callable[[str], None],
        on_lesson: Callable[[Lesson], None],
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self.weights = weights  # the folder of those that are kept
        self._refuse = refuse
        self._on_lesson = on_lesson
        self._job: Job | None = None
        self._asked: tuple[Path | None, str] | None = None  # of which weights, and the answer
        self.pupil = Pupil()
        self.progress: LessonProgress | None = None
        self.folder: Path | None = None  # of the last lesson
        self.project: Path | None = None  # the folder of the clip that it is about

    @property
    def going_on(self) -> bool:
        """Whether the network learns."""
        return self._job is not None and self._job in self._jobs.running

    def why_not(self, settings: Settings) -> str:
        """Why these weights cannot be taught here, in one sentence; else nothing."""
        if self._asked is None or self._asked[0] != settings.weights:
            self._asked = settings.weights, self._engine.why_not_taught(settings)
        return self._asked[1]

    def start(self, session: FileSession, improving: Improving, settings: Settings) -> None:
        """Teach what is checked, unless a lesson goes on, cannot be, or too little is checked."""
        if self.going_on:
            self._refuse(ALREADY)
            return
        why_not = self.why_not(settings)
        if why_not:
            self._refuse(why_not)
            return
        teaching, measuring = len(improving.teaching), len(improving.measuring)
        if teaching < LEAST_TEACHING or measuring < LEAST_MEASURING:
            self._refuse(
                f"Check {LEAST_TEACHING} frames that teach and {LEAST_MEASURING} drawn at random, "
                f"which it is held to: there are {teaching} and {measuring}. Twenty are better."
            )
            return
        if session.results is None:
            return
        folder = session.results / "lesson"
        command = self._engine.teach_command(settings, folder / LABELS, folder / WEIGHTS, folder)
        self.pupil = Pupil()
        self.folder, self.project = folder, Path(session.source.address).resolve().parent
        frames = (*improving.teaching, *improving.measuring)
        self.progress = LessonProgress("Pictures", 0, len(frames))
        stage = lesson(session.source.address, frames, folder, command, self.pupil)
        self._job = self._jobs.start("Lesson", stage, self._take)

    def cancel(self) -> None:
        """End the lesson; nothing is kept of it."""
        self.pupil.stop()
        if self._job is not None:
            self._job.cancel()
        self._job = self.progress = None

    def keep(self, name: str) -> Path:
        """Keep the new weights under a name. Raises OutputError."""
        assert self.folder is not None
        path = keep_weights(self.folder / WEIGHTS, self.weights, name)
        self.discard()
        return path

    def discard(self) -> None:
        """Forget the new weights."""
        if self.folder is not None:
            (self.folder / WEIGHTS).unlink(missing_ok=True)

    def _take(self, value: LessonProgress | Lesson) -> None:
        if isinstance(value, Lesson):
            self.progress = None
            self._on_lesson(value)
        else:
            self.progress = value


def remaining(progress: LessonProgress) -> str:
    """How far a lesson is in words."""
    text = progress.stage
    if progress.total:
        text += f": {progress.done} of {progress.total}"
    if progress.remaining_s is None:
        return text + " …"
    minutes = round(progress.remaining_s / 60)
    return f"{text}, {'less than a minute' if minutes < 1 else f'about {minutes} min'} left"
