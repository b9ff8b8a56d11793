"""Build hook: a wheel holds one package, `yolopose`, with all others inside.

In the source tree `app`, `core`, `trackers`, `ui` and `configs` lie side by side; installed like
that they would mix with packages of the same names. The wheel is made of a copy in which every
import names the package inside `yolopose`, and `python -m app` in texts and manuals is `yolopose`.
"""

import ast
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INSIDE = ("app", "core", "trackers", "ui", "configs")
_LEFT_OUT_OF_PAGES = ("*.py", "*.csv", "__pycache__")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


class CustomBuildHook(BuildHookInterface):
    """Puts the copy into the wheel; an editable install is the source tree itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        self._folder = Path(tempfile.mkdtemp())
        made = copy_inside(Path(self.root), self._folder)
        build_data["force_include"][str(made)] = "yolopose"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            shutil.rmtree(self._folder)


def copy_inside(root: Path, folder: Path) -> Path:
    """Copy the packages of the source tree into a package `yolopose` in a folder."""
    made = folder / "yolopose"
    shutil.copytree(root / "yolopose", made, ignore=_LEFT_OUT)
    for package in INSIDE:
        shutil.copytree(root / package, made / package, ignore=_LEFT_OUT)
    pages = shutil.ignore_patterns(*_LEFT_OUT_OF_PAGES)
    shutil.copytree(root / "docs", made / "docs", ignore=pages)  # for the window's help
    for path in made.rglob("*.py"):
        path.write_text(moved(path.read_text(encoding="utf-8")), encoding="utf-8")
    for path in (made / "docs").rglob("*.md"):
        path.write_text(as_installed(path.read_text(encoding="utf-8")), encoding="utf-8")
    return made


def moved(source: str) -> str:
    """A module's source with its imports of our packages from inside `yolopose`."""
    lines = source.encode().splitlines(keepends=True)  # ast counts columns in bytes
    places = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and _is_ours(node.module or ""):
            column = lines[node.lineno - 1].index(b"from ", node.col_offset) + len(b"from ")
            places.append((node.lineno - 1, column))
        elif isinstance(node, ast.Import):
            ours = [alias for alias in node.names if _is_ours(alias.name)]
            if any(alias.asname is None for alias in ours):
                raise ValueError(f"`{ast.unparse(node)}` binds a package's name: import from it")
            places += [(alias.lineno - 1, alias.col_offset) for alias in ours]
    for row, column in sorted(places, reverse=True):
        lines[row] = lines[row][:column] + b"yolopose." + lines[row][column:]
    return as_installed(b"".join(lines).decode())


def as_installed(text: str) -> str:
    """A text with the command that the installed program has."""
    return re.sub(r"python -m app\b(?!\.)", "yolopose", text)


def _is_ours(module: str) -> bool:
    return module.split(".")[0] in INSIDE
