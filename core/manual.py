"""The manual that comes with the program, in the source tree as in a wheel and in the application.

What each setting does stands in comments of the dataclasses. The application has no source, so the
window takes these sentences from the manual's page of settings, which is made of the comments.
"""

import re
from pathlib import Path

PAGES = Path(__file__).parents[1] / "docs"
SETTINGS = "settings.md"
_ROW = re.compile(r"^\| `([\w.]+)` \| .+? \| (.+) \|$", re.MULTILINE)


def setting_row(name: str, default: str, sentence: str) -> str:
    """A setting as a row of a Markdown table: its name, its default and what it does."""
    default, sentence = (cell.replace("|", r"\|") for cell in (default, sentence))
    return f"| `{name}` | {default} | {sentence} |"


def sentences_of(page: str) -> dict[str, str]:
    """What a page says of each setting of a run, by its name, such as `tracker.max_lost_s`.

    Only the first chapter counts: the others tell of settings of something else than a run.
    """
    chapter = page.split("\n# ")[0]
    return {name: said.replace(r"\|", "|") for name, said in _ROW.findall(chapter)}


def setting_sentences() -> dict[str, str]:
    """What the manual says of each setting of a run; nothing where the manual is missing."""
    try:
        return sentences_of((PAGES / SETTINGS).read_text(encoding="utf-8"))
    except OSError:
        return {}
