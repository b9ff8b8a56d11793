"""Published weights over a real connection: right, wrong hash, wrong size, no network."""

import hashlib
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from networks import TINY, random_network
from test_foreign import graph

from app.__main__ import main
from app.commands.models import licence_of
from core.errors import ModelError, OutputError
from core.model.accuracy import Measured, keep_accuracy
from core.model.checkpoint import find_weights, save_checkpoint
from core.model.download import (
    PUBLISHED,
    Published,
    download,
    fetch,
    remembered_hash,
    unpack_network,
)
from core.model.estimator import load_estimator
from core.model.estimator_settings import EstimatorSettings
from core.part_file import PartFile

CONTENT = b"weights" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "last.pt").write_bytes(CONTENT)
    words = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(
        words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        port = server.stdout.readline().split("port ")[1].split()[0]
        yield f"http://127.0.0.1:{port}/last.pt"
        server.terminate()


def test_right_file(address: str, tmp_path: Path) -> None:
    entry = Published(address, 0.5, len(CONTENT), DIGEST)
    path, digest = fetch("x", entry, tmp_path / "weights")
    assert path.read_bytes() == CONTENT
    assert digest == DIGEST


@pytest.mark.parametrize(
    ("size", "sha256", "sentence"),
    [(None, "0" * 64, "refused, its SHA-256"), (7, None, "refused, it should have 7 bytes")],
)
def test_wrong_file_is_refused(
    size: int | None, sha256: str | None, sentence: str, address: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=sentence):
        fetch("x", Published(address, 0.5, size, sha256), tmp_path)
    assert not (tmp_path / "x.pt").exists()


def test_offline_says_where_to_put_the_file(tmp_path: Path) -> None:
    entry = Published("http://127.0.0.1:9/last.pt", 0.5)
    with pytest.raises(ModelError, match=r"by hand .* put it at .*x\.pt"):
        fetch("x", entry, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_one_download_of_a_network_at_a_time(address: str, tmp_path: Path) -> None:
    with PartFile(tmp_path / "x.pt") as first:
        first.write(b"first")
        with pytest.raises(OutputError, match="is being written by another run"):
            fetch("x", Published(address, 0.5), tmp_path)
    assert (tmp_path / "x.pt").read_bytes() == b"first"


def test_a_download_that_breaks_off_is_not_kept(tmp_path: Path) -> None:
    """Its hash would be remembered otherwise, and the whole file refused from then on."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            asked, _ = server.accept()
            with asked:
                asked.recv(4096)
                asked.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7000\r\n\r\n" + CONTENT[:3500])

        thread = Thread(target=answer)
        thread.start()
        entry = Published(f"http://127.0.0.1:{server.getsockname()[1]}/last.pt", 0.5)
        with pytest.raises(ModelError, match="ended after 3500 of 7000 bytes"):
            fetch("x", entry, tmp_path)
        thread.join()
    assert list(tmp_path.iterdir()) == []


def test_another_file_of_the_same_address_is_refused_later(address: str, tmp_path: Path) -> None:
    """Where the publisher gives no hash, the first download's is remembered."""
    entry = Published(address, 0.5)
    path, digest = fetch("x", entry, tmp_path)
    assert remembered_hash("x", tmp_path) == digest == DIGEST
    path.write_bytes(b"something else")
    with pytest.raises(ModelError, match="refused, its SHA-256"):
        fetch("x", entry, tmp_path)
    assert fetch("x", entry, tmp_path)[1] == DIGEST


def test_an_archive_becomes_a_network_with_its_licence(tmp_path: Path) -> None:
    """The form in which RTMO is published: a network among other files, in a folder of a zip."""
    keypoints = np.full((1, 1, 17, 3), 0.5, np.float32)
    outputs = {"dets": np.zeros((1, 1, 5), np.float32), "keypoints": keypoints}
    network = graph(tmp_path / "end2end.onnx", outputs, [1, 3, 64, 64], source="input")
    with zipfile.ZipFile(tmp_path / "rtmo-s.zip", "w") as archive:
        archive.write(network, "20231211/rtmo_onnx/end2end.onnx")
        archive.writestr("20231211/../../evil.json", "{}")
    network.unlink()
    made = unpack_network(tmp_path / "rtmo-s.zip", PUBLISHED["rtmo-s"])
    assert made == tmp_path / "rtmo-s.onnx"
    assert licence_of(made) == "Apache-2.0"
    assert not list(tmp_path.parent.glob("evil.json"))
    assert load_estimator(made, EstimatorSettings(device="cpu", size=64)).licence == "Apache-2.0"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no archive", "no archive that can be read"), (None, "holds no end2end")],
)
def test_other_archives_are_refused(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "rtmo-s.zip"
    if content is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "no network")
    else:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=said):
        unpack_network(path, PUBLISHED["rtmo-s"])
    assert not (tmp_path / "rtmo-s.onnx").exists()


def test_the_list_tells_licence_and_accuracy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # of other tests' `eval`
    folder = tmp_path / "yolopose" / "networks"
    folder.mkdir(parents=True)
    theirs = folder / "theirs.safetensors"
    save_checkpoint(theirs, random_network(TINY), {"licence": "GPL-3.0"})
    keep_accuracy(theirs, Measured(0.512, "mine.json", 320))
    assert main(["models"]) == 0
    lines: dict[str, str] = {}  # of each name the first: what is installed comes first
    for line in filter(None, capsys.readouterr().out.splitlines()):
        lines.setdefault(line.split()[0], line)
    assert "Apache-2.0" in lines["mobile"]
    assert "0.431 (val, 512 px)" in lines["mobile"]
    assert "ships, default" in lines["mobile"]
    assert "GPL-3.0" in lines["theirs"]
    assert "0.512 (mine.json, 320 px)" in lines["theirs"]
    assert lines["rtmo-s"].split() == ["rtmo-s", "0.686", "Apache-2.0"]
    assert lines["s6-640"].split() == ["s6-640", "0.575", "GPL-3.0"]
    assert find_weights("theirs") == theirs
    said: list[str] = []
    settings = EstimatorSettings(device="cpu", size=64, engine="torch")
    estimator = load_estimator("theirs", settings, said.append)
    assert estimator.licence == "GPL-3.0"
    assert said[0].endswith("; licence GPL-3.0")


def test_unknown_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError, match="there are s6-640"):
        download("s9", tmp_path)
    assert main(["models", "download"]) == 2
    assert "which?" in capsys.readouterr().err
