"""Settings that can be changed while everything runs, and saved as the command line's YAML."""

from typing import Any

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from core.errors import SettingsError
from core.manual import setting_sentences
from core.settings import as_dict
from ui.look.form import Form
from ui.look.plain import plain_label
from ui.look.theme import GAP, MARGIN
from ui.panel.setting_labels import LABELS
from ui.session.engine import Settings, WindowEngine

SETTLE_MS = 250  # an edit counts when nothing more was typed for so long


class SettingsPanel(QWidget):
    """Shows the settings in use; `changed` carries new settings that are valid."""

    changed = pyqtSignal(object)
    save_asked = pyqtSignal()
    load_asked = pyqtSignal()

    def __init__(
        self, engine: WindowEngine[Settings], defaults: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._defaults = defaults
        self.form = Form(type(defaults), self._edited, LABELS, setting_sentences())
        self._settings = engine.settings
        self._problem = plain_label()
        self._problem.setProperty("level", "bad")
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._take)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setAccessibleName("Settings")
        scroll.setWidget(self.form)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        buttons = QHBoxLayout()
        for text, slot in (
            ("Save …", self.save_asked.emit),
            ("Load …", self.load_asked.emit),
            ("Defaults", self.reset),
        ):
            button = QPushButton(text)
            button.clicked.connect(slot)
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, MARGIN)
        layout.setSpacing(GAP)
        layout.addWidget(scroll, 1)
        row = QVBoxLayout()
        row.setContentsMargins(MARGIN, 0, MARGIN, 0)
        row.addWidget(self._problem)
        row.addLayout(buttons)
        layout.addLayout(row)
        self.show_settings(engine.settings)

    @property
    def problem(self) -> str:
        """Why what is typed cannot be used, or nothing."""
        return self._problem.text()

    def show_settings(self, settings: Settings) -> None:
        """Show settings without reporting a change."""
        self._settings = settings
        self.form.set_values(as_dict(settings))
        self._say("")

    def reset(self) -> None:
        """Back to the defaults."""
        self.show_settings(self._defaults)
        self.changed.emit(self._defaults)

    def _edited(self) -> None:
        self._settle.start()

    def _take(self) -> None:
        try:
            settings = self._engine.parse(merged(as_dict(self._settings), self.form.values()))
        except SettingsError as error:
            self._say(str(error))
            return
        self._settings = settings
        self._say("")
        self.changed.emit(settings)

    def _say(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))


def merged(values: dict[str, Any], edits: dict[str, Any]) -> dict[str, Any]:
    """Values with the edited ones in their places: a form does not hold every setting."""
    result = dict(values)
    for name, edit in edits.items():
        whole = result.get(name)
        if isinstance(whole, dict) and isinstance(edit, dict):
            edit = merged(whole, edit)
        result[name] = edit
    return result
