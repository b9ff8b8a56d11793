"""The import rules of docs/architecture.md, enforced."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from app.__main__ import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("app", "core", "trackers", "ui")

# package -> (our packages it may import, outside packages it may not import)
OURS = {
    "app": {"app", "core", "core.model", "core.train", "trackers", "ui"},
    "core": {"core"},
    "core.model": {"core", "core.model"},
    "core.train": {"core", "core.model", "core.train"},
    "trackers": {"core", "trackers"},
    "ui": {"core", "ui"},
}
# Floors within core and ui: what lies outside a folder is below it.
BELOW = {
    "core": (),  # the root: types, errors, geometry, settings, skeleton and the like
    "core.tracks": ("core.tracks",),
    "core.video": ("core.tracks.trails", "core.video"),
    "core.space": ("core.space", "core.tracks"),
    "core.run": ("core.run", "core.tracks"),
    "core.model": ("core.model", "core.video"),
    "ui.look": ("ui.look",),
    "ui.view": ("ui.look", "ui.view"),
    "ui.session": ("ui.look", "ui.view", "ui.session"),
    "ui.panel": ("ui.look", "ui.view", "ui.session", "ui.panel"),
    "ui.window": ("ui.look", "ui.view", "ui.session", "ui.panel", "ui.window"),
}
HEAVY = {
    "core": {"torch", "PyQt6", "pyqtgraph", "filterpy"},
    "core.model": {"PyQt6", "pyqtgraph", "filterpy"},
    "core.train": {"PyQt6", "pyqtgraph", "filterpy"},
    "trackers": {"torch", "PyQt6", "pyqtgraph", "av"},
    "ui": {"torch", "filterpy"},
    "app": set(),
}
THREADS = ("core/run/channel.py", "core/run/background.py", "core/run/live.py")
# These start no threads, but several call them.
LOCKED = ("chain.py", "graph.py", "onnx_trace.py", "costs.py")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def rule_of(module: str) -> str:
    for special in ("core.model", "core.train"):
        if module == special or module.startswith(special + "."):
            return special
    return module.split(".")[0]


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append(node.module or "")
    return tuple(found)


def test_imports() -> None:
    for path in MODULES:
        package = rule_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for name in imports_of(path):
            top = name.split(".")[0]
            if top in PACKAGES:
                assert rule_of(name) in OURS[package], f"{path}: {package} may not import {name}"
            assert top not in HEAVY[package], f"{path}: {package} may not import {name}"
            assert top not in ("onnxruntime", "openvino"), (
                f"{path}: runtimes are imported in core/model/engines/runtimes.py alone"
            )
            if top == "threading":
                assert path.name in LOCKED or path.relative_to(ROOT).as_posix() in THREADS, (
                    f"{path}: threads live in core/run"
                )


def test_no_floor_imports_upward() -> None:
    for path in MODULES:
        floor = ".".join(path.relative_to(ROOT).parts[:-1][:2])
        if floor not in BELOW:
            continue
        package = floor.split(".")[0]
        for name in imports_of(path):
            if not name.startswith(f"{package}."):
                continue
            is_root = (ROOT / (name.replace(".", "/") + ".py")).exists() and name.count(".") == 1
            below = any(name == part or name.startswith(part + ".") for part in BELOW[floor])
            assert is_root or below, f"{path}: {floor} may not import {name}"


def test_no_modules_stand_on_each_other() -> None:
    """Imports inside functions and for types count as well: they hide a circle, and end none."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in MODULES}
    below = {name: set(imports_of(path)) & set(names) - {name} for name, path in names.items()}
    circles = {
        tuple(sorted(other for other in reached if name in _reached(other, below)))
        for name in names
        if name in (reached := _reached(name, below))
    }
    assert circles == set()


def _reached(start: str, below: dict[str, set[str]]) -> set[str]:
    """All that a module stands on, itself where it is among them."""
    found: set[str] = set()
    left = [start]
    while left:
        new = below[left.pop()] - found
        found |= new
        left += new
    return found


def test_every_module_of_the_window_lies_in_one_of_its_rooms() -> None:
    assert {path.name for path in (ROOT / "ui").glob("*.py")} == {"__init__.py"}
    rooms = {path.parent.name for path in (ROOT / "ui").glob("*/*.py")}
    assert {f"ui.{room}" for room in rooms} == {name for name in BELOW if name.startswith("ui.")}


