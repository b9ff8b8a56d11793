"""The page of licences knows all that the program stands on."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from pytestqt.qtbot import QtBot

from core.licences import FFMPEG_TERMS, known_files, needed, parts, unknown_libraries
from ui.window.about import AboutDialog, licences_page

ROOT = Path(__file__).resolve().parents[1]


def declared() -> set[str]:
    """The packages that pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = (re.match(r"[\w.-]+", line) for line in project["dependencies"])
    return {name[0].lower() for name in names if name is not None}


def test_every_package_and_what_it_needs_is_there_with_a_licence() -> None:
    names = {part.name.lower().replace("_", "-") for part in parts()}
    assert declared() <= set(needed()) <= names
    for part in parts():
        if part.name != "torch":  # an extra, and 98 texts
            assert part.licence, part.name


def test_every_library_inside_the_packages_is_known() -> None:
    assert len([*known_files()]) > 50
    assert unknown_libraries() == []
    assert {"FFmpeg", "x264", "x265", "Qt", "OpenBLAS"} <= {part.name for part in parts()}


def test_what_encodes_videos_is_what_the_terms_say() -> None:
    """PyAV's FFmpeg says of itself LGPL, and names x264."""
    import av

    told = av._core.library_meta["libavcodec"]
    assert told["license"].startswith("LGPL")
    assert "--enable-libx264" in told["configuration"]
    assert "GPL" in FFMPEG_TERMS
    assert "x264" in FFMPEG_TERMS


def test_the_window_shows_them(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    page = licences_page()
    for name in needed():
        assert metadata.version(name) in page
    assert "x265" in page
    assert "under the GPL, version 3" in page


def test_the_command_writes_them_with_their_texts(tmp_path: Path) -> None:
    path = tmp_path / "licences.txt"
    command = [sys.executable, "-m", "app", "licences", "--output", str(path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    text = path.read_text()
    assert "numpy" in text
    assert "Redistribution and use in source and binary forms" in text
