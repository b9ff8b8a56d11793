"""A form for any settings dataclass: one field a setting, one group a section."""

import dataclasses
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ui.look.plain import wrapped_tip
from ui.look.theme import GAP, MARGIN

LABEL_WIDTH = 150  # px
_UNITS = {"_s": "s", "_ms": "ms", "_hz": "Hz", "_px": "px"}


def words_of(name: str) -> str:
    """`max_lost_s` -> `Max lost (s)`."""
    for suffix, unit in _UNITS.items():
        if name.endswith(suffix):
            return f"{words_of(name.removesuffix(suffix))} ({unit})"
    return name.replace("_", " ").capitalize()


class Form(QWidget):
    """Edits the nested values of one settings dataclass; calls `on_edit` after each change."""

    def __init__(
        self,
        kind: type[Any],
        on_edit: Callable[[], None],
        labels: dict[str, str] | None = None,
        sentences: dict[str, str] | None = None,
    ) -> None:
        """`labels` and `sentences`, what each setting does, are by path (`tracker.max_lost_s`)."""
        super().__init__()
        self._on_edit = on_edit
        self._labels = labels or {}
        self._sentences = sentences or {}
        self._fields: dict[str, _Field] = {}
        self._quiet = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP)
        self._add_section(layout, kind, "")
        layout.addStretch(1)

    def set_values(self, values: dict[str, Any]) -> None:
        """Show these values without reporting an edit."""
        self._quiet = True
        for path, field in self._fields.items():
            value: Any = values
            for name in path.split("."):
                value = value[name]
            field.show_value(value)
        self._quiet = False

    def values(self) -> dict[str, Any]:
        """What the fields hold, nested."""
        result: dict[str, Any] = {}
        for path, field in self._fields.items():
            *parents, leaf = path.split(".")
            target = result
            for parent in parents:
                target = target.setdefault(parent, {})
            target[leaf] = field.value()
        return result

    def field(self, path: str) -> QWidget:
        """The widget of a setting such as `tracker.max_lost_s`."""
        return self._fields[path].widget

    def _add_section(self, layout: QVBoxLayout, kind: type[Any], prefix: str) -> None:
        hints = typing.get_type_hints(kind)
        rows = QFormLayout()
        rows.setContentsMargins(0, 0, 0, GAP)
        rows.setVerticalSpacing(6)
        rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        sections = []
        for item in dataclasses.fields(kind):
            path = f"{prefix}{item.name}"
            hint = hints[item.name]
            if dataclasses.is_dataclass(hint):
                sections.append((path, hint))
                continue
            field = _field(hint, self._edited)
            if field is None:
                continue
            self._fields[path] = field
            label = QLabel(self._labels.get(path, words_of(item.name)))
            label.setFixedWidth(LABEL_WIDTH)
            field.widget.setAccessibleName(label.text())
            self._explain(path, label, field.widget)
            field.widget.setMinimumWidth(60)
            rows.addRow(label, field.widget)
        layout.addLayout(rows)
        for path, hint in sections:
            heading = QLabel(self._labels.get(path, words_of(path.rpartition(".")[2])))
            heading.setProperty("kind", "heading")
            layout.addWidget(heading)
            self._add_section(layout, typing.cast(type[Any], hint), f"{path}.")

    def _explain(self, path: str, *widgets: QWidget) -> None:
        """Say what a setting does, and what it is called in files and options."""
        sentence = self._sentences.get(path, "")
        for widget in widgets:
            widget.setToolTip(wrapped_tip(sentence, path) if sentence else path)
            widget.setAccessibleDescription(sentence or path)

    def _edited(self) -> None:
        if not self._quiet:
            self._on_edit()


@dataclasses.dataclass(frozen=True)
class _Field:
    widget: QWidget
    value: Callable[[], Any]
    show_value: Callable[[Any], None]


def _field(hint: Any, edited: Callable[[], None]) -> _Field | None:
    """The field for a type; None for types that only the settings file can hold."""
    optional = typing.get_origin(hint) in (typing.Union, types.UnionType)
    kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)] if optional else []
    if typing.get_origin(hint) is typing.Literal:
        return _choice([str(choice) for choice in typing.get_args(hint)], edited)
    if hint is bool:
        check = QCheckBox()
        check.toggled.connect(edited)
        return _Field(check, check.isChecked, check.setChecked)
    if hint is int:
        whole = QSpinBox()
        whole.setRange(-1_000_000, 1_000_000)
        whole.setKeyboardTracking(False)
        whole.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        whole.valueChanged.connect(edited)
        return _Field(whole, whole.value, whole.setValue)
    if hint is float:
        return _number(edited)
    if hint in (str, Path) or (kinds and kinds[0] in (str, Path)):
        return _text(optional, edited)
    return None


def _choice(choices: list[str], edited: Callable[[], None]) -> _Field:
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.addItems(choices)
    box.currentTextChanged.connect(edited)
    return _Field(box, box.currentText, box.setCurrentText)


def _number(edited: Callable[[], None]) -> _Field:
    box = QDoubleSpinBox()
    box.setRange(-1_000_000, 1_000_000)
    box.setDecimals(3)
    box.setKeyboardTracking(False)
    box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    box.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
    box.valueChanged.connect(edited)
    return _Field(box, box.value, box.setValue)


def _text(optional: bool, edited: Callable[[], None]) -> _Field:
    line = QLineEdit()
    line.setPlaceholderText("default" if optional else "")
    line.editingFinished.connect(edited)

    def value() -> str | None:
        return line.text().strip() or (None if optional else "")

    return _Field(line, value, lambda value: line.setText("" if value is None else str(value)))
