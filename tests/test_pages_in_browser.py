"""Pages that the program writes, in a real browser: hostile names in them are text and no more."""

import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from space_scene import CAMERAS, truth
from walker import table, walker

from app.__main__ import main
from core.space.camera import CameraSet
from core.space.skeleton_files.csv_table import write_tracks3d
from core.space.skeleton_files.page import write_page
from core.space.tracks3d import Tracks3D
from core.tracks.csv_long import write_track_csv

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium")
# A page that runs any of these is called "ran", and has an element that was not written.
NAMES = {
    "script": "<script>document.title='ran'<⁄script><b id=ran>",
    "handler": "<img src=x onerror=document.title='ran' id=ran>",
    "out of a text": "'\"--><svg id=ran onload=document.title='ran'>",
    "out of a script": "</script><script>document.title='ran'</script><b id=ran>",
}


class Seen(HTMLParser):
    """What of a page a browser shows that could run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts = self.handlers = self.ran = 0
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.handlers += sum(name.startswith("on") for name, _ in attributes)
        self.ran += ("id", "ran") in attributes
        self.addresses += [str(at) for name, at in attributes if name in ("src", "href", "data")]


def loaded(page: Path, folder: Path) -> str:
    """A page as it is once a browser has loaded it and run what is in it."""
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}",
         "--virtual-time-budget=2000", "--dump-dom", page.absolute().as_uri()],
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    return done.stdout


def space(names: tuple[str, ...]) -> Tracks3D:
    times_s = np.arange(30) / 30
    points = truth(times_s).reshape(-1, 17, 3)
    return Tracks3D(
        frames=np.repeat(np.arange(30), 2),
        times_s=np.repeat(times_s, 2),
        ids=np.tile([1, 2], 30),
        points=points,
        deviations=np.full((60, 17), 0.01),
        cameras=np.full((60, 17), 2),
        covariance=np.zeros((60, 17, 3, 3)),
        reprojection_px=np.zeros((60, 2)),
        track_ids=np.ones((60, 2), np.int64),
        camera_names=names,
    )


def test_the_browser_runs_what_is_not_escaped(tmp_path: Path) -> None:
    """Otherwise the others would show nothing."""
    for number, name in enumerate(NAMES.values()):
        page = tmp_path / f"{number}.html"
        page.write_text(f"<title>{number}</title><p>{name.replace('⁄', '/')}", encoding="utf-8")
        shown = loaded(page, tmp_path / "browser")
        assert "<title>ran</title>" in shown
        assert Seen(shown).ran > 0


@pytest.mark.parametrize("trick", ["script", "handler"])  # the others hold a slash
def test_reports(tmp_path: Path, trick: str) -> None:
    name, times_s, out = NAMES[trick], np.arange(30) / 25, tmp_path / "out"
    write_track_csv(tmp_path / f"{name}.csv", table({1: walker(times_s)[0]}, times_s))
    write_tracks3d(tmp_path / f"{name}.3d.csv", space(("north", "east")))
    for tracks in (f"{name}.csv", f"{name}.3d.csv"):
        assert main(["report", str(tmp_path / tracks), "--output", str(out)]) == 0
    pages = sorted(out.glob("*.html"))
    assert len(pages) == 2
    for page in pages:
        shown = loaded(page, tmp_path / "browser")
        seen = Seen(shown)
        assert (seen.scripts, seen.handlers, seen.ran) == (0, 0, 0)
        assert "<title>ran" not in shown
        assert [at for at in seen.addresses if not at.startswith(("#", "data:"))] == []
        assert "&lt;" in shown


@pytest.mark.parametrize("trick", NAMES)
def test_the_page_of_skeletons_in_space(tmp_path: Path, trick: str) -> None:
    """It has one script, its own; names of cameras come from files of other programs."""
    name = NAMES[trick].replace("⁄", "/")
    north, east = CAMERAS.only(["north", "east"]).cameras
    cameras = CameraSet((replace(north, name=name), east))
    write_page(tmp_path / "people.3d.html", space((name, "east")), cameras)
    shown = loaded(tmp_path / "people.3d.html", tmp_path / "browser")
    seen = Seen(shown)
    assert (seen.scripts, seen.ran) == (1, 0)
    assert "<title>ran" not in shown