def test_no_module_of_the_window_knows_the_window_that_is_made_of_it() -> None:
    """Parts take parts and callables; only what opens the window imports it, types included."""
    for path in (ROOT / "ui").glob("*/*.py"):
        assert "ui.window.main_window" not in imports_of(path), path


def test_a_command_has_the_name_of_its_file() -> None:
    files = {path.stem for path in (ROOT / "app" / "commands").glob("*.py")} - {"__init__"}
    assert {name.replace("-", "_") for name in COMMANDS} == files


def test_nothing_stands_on_a_command() -> None:
    """What two commands need lies beside app/commands; `live` alone is `gui` with a source."""
    standing = {
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        if any(name.startswith("app.commands") for name in imports_of(path))
    }
    assert standing == {"app/commands/live.py"}


def test_the_picture_of_the_rooms_is_what_the_tree_shows() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = {
        room: set(below.split(", "))
        for room, below in re.findall(r"^    ([a-z/]+) +──▶ (core.*|ui/.*)$", page, re.MULTILINE)
    }
    rooms = {"/".join(path.relative_to(ROOT).parts[:-1][:2]) for path in MODULES}
    of_app = {room for room in rooms if room.startswith("app/")}
    assert set(drawn) | of_app | {"core", "app", "ui"} == rooms
    found: dict[str, set[str]] = {room: set() for room in drawn}
    for path in MODULES:
        room = "/".join(path.relative_to(ROOT).parts[:-1][:2])
        for name in imports_of(path):
            if room in found and name.split(".")[0] in PACKAGES:
                parts = name.split(".")
                below = "/".join(parts[:2]) if "/".join(parts[:2]) in rooms else parts[0]
                found[room] |= {below} - {room}
    assert found == drawn
    (inner,) = re.findall(r"^    core/model .*\n {20,}([a-z, ]+)$", page, re.MULTILINE)
    folders = {path.parent.name for path in (ROOT / "core" / "model").glob("*/*.py")}
    assert set(inner.split(", ")) == folders


@pytest.mark.parametrize("folder", ["core/tracks", "core/space", "app"])
def test_the_floors_inside_a_room_are_those_of_the_picture(folder: str) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (lines,) = re.findall(rf"^    {folder} .*\n((?: {{8}}\S.*\n)+)", page, re.MULTILINE)
    drawn: dict[str, set[str]] = {}
    for line in lines.splitlines():
        room, _, below = line.strip().partition("──▶ ")
        drawn[room.strip()] = set(below.split(", ")) if below else set()
        assert drawn[room.strip()] <= set(drawn) - {room.strip()}, "rooms below stand above in it"
    found: dict[str, set[str]] = {}
    for path in (ROOT / folder).glob("*/*.py"):
        found.setdefault(path.parent.name, set())
    for path in (ROOT / folder).rglob("*.py"):
        inside = path.relative_to(ROOT / folder).parts
        for name in imports_of(path):
            below = name.removeprefix(folder.replace("/", ".") + ".").split(".")[0]
            if name.startswith(folder.replace("/", ".") + ".") and below in found:
                assert len(inside) > 1, f"{path} is the ground and may not import {name}"
                found[inside[0]] |= {below} - {inside[0]}
    assert found == drawn


def test_trackers_are_fed_in_one_place() -> None:
    """Every road from poses to tracks is `follow`, so that none forgets the pictures."""
    feeding = []
    for path in MODULES:
        if path.parts[-2] == "trackers" or path.parts[-2] == "bench":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                target = ast.unparse(node.func)
                if target.endswith("tracker.update"):
                    feeding.append(path.relative_to(ROOT).as_posix())
    # The second one hands the call on to the tracker that a live run has at the moment.
    assert sorted(feeding) == ["core/run/live.py", "core/run/stages.py"]


def test_package_files_are_empty() -> None:
    for path in MODULES:
        if path.name == "__init__.py":
            assert path.read_text() == "", path


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("trackers.pose_tracker", ("torch", "PyQt6")),
        ("core.model.estimator", ("core.train", "PyQt6", "torch")),
        ("app.commands.process", ("torch", "PyQt6", "scipy.spatial", "scipy.stats")),
        ("ui.window.main_window", ("torch", "scipy.spatial", "scipy.stats")),
        ("app.commands.bench", ("numpy", "cv2", "av")),
        ("app.__main__", ("torch", "PyQt6", "cv2", "scipy")),
    ],
)
def test_import_stays_light(module: str, absent: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print([m for m in {absent!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"
