"""Keeps the file of a clip's edits as the log is, without two writers at a time."""

from collections.abc import Iterator
from contextlib import suppress

from core.errors import OutputError
from core.tracks.edits.file import save_edits
from core.tracks.edits.log import Edit, EditLog
from ui.session.jobs import Jobs
from ui.session.kept_file import KeptFile

TITLE = "Edits"


class EditSaver:
    """Saves in the background, and what is left at the end at once."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._log: EditLog | None = None
        self._file: KeptFile | None = None
        self._saved: tuple[Edit, ...] | None = None

    def save(self, log: EditLog, file: KeptFile) -> None:
        """The log was changed."""
        self._log, self._file = log, file
        if not self._jobs.titled(TITLE):
            self._saved = None
            self._jobs.start(TITLE, self._saving(log, file), on_end=self._go_on)

    def finish(self) -> None:
        """Another clip comes, or the end."""
        log, file, self._log = self._log, self._file, None
        if log is None or file is None or self._saved == log.made:
            return
        if self._saved is not None or not self._jobs.titled(TITLE):
            with suppress(OutputError), file.written() as path:  # the window has said so before
                save_edits(path, log.made)

    def _saving(self, log: EditLog, file: KeptFile) -> Iterator[None]:
        made: tuple[Edit, ...] | None = None
        while made != log.made:  # edits that are made meanwhile are written as well
            made = log.made
            with file.written() as path:
                save_edits(path, made)
        if log is self._log:
            self._saved = made
        yield None

    def _go_on(self) -> None:
        if self._log is not None and self._file is not None and self._saved != self._log.made:
            self.save(self._log, self._file)
