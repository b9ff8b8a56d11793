"""Colours, spacing and the style sheet: one dark and one light theme."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PyQt6.QtGui import QColor, QFontDatabase, QFontInfo, QPalette
from PyQt6.QtWidgets import QApplication

ThemeName = Literal["dark", "light"]

LEAST_FONT = 13  # px; larger where the system writes larger
GAP = 8  # px between things that belong together
MARGIN = 12  # px around groups
_CHEVRON = Path(__file__).with_name("chevron.svg").as_posix()


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a theme, as #rrggbb."""

    name: ThemeName
    window: str  # behind everything
    panel: str  # cards, side panels, bars
    raised: str  # buttons, fields
    hover: str
    line: str  # borders
    text: str
    muted: str  # secondary text
    accent: str
    on_accent: str
    good: str
    warning: str
    bad: str
    stage: str  # around the picture


DARK = Theme(
    name="dark",
    window="#14171c",
    panel="#1b1f26",
    raised="#262c35",
    hover="#323a46",
    line="#323a45",
    text="#e8ebef",
    muted="#98a2b0",
    accent="#3fb6a8",
    on_accent="#06211e",
    good="#4cc38a",
    warning="#f0b429",
    bad="#f2655c",
    stage="#0d0f12",
)
LIGHT = Theme(
    name="light",
    window="#f2f4f7",
    panel="#ffffff",
    raised="#eef1f5",
    hover="#e1e6ed",
    line="#d3dae3",
    text="#1a2029",
    muted="#5b6675",
    accent="#0b8478",
    on_accent="#ffffff",
    good="#1c8551",
    warning="#a86a00",
    bad="#c7372f",
    stage="#dfe3e9",
)
THEMES: dict[ThemeName, Theme] = {"dark": DARK, "light": LIGHT}


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Dress every window of the program."""
    application.setStyle("Fusion")
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, theme.window),
        (roles.WindowText, theme.text),
        (roles.Base, theme.panel),
        (roles.AlternateBase, theme.raised),
        (roles.Text, theme.text),
        (roles.Button, theme.raised),
        (roles.ButtonText, theme.text),
        (roles.ToolTipBase, theme.raised),
        (roles.ToolTipText, theme.text),
        (roles.PlaceholderText, theme.muted),
        (roles.Highlight, theme.accent),
        (roles.HighlightedText, theme.on_accent),
        (roles.Link, theme.accent),
    ):
        palette.setColor(role, QColor(colour))
    for role in (roles.Text, roles.ButtonText, roles.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.muted))
    application.setPalette(palette)
    usual = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    application.setStyleSheet(style_sheet(theme, max(QFontInfo(usual).pixelSize(), LEAST_FONT)))


def style_sheet(theme: Theme, font: int) -> str:
    """The style sheet of a theme; `kind` and `level` are properties that widgets carry.

    `font` is the height of usual letters in px.
    """
    t = theme
    return f"""
QWidget {{ color: {t.text}; font-size: {font}px; }}
QMainWindow, QDialog {{ background: {t.window}; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; padding: 4px; }}
QMenuBar {{ background: {t.panel}; border-bottom: 1px solid {t.line}; padding: 2px 6px; }}
QMenuBar::item {{ padding: 4px 10px; border-radius: 5px; background: transparent; }}
QMenuBar::item:selected {{ background: {t.hover}; }}
QMenu {{ background: {t.panel}; border: 1px solid {t.line}; padding: 5px; }}
QMenu::item {{ padding: 5px 26px 5px 12px; border-radius: 5px; }}
QMenu::item:selected {{ background: {t.accent}; color: {t.on_accent}; }}
QMenu::item:disabled {{ color: {t.muted}; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: 5px 8px; }}
QLabel {{ background: transparent; }}
QLabel[kind="title"] {{ font-size: {2 * font - 2}px; font-weight: 600; }}
QLabel[kind="heading"] {{ font-size: {font + 1}px; font-weight: 600; }}
QLabel[kind="muted"] {{ color: {t.muted}; }}
QLabel[level="good"] {{ color: {t.good}; }}
QLabel[level="warning"] {{ color: {t.warning}; }}
QLabel[level="bad"] {{ color: {t.bad}; }}
QFrame[kind="bar"] {{ background: {t.panel}; border: 0; border-bottom: 1px solid {t.line}; }}
QFrame[kind="foot"] {{ background: {t.panel}; border: 0; border-top: 1px solid {t.line}; }}
QFrame[kind="card"] {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: 10px; }}
QFrame[kind="side"] {{ background: {t.panel}; border: 0; border-left: 1px solid {t.line}; }}
QFrame[kind="message"] {{ border-radius: 0; }}
QFrame[level="info"] {{ background: {t.raised}; border-left: 4px solid {t.accent}; }}
QFrame[level="warning"] {{ background: {t.raised}; border-left: 4px solid {t.warning}; }}
QFrame[level="bad"] {{ background: {t.raised}; border-left: 4px solid {t.bad}; }}
QPushButton, QToolButton {{ background: {t.raised}; border: 1px solid {t.line};
  border-radius: 6px; padding: 5px 12px; min-height: 18px; }}
