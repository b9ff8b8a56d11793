"""`docs/settings.md`: every setting with its default and what it does, from the dataclasses.

`python -m app.settings_reference > docs/settings.md` writes it anew.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from textwrap import dedent
from typing import Any

from app.settings import AppSettings
from core.settings import as_dict
from core.train.settings import TrainSettings

_HEAD = """\
# Settings

Every setting of a run: `--set estimator.size=384` or a line of a YAML file (`--settings FILE`)
changes one. Files hold only what differs. This page is made of the program's own code
(`python -m app.settings_reference`).
"""
_TRAIN = """\
# Training

The settings of a recipe (`python -m app train RECIPE`, see [training](training.md)).
"""


def settings_page() -> str:
    """The whole page as Markdown."""
    parts = [_HEAD, *_sections(AppSettings()), _TRAIN, *_sections(TrainSettings())]
    return "\n".join(parts)


def _sections(settings: Any, prefix: str = "") -> Iterator[str]:
    """A table of the plain settings, then those of each section within."""
    comments = comments_of(type(settings))
    plain = [f for f in fields(settings) if not is_dataclass(getattr(settings, f.name))]
    values = as_dict(settings)
    rows = [
        f"| `{prefix}{f.name}` | {_shown(values[f.name])} | {comments.get(f.name, '')} |"
        for f in plain
    ]
    title = prefix.removesuffix(".") or "the run itself"
    about = inspect.getdoc(type(settings)) or ""
    head = [
        f"## {title}",
        "",
        about.split("\n\n")[0],
        "",
        "| setting | default | |",
        "|---|---|---|",
    ]
    yield "\n".join([*head, *rows, ""])
    for f in fields(settings):
        value = getattr(settings, f.name)
        if is_dataclass(value):
            yield from _sections(value, f"{prefix}{f.name}.")


def comments_of(kind: type) -> dict[str, str]:
    """What the source says about each field: the comment in its lines, or in those above it."""
    source = dedent(inspect.getsource(kind))
    lines = source.splitlines()
    (made,) = ast.parse(source).body
    assert isinstance(made, ast.ClassDef)
    found = {}
    for node in made.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = node.end_lineno or node.lineno
            inside = [_comment(line) for line in lines[node.lineno - 1 : last]]
            above: list[str] = []
            for line in reversed(lines[: node.lineno - 1]):
                if not line.strip().startswith("#"):
                    break
                above.insert(0, _comment(line))
            found[node.target.id] = " ".join(part for part in (*above, *inside) if part)
    return found


def _comment(line: str) -> str:
    """What follows `#`, in a line of its own or after code; empty without one."""
    return f"  {line.strip()}".partition("  # ")[2]


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if value in ("", (), [], {}):
        return "empty"
    return f"`{value}`".replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(settings_page())
