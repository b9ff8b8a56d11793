"""The manuals inside the window: the same pages as on the site, with their pictures."""

from PyQt6.QtCore import QUrl
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from core.manual import PAGES
from ui.look.theme import GAP, MARGIN

FIRST = "index.md"


class HelpDialog(QDialog):
    """Shows pages of the manual; links lead to other pages, and out only when clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Help")
        self.resize(900, 680)
        self.browser = QTextBrowser()
        self.browser.setAccessibleName("Page of the manual")
        self.browser.setOpenExternalLinks(True)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for text, slot in (
            ("Contents", self.show_contents),
            ("Back", self.browser.backward),
            ("Forward", self.browser.forward),
        ):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            row.addWidget(button)
        row.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.addLayout(row)
        layout.addWidget(self.browser, 1)
        layout.addWidget(buttons)
        self.show_contents()

    def show_contents(self) -> None:
        """The page that leads to all others."""
        self.browser.setSource(QUrl.fromLocalFile(str(PAGES / FIRST)))
