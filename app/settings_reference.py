"""`docs/settings.md`: every setting with its default and what it does, from the dataclasses.

`python -m app.settings_reference > docs/settings.md` writes it anew.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from textwrap import dedent
from typing import Any

from app.settings import AppSettings
from core.manual import setting_row
from core.model.foreign.described_people import PeopleDescription, PeopleOutputs
from core.model.foreign.description import Description, SkeletonDescription
from core.model.foreign.form import PictureInput
from core.model.settings import ModelSettings
from core.settings import as_dict
from core.tracks.clean.recipe import CleanSettings
from core.train.settings import TrainSettings

_HEAD = """\
# Settings

Every setting of a run: `--set estimator.size=384` or a line of a YAML file (`--settings FILE`)
changes one. Files hold only what differs. `eval-tracks --set` takes the settings of `tracker`
without its name. The window has the same sentences as tool tips. This page is made of the program's
own code (`python -m app.settings_reference`).
"""
_CLEAN = """\
# Cleaning

How `convert --clean`, `measure` and `report` clean a recorded motion, see
[measurements](measurements.md): `--set cutoff_hz=4`, or a YAML file (`--settings FILE`).
"""
_TRAIN = """\
# Training

The settings of a recipe (`python -m app train RECIPE`, see [training](training.md)).
"""
_NETWORK = """\
# A network of your own

The YAML files in `configs/model`, and your own: `train RECIPE --set model=FILE.yaml`, see
[training](training.md). They hold only what differs.
"""
_FOREIGN = """\
# A network of another maker

The YAML file beside an ONNX file, see [networks](networks.md).
"""
_RUN = "the run itself"
_FOREIGN_PARTS = Description(
    PictureInput(),
    PeopleDescription(1, outputs=PeopleOutputs("", "", "")),
    SkeletonDescription(()),
)


def settings_page() -> str:
    """The whole page as Markdown."""
    parts = [
        *(_HEAD, *_sections(AppSettings(), _RUN)),
        *(_CLEAN, *_sections(CleanSettings())),
        *(_TRAIN, *_sections(TrainSettings(), _RUN)),
        *(_NETWORK, *_sections(ModelSettings())),
        *(_FOREIGN, *_sections(_FOREIGN_PARTS)),
    ]
    return "\n".join(parts)


def _sections(settings: Any, title: str = "", prefix: str = "") -> Iterator[str]:
    """A table of the plain settings, then those of each section within.

    Without a title, the text before says what they are of.
    """
    comments = comments_of(type(settings))
    plain = [f for f in fields(settings) if not is_dataclass(getattr(settings, f.name))]
    values = as_dict(settings)
    rows = [
        setting_row(f"{prefix}{f.name}", _default(f, values[f.name]), comments[f.name])
        for f in plain
    ]
    about = (inspect.getdoc(type(settings)) or "").replace("\n\n", " ")
    head = [f"## {title}", "", about, ""] if title else []
    yield "\n".join([*head, "| setting | default | |", "|---|---|---|", *rows, ""])
    for f in fields(settings):
        value = getattr(settings, f.name)
        if is_dataclass(value):
            path = f"{prefix}{f.name}"
            yield from _sections(value, path, f"{path}.")


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


def _default(setting: Field[Any], value: Any) -> str:
    if setting.default is MISSING and setting.default_factory is MISSING:
        return "required"
    if value is None:
        return "–"
    if value in ("", (), [], {}):
        return "empty"
    return f"`{value}`"


if __name__ == "__main__":
    sys.stdout.write(settings_page())
