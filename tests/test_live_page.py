"""The page of a live output, in a real browser that is asked what it shows."""

import base64
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from live_source import numbered, one_person
from test_send import free_port
from websockets.sync.client import ClientConnection, connect

from core.palette import TRACK_COLOURS, track_rgb
from core.run.background import background
from core.send.address import read_address
from core.send.outputs import Output
from core.skeleton import skeleton_named
from core.types import FrameResult, PoseBatch, Tracks

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium")
PATIENCE_S = 120.0
# Of each source: its caption, and how many pixels of its picture are drawn on.
SHOWN = """JSON.stringify([...document.querySelectorAll("figure")].map(figure => {
  const canvas = figure.querySelector("canvas");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return [figure.querySelector("figcaption").textContent,
    pixels.filter((value, i) => i % 4 === 3 && value > 0).length];
}))"""


class Browser:
    """A tab that answers questions."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the browser's protocol."""
        self._number += 1
        question = {"id": self._number, "method": method, "params": parameters}
        self._connection.send(json.dumps(question))
        while True:
            answer = json.loads(self._connection.recv(timeout=PATIENCE_S))
            if answer.get("id") == self._number:
                return dict(answer["result"])

    def value(self, expression: str) -> Any:
        """What an expression of the page is."""
        return self.ask("Runtime.evaluate", expression=expression)["result"].get("value")


@contextmanager
def opened(address: str, folder: Path) -> Iterator[Browser]:
    """A browser that shows a page; ends with the block."""
    assert BROWSER is not None
    port_file = folder / "DevToolsActivePort"
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
               f"--user-data-dir={folder}", address]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait(lambda: port_file.is_file() and port_file.read_text().count("\n") > 0)
            port = port_file.read_text().split()[0]
            with connect(f"ws://127.0.0.1:{port}{tab(int(port))}", max_size=None) as connection:
                yield Browser(connection)
        finally:
            process.kill()


def tab(port: int) -> str:
    """The path of the only tab."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=PATIENCE_S) as answer:
        pages = [one for one in json.load(answer) if one["type"] == "page"]
    return "/" + pages[0]["webSocketDebuggerUrl"].split("/", 3)[3]


def wait(until: Callable[[], bool]) -> None:
    """Look again and again until something is so."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < deadline_s, "the browser did not come so far"
        time.sleep(0.1)


Make = Callable[[int, tuple[int, int]], FrameResult]
# A skeleton of no body: a bar, and a joint beside it that no limb leads to.
BAR = skeleton_named(["left_end", "right_end", "beside"], [("left_end", "right_end")])
PLACES = ((100, 100), (500, 100), (300, 250))  # px


def result(index: int, size: tuple[int, int]) -> FrameResult:
    """Person 7 in a frame of a size."""
    frame = numbered(index, size)
    poses = one_person(frame)
    return FrameResult(frame, poses, Tracks(np.array([7]), poses, np.ones(1, np.bool_)))


def bar(index: int, size: tuple[int, int]) -> FrameResult:
    """One bar, with the id 7."""
    poses = PoseBatch(
        np.array([[90, 90, 510, 260]], np.float32),
        np.array([0.9], np.float32),
        np.array([PLACES], np.float32),
        np.full((1, 3), 0.8, np.float32),
    )
    tracks = Tracks(np.array([7]), poses, np.ones(1, np.bool_))
    return FrameResult(numbered(index, size), poses, tracks, named=BAR)


@contextmanager
def sending(port: int, *sources: str, make: Make = result) -> Iterator[None]:
    """Frames of sources until the block ends."""
    output = Output(read_address(f"ws://127.0.0.1:{port}"), len(sources))

    def feed() -> Iterator[int]:
        index = 0
        while not output.results.wait_closed(0.02):
            for number, source in enumerate(sources):
                output.results.offer((source, make(index, (640, 360 - 40 * number))))
            index += 1
            yield index

    feeding = background(feed())
    try:
        yield
    finally:
        feeding.close(discard=True)
        output.close()


def test_a_browser_shows_every_source_and_comes_back_with_the_program(tmp_path: Path) -> None:
    port, hostile = free_port(), "<img src=x onerror=document.title='ran'>"
    page = f"http://127.0.0.1:{port}/"
    with ExitStack() as stack:
        with sending(port, "hall", hostile):
            browser = stack.enter_context(opened(page, tmp_path))
            wait(lambda: len(shown(browser)) == 2)
            assert {name for name, _ in shown(browser)} == {"hall", hostile}
            assert all(700 < drawn < 30_000 for _, drawn in shown(browser))
            assert browser.value("document.title") == "yolopose live"
        wait(lambda: browser.value("state.textContent") == "waiting …")
        browser.value("state.textContent = 'gone'; views['hall'][1].textContent = ''")
        with sending(port, "hall", "yard"):
            wait(lambda: {"hall", "yard"} <= {name for name, _ in shown(browser)})
            picture = browser.ask("Page.captureScreenshot")["data"]
    (tmp_path / "page.png").write_bytes(base64.b64decode(picture))
    assert cv2.imread(str(tmp_path / "page.png")) is not None


def test_a_browser_draws_the_skeleton_that_the_network_brings(tmp_path: Path) -> None:
    port, colour = free_port(), list(track_rgb(7))
    with sending(port, "hall", make=bar), opened(f"http://127.0.0.1:{port}/", tmp_path) as browser:
        wait(lambda: len(shown(browser)) == 1)
        assert pixels(browser, "hall", [*PLACES, (300, 100)]) == [colour] * 4
        assert pixels(browser, "hall", [(300, 175), (200, 175)]) == [[0, 0, 0]] * 2
        assert browser.value("colours.join()") == ",".join(TRACK_COLOURS)


def pixels(browser: Browser, source: str, places: list[tuple[int, int]]) -> list[list[int]]:
    """What the picture of a source shows there: red, green and blue."""
    found: list[list[int]] = json.loads(
        browser.value(
            f"JSON.stringify({json.dumps(places)}.map(at => [...views[{json.dumps(source)}][0]"
            ".getContext('2d').getImageData(...at, 1, 1).data].slice(0, 3)))"
        )
    )
    return found


def shown(browser: Browser) -> list[tuple[str, int]]:
    """Of each source with a person in it: its name, and how many pixels are drawn on."""
    figures = json.loads(browser.value(SHOWN) or "[]")
    people = [(*caption.rsplit(", frame ", 1), drawn) for caption, drawn in figures if caption]
    return [(name, drawn) for name, rest, drawn in people if rest.endswith(", 1 people")]
