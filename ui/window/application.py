"""The application, which is handed files by the desktop while it runs."""

import os
from collections.abc import Callable, Sequence

from PyQt6.QtCore import QEvent
from PyQt6.QtGui import QFileOpenEvent
from PyQt6.QtWidgets import QApplication


class Application(QApplication):
    """Hands on files that are opened with the program: macOS sends them as events, not as words.

    A filter on the application would be called for every event of every widget; these events go
    to the application itself. Qt paints in the window's thread alone: by itself it hands parts of
    each large shape to threads of its own, and waits for them while the network's have the
    processors.
    """

    def __init__(self, words: Sequence[str]) -> None:
        os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")  # Qt asks when it first paints
        super().__init__(list(words))
        self._show: Callable[[str], None] | None = None
        self._waiting: list[str] = []  # those that came before there was a window

    def show_files_with(self, show: Callable[[str], None]) -> None:
        """Hand every file, as its path or address, to `show`, the last one of before at once."""
        self._show = show
        for text in self._waiting[-1:]:
            show(text)
        self._waiting.clear()

    def event(self, event: QEvent | None) -> bool:
        if not isinstance(event, QFileOpenEvent):
            return super().event(event)
        text = event.file() or event.url().toString()
        if self._show is None:
            self._waiting.append(text)
        else:
            self._show(text)
        return True
