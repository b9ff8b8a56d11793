"""The page of settings says what the program does, and the window says the same."""

import dataclasses
import html
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.live.engine import AppEngine
from app.settings import AppSettings
from app.settings_reference import comments_of, settings_page
from core import manual
from core.manual import sentences_of, setting_row, setting_sentences
from hatch_build import copy_inside
from ui.panel.setting_labels import LABELS
from ui.panel.settings_panel import SettingsPanel

ROOT = Path(__file__).parent.parent
ONLY_IN_FILES = {"region"}


@dataclass(frozen=True)
class Example:
    """Three ways to say what a setting is."""

    size: int = 3  # px
    # Two lines
    # above.
    kind: str = "a  # b"
    long: tuple[int, ...] = (
        1,  # of them
    )
    silent: bool = False


def paths_of(settings: object, prefix: str = "") -> list[str]:
    found = []
    for field in dataclasses.fields(settings):  # type: ignore[arg-type]
        value, path = getattr(settings, field.name), f"{prefix}{field.name}"
        found += paths_of(value, f"{path}.") if dataclasses.is_dataclass(value) else [path]
    return found


def comment_of(path: str) -> str:
    """What the source says of a setting of a run."""
    *sections, name = path.split(".")
    settings: object = AppSettings()
    for section in sections:
        settings = getattr(settings, section)
    return comments_of(type(settings))[name]


def test_comments_beside_and_above_are_found() -> None:
    found = comments_of(Example)
    assert found["size"] == "px"
    assert found["kind"].startswith("Two lines above.")
    assert found["long"] == "of them"
    assert found["silent"] == ""


def test_the_page_is_that_of_the_code() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings_page(), "python -m app.settings_reference > docs/settings.md"
    assert "| `estimator.size` | `512` |" in page


def test_the_page_has_what_is_set_for_cleaning_and_for_networks() -> None:
    page = settings_page()
    assert "| `cutoff_hz` | `6.0` | Butterworth" in page
    assert "| `keypoint_pairs` | `5` | Separable" in page
    assert "| `people.output` | – | Name" in page
    assert "| `optimiser.rate` | `0.002` | Learning rate |" in page


def test_every_setting_on_the_page_has_a_sentence() -> None:
    rows = re.findall(r"^\| `.*$", settings_page(), re.MULTILINE)
    assert len(rows) > 150
    for row in rows:
        sentence = row.rpartition(" | ")[2].removesuffix(" |").strip()
        assert sentence[:1].isupper(), row
        assert not sentence.endswith("."), row


def test_what_a_row_says_is_read_back() -> None:
    page = f"# Settings\n\n{setting_row('a.b_s', '`1 | 2`', 'Either | or (s)')}\n"
    other = f"\n# Others\n\n{setting_row('a.b_s', '`3`', 'Something else')}\n"
    assert sentences_of(page + other) == {"a.b_s": "Either | or (s)"}


def test_the_installed_manual_has_every_sentence_of_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = copy_inside(ROOT, tmp_path)
    assert (made / "core" / "manual.py").parents[1] / "docs" == made / "docs"
    monkeypatch.setattr(manual, "PAGES", made / "docs")
    said = setting_sentences()
    assert {path: said.get(path) for path in paths_of(AppSettings())} == {
        path: comment_of(path) for path in paths_of(AppSettings())
    }


def test_without_the_manual_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manual, "PAGES", tmp_path)
    assert setting_sentences() == {}


def test_every_field_of_the_form_says_what_the_page_says(qtbot: QtBot) -> None:
    panel = SettingsPanel(AppEngine(AppSettings()), AppSettings())  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    shown = set(paths_of(AppSettings())) - ONLY_IN_FILES
    labels = {label.toolTip(): label for label in panel.form.findChildren(QLabel)}
    for path in shown:
        field = panel.form.field(path)
        sentence = comment_of(path)
        assert field.accessibleDescription() == sentence
        assert f"<p>{html.escape(sentence)}</p>" in field.toolTip()
        assert path in field.toolTip()
        label = labels[field.toolTip()]
        assert label.accessibleDescription() == sentence
        assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width(), path


def test_labels_are_of_settings_that_exist() -> None:
    paths = set(paths_of(AppSettings()))
    sections = {path.rpartition(".")[0] for path in paths} - {""}
    assert set(LABELS) <= paths | sections
