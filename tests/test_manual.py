"""The manuals: a site without a network, the window's help, and commands that are taken."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from file_window import new_window
from PyQt6.QtCore import QUrl
from PyQt6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.__main__ import parser_for
from core.manual import PAGES
from ui.window.help import HelpDialog

ROOT = Path(__file__).resolve().parents[1]
HOURS = sorted((ROOT / "docs").glob("first_hour_*.md"))

BUILD = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise AssertionError(f"asked the network: {event} {arguments}")

sys.addaudithook(refuse)
from mkdocs.__main__ import cli
cli(["build", "--strict", "--quiet", "--site-dir", sys.argv[1]])
"""


def test_the_site_is_built_without_a_network_and_needs_none(tmp_path: Path) -> None:
    """`--strict` fails at a link that leads nowhere."""
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(site)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    pages = list(site.glob("*.html"))
    assert {f"{path.stem}.html" for path in PAGES.glob("*.md")} <= {page.name for page in pages}
    for page in pages:
        fetched = re.findall(
            r'<(?:script|img|iframe|source)[^>]*\bsrc="([^"]*)"|<link[^>]*\bhref="([^"]*)"',
            page.read_text(encoding="utf-8"),
        )
        for address in (one or other for one, other in fetched):
            assert "//" not in address or address.startswith("data:"), f"{page.name}: {address}"


def test_the_window_shows_every_page_with_its_pictures(qtbot: QtBot) -> None:
    dialog = HelpDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    assert "The first hour" in dialog.browser.toPlainText()
    for path in sorted(PAGES.glob("*.md")):
        dialog.browser.setSource(QUrl.fromLocalFile(str(path)))
        title = path.read_text(encoding="utf-8").split("\n")[0].removeprefix("# ")
        assert dialog.browser.toPlainText().startswith(title)
        for name in re.findall(r"\]\((images/[^)]+)\)", path.read_text(encoding="utf-8")):
            assert not QImage(str(PAGES / name)).isNull(), name
    dialog.browser.backward()
    dialog.show_contents()
    assert dialog.browser.source().fileName() == "index.md"


def test_a_link_is_followed_in_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    window = new_window(qtbot, tmp_path)
    window.parts.actions["help"].trigger()
    (dialog,) = window.findChildren(HelpDialog)
    assert dialog.isVisible()
    dialog.browser.setSource(QUrl("first_hour_coach.md"))
    assert "Put the phone on a tripod" in dialog.browser.toPlainText()


def test_every_picture_is_shown_and_made_by_the_script() -> None:
    images = {path.name for path in (ROOT / "docs" / "images").iterdir()}
    scripts = "".join(path.read_text() for path in (ROOT / "docs").glob("*.py"))
    assert set(re.findall(r"\"([a-z_]+\.(?:png|jpg))\"", scripts)) == images
    pages = [ROOT / "README.md", *PAGES.glob("*.md")]
    told = "".join(path.read_text(encoding="utf-8") for path in pages)
    shown = set(re.findall(r"\]\((?:docs/)?images/([^)]+)\)", told))
    assert shown == images


def test_the_contents_lead_to_every_page() -> None:
    links = set(re.findall(r"\]\((\w+\.md)\)", (PAGES / "index.md").read_text(encoding="utf-8")))
    assert links == {path.name for path in PAGES.glob("*.md")} - {"index.md"}


@pytest.mark.parametrize("path", HOURS, ids=lambda path: path.stem)
def test_the_commands_of_a_first_hour_are_taken(path: Path) -> None:
    lines = re.findall(r"^    python -m app (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert lines
    for line in lines:
        words = shlex.split(line)
        assert parser_for(words).parse_args(words).command == words[0]


def test_the_python_of_the_engineer_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "first_hour_engineer.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(ROOT)
    exec(compile(example, "first_hour_engineer.md", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) == 10
