"""The page of licences knows all that the program stands on."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.licences import EMPTIED, known_files, needed, parts, terms, unknown_libraries
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
    assert "LGPL version 3" in told["license"]
    assert "PyAV and OpenCV" in terms()
    assert "x264 and x265 to encode, under the GPL" in terms()


def test_the_bundle_lists_what_is_truly_inside(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    libraries = ("avcodec-5e.so.62", "x264-d6.so.165", "x265-f5.so.216", "SvtAv1Enc-93.so.4.1.0")
    (tmp_path / "av.libs").mkdir()
    for name in libraries:
        (tmp_path / "av.libs" / f"lib{name}").touch()
    (tmp_path / EMPTIED).write_text("libSvtAv1Enc-93.so.4.1.0\nlibx265-f5.so.216\n")
    told = tmp_path / "somebodys-2.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Name: somebodys\nVersion: 2.0\nLicense-Expression: MIT\n")
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    names = {part.name for part in parts()}
    assert {"Python", "PyInstaller", "somebodys"} <= names
    assert not {"numpy", "matplotlib"} & names
    assert {"FFmpeg", "x264"} <= names
    assert not {"x265", "SVT-AV1"} & names
    assert "FFmpeg comes in PyAV as" in terms()
    assert "loads x264 to encode" in terms()


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("av.libs", ("avcodec-62-3f.dll", "x264-165-a1.dll", "libx265-216-b2.dll")),
        ("av/.dylibs", ("libavcodec.62.28.101.dylib", "libx264.165.dylib", "libx265.216.dylib")),
        ("av.libs", ("libavcodec-5e.so.62", "libx264-d6.so.165", "libx265-f5.so.216")),
    ],
)
def test_what_encodes_is_found_by_its_names_on_every_system(
    folder: str, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    for name in names[:2]:
        (tmp_path / folder / name).touch()
    assert "FFmpeg comes in PyAV as" in terms()
    assert "loads x264 to encode" in terms()
    (tmp_path / folder / names[1]).rename(tmp_path / folder / names[2])
    assert "loads x265 to encode" in terms()


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