QToolButton {{ padding: 4px; }}
QToolButton[kind="flat"] {{ background: transparent; border-color: transparent; }}
QPushButton:hover, QToolButton:hover {{ background: {t.hover}; }}
QPushButton:focus, QToolButton:focus {{ border-color: {t.accent}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {t.muted}; background: transparent; }}
QPushButton[kind="primary"] {{ background: {t.accent}; color: {t.on_accent};
  border-color: {t.accent}; font-weight: 600; }}
QPushButton[kind="primary"]:disabled {{ background: {t.raised}; color: {t.muted};
  border-color: {t.line}; }}
QToolButton:checked, QPushButton:checked {{ background: {t.hover}; border-color: {t.accent}; }}
QToolButton::menu-indicator {{ image: none; }}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{ background: {t.raised};
  border: 1px solid {t.line}; border-radius: 6px; padding: 4px 8px; min-height: 18px;
  selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
  border-color: {t.accent}; }}
QComboBox QAbstractItemView {{ background: {t.panel}; border: 1px solid {t.line};
  selection-background-color: {t.accent}; selection-color: {t.on_accent}; outline: 0; }}
QComboBox::drop-down {{ border: 0; width: 22px; }}
QComboBox::down-arrow {{ image: url("{_CHEVRON}"); width: 10px; height: 10px; }}
QListWidget, QTreeWidget, QTableWidget, QPlainTextEdit, QTextBrowser {{ background: {t.panel};
  border: 1px solid {t.line}; border-radius: 8px; outline: 0; }}
QListWidget::item, QTreeWidget::item {{ padding: 5px 6px; border-radius: 5px; }}
QListWidget::item:disabled {{ color: {t.muted}; }}
QListWidget::item:hover {{ background: {t.raised}; }}
QListWidget::item:selected, QTreeWidget::item:selected {{
  background: {t.accent}; color: {t.on_accent}; }}
QHeaderView::section {{ background: {t.panel}; color: {t.muted}; border: 0; padding: 5px 8px;
  border-bottom: 1px solid {t.line}; }}
QTableWidget::item {{ padding: 0 8px; }}
QTabWidget::pane {{ border: 0; border-top: 1px solid {t.line}; }}
QTabBar {{ background: transparent; }}
QTabBar::tab {{ background: transparent; color: {t.muted}; padding: 9px 8px;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; }}
QTabBar::tab:hover {{ color: {t.text}; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {t.hover}; border-radius: 4px; min-height: 24px;
  min-width: 24px; margin: 1px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QSplitter::handle {{ background: {t.line}; }}
QSplitter::handle:horizontal {{ width: 1px; }}
QSplitter::handle:vertical {{ height: 1px; }}
QProgressBar {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 5px;
  text-align: center; min-height: 14px; max-height: 14px; font-size: {font - 2}px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 4px; }}
QSlider::groove:horizontal {{ height: 4px; background: {t.hover}; border-radius: 2px; }}
QSlider::handle:horizontal {{ width: 14px; margin: -5px 0; border-radius: 7px;
  background: {t.accent}; }}
"""
