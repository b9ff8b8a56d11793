"""Long work that goes on in the background: what it is, how far, and a button to end it."""

from PyQt6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QWidget

from core.run.recorded import Progress
from ui.look.plain import plain_label
from ui.look.theme import GAP, MARGIN
from ui.session.jobs import Job


class JobBar(QFrame):
    """Shows one job at a time, the newest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "foot")
        self._job: Job | None = None
        self._title = plain_label()
        self.bar = QProgressBar()
        self.bar.setAccessibleName("Progress of the work")
        self.bar.setFixedWidth(220)
        self.bar.setTextVisible(False)
        self._cancel = QPushButton("Cancel")
        self._cancel.clicked.connect(self._end)
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, 6, MARGIN, 6)
        row.setSpacing(GAP)
        row.addWidget(self._title, 1)
        row.addWidget(self.bar)
        row.addWidget(self._cancel)
        self.hide()

    def follow(self, job: Job) -> None:
        """Show a job that was just started."""
        self._job = job
        self._title.setText(job.title)
        self.bar.setValue(0)
        self.show()

    def show_progress(self, progress: Progress) -> None:
        """How far it is."""
        percent = 100 * progress.done // max(progress.total, 1)
        self.bar.setValue(percent)
        self._cancel.setText(f"Cancel at {percent} %")

    def done(self) -> None:
        """It has ended."""
        self._job = None
        self.hide()

    def _end(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self.done()
