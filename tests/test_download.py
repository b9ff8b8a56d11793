"""Published weights over a real connection: right, wrong hash, wrong size, no network."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.__main__ import main
from core.errors import ModelError
from core.model.download import Published, download, fetch

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


def test_unknown_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError, match="there are s6-640"):
        download("s9", tmp_path)
    assert main(["models", "download"]) == 2
    assert "which?" in capsys.readouterr().err
