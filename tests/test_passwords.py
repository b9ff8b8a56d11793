"""Passwords of addresses stand in no record, no name, no message and no list."""

import hashlib
import json
import pickle
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PyQt6.QtCore import QSettings
from pytestqt.qtbot import QtBot
from random_weights import write_random_weights
from tiny_video import corners, write_video
from window_engine import WindowEngine

from app.__main__ import main
from app.results.clip_results import plan_results
from core.errors import SourceError
from core.run.reconnect import ReconnectSettings, reconnecting
from core.secrets import hide_secrets
from core.video.probe import probe
from ui.session.source import source_of
from ui.window.main_window import MainWindow
from ui.window.preferences import Preferences


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://user:word@10.0.0.5:554/s/1", "rtsp://***@10.0.0.5:554/s/1"),
        ("rtsp://word@host/s: is gone", "rtsp://***@host/s: is gone"),
        ("rtsp://user:w@rd@host/s", "rtsp://***@host/s"),
        ("rtsp://user:w/rd@host/s", "rtsp://***@host/s"),
        ("rtsp://user:w?rd#@host/s", "rtsp://***@host/s"),
        ("rtsp://user:w'rd@host/s: is gone", "rtsp://***@host/s: is gone"),
        ('rtsp://user:w"rd@host/s', "rtsp://***@host/s"),
        ("rtsp://user:w<r>d@host/s", "rtsp://***@host/s"),
        ("rtsp://user:my word\tis@host/s", "rtsp://***@host/s"),
        ("rtsp://w'rd@host/s", "rtsp://***@host/s"),
        ("rtsp://user:123/word@host/s", "rtsp://***@host/s"),
        ("rtsp://user:12#34@host/s", "rtsp://***@host/s"),
        ("'http://host:80/s' and 'rtsp://a:w rd@b'", "'http://host:80/s' and 'rtsp://***@b'"),
        ("http://host/v.ts?token=word&channel=2", "http://host/v.ts?token=***&channel=2"),
        ("http://host/v.ts?x=word: gone", "http://host/v.ts?x=***: gone"),
        ("srt://host:9?passphrase=word", "srt://host:9?passphrase=***"),
        (
            "rtsp://host/user=admin_password=word_channel=1_stream=0.sdp",
            "rtsp://host/user=***_password=***_channel=1_stream=0.sdp",
        ),
        ("a RTSP://a:word@b and http://c:word@d.", "a RTSP://***@b and http://***@d."),
        ("rtmp://host/live/word", "rtmp://host/live/***"),
        ("'rtmp://host/live/word' and", "'rtmp://host/live/***' and"),
        (
            "RTMPS://a.example:443/app/one/word?x=word: gone",
            "RTMPS://a.example:443/app/***?x=***: gone",
        ),
        ("rtmp://user:word@host/live/word, again", "rtmp://***@host/live/***, again"),
        ("rtmp://host/live is no stream", "rtmp://host/live is no stream"),
        ("srt://host:9?streamid=#!::r=word,m=publish: gone", "srt://host:9?streamid=***: gone"),
        (
            "rtsp://10.0.0.2:554/a failed; ask admin@club.example",
            "rtsp://10.0.0.2:554/a failed; ask admin@club.example",
        ),
        ("rtsp://10.0.0.2:554: silent; ask a@b", "rtsp://10.0.0.2:554: silent; ask a@b"),
        ("rtsp://[fe80::1]:554/a failed; ask a@b", "rtsp://[fe80::1]:554/a failed; ask a@b"),
        ("rtsp://[fe80::1]/a failed; ask a@b", "rtsp://[fe80::1]/a failed; ask a@b"),
        ("http://club.example:80/a failed; ask a@b", "http://club.example:80/a failed; ask a@b"),
        ("http://localhost:80/a?x=word, or a@b", "http://localhost:80/a?x=***, or a@b"),
        (
            "rtsp://user:w@rd@10.0.0.2:554/a failed; ask admin@club.example",
            "rtsp://***@10.0.0.2:554/a failed; ask admin@club.example",
        ),
        (
            "rtsp://10.0.0.2:554/a failed, ask a@b or rtsp://c:word@d",
            "rtsp://10.0.0.2:554/a failed, ask a@b or rtsp://***@d",
        ),
        ("rtsp://some.one:12 34@host/s", "rtsp://***@host/s"),
        ("rtsp://10.0.0.2:554word is@host/s", "rtsp://***@host/s"),
        ("https://host/@someone/live", "https://host/@someone/live"),
        ("host:554/a@b is no address", "host:554/a@b is no address"),
        ("udp://:5000", "udp://:5000"),
        ("C:\\clips\\a.mp4", "C:\\clips\\a.mp4"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown
    assert hide_secrets(shown) == shown
    assert str(SourceError(text)) == shown
    assert str(pickle.loads(pickle.dumps(SourceError(text)))) == shown


def test_messages_about_streams() -> None:
    with pytest.raises(SourceError) as raised:
        probe("http://user:word@127.0.0.1:9/clip.mp4?key=word")
    assert "http://***@127.0.0.1:9/clip.mp4?key=***" in str(raised.value)
    assert "word" not in str(raised.value)

    def lost():
        raise SourceError("rtsp://user:word@host: is gone")
        yield

    with pytest.raises(SourceError, match=r"rtsp://\*\*\*@host: is gone"):
        list(reconnecting(lost, lambda _: True, lambda _: None, ReconnectSettings()))


def test_names_of_results(tmp_path: Path) -> None:
    (plan,) = plan_results(["rtsp://user:word@host/user=a_password=word"], tmp_path)
    assert plan.name == "host_user__password"
    assert plan_results(["rtmp://host/live/word"], tmp_path)[0].name == "host_live"
    assert plan_results(["rtsp://[word:x"], tmp_path)[0].name == "stream"


@pytest.fixture
def web_clip(tmp_path: Path) -> Iterator[str]:
    """The address of a clip on a web server."""
    folder = tmp_path / "web"
    folder.mkdir()
    write_video(folder / "clip.ts", [corners(seed=index) for index in range(3)])
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/clip.ts"
        server.shutdown()
        thread.join()


def test_the_record_of_a_stream(tmp_path, web_clip) -> None:
    weights = write_random_weights(tmp_path / "random.safetensors")
    out = tmp_path / "out"
    address = web_clip.replace("http://", "http://user:word@") + "?token=word"
    options = ["--model", str(weights), "--set", "estimator.size=64", "--format", "posetrack"]
    command = ["process", address, "--output", str(out), *options]
    assert main(command) == 0
    assert main(command) == 0  # the same address may replace its own results
    meta = json.loads((out / "127.0.0.1_clip.meta.json").read_text())
    shown = web_clip.replace("http://", "http://***@") + "?token=***"
    assert meta["source"]["source"] == shown
    for path in out.iterdir():
        assert b"word" not in path.read_bytes(), path


def test_an_address_that_differs_in_a_password_is_another_one(
    tmp_path: Path, web_clip: str, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = write_random_weights(tmp_path / "random.safetensors")
    out = tmp_path / "out"
    options = ["--output", str(out), "--model", str(weights), "--set", "estimator.size=64"]
    one = web_clip.replace("http://", "http://user:word@") + "?token=word"
    assert main(["process", one, *options]) == 0
    before = (out / "127.0.0.1_clip.csv").read_bytes()
    for other in (one.replace(":word@", ":drow@"), one.replace("=word", "=drow")):
        capsys.readouterr()
        assert main(["process", other, *options]) == 2
        said = capsys.readouterr().err
        assert "with another user, password or key, which may be another camera" in said
        assert "--overwrite" in said
        assert "word" not in said.replace("password", "")
        assert "drow" not in said
    assert (out / "127.0.0.1_clip.csv").read_bytes() == before
    assert main(["process", one, *options]) == 0
    assert main(["process", other, *options, "--overwrite"]) == 0
    assert main(["process", other, *options]) == 0
    assert main(["process", one, *options]) == 2
    # A record of an earlier version knows no more than what it shows.
    meta = out / "127.0.0.1_clip.meta.json"
    record = json.loads(meta.read_text())
    digest = record["source"].pop("address_scrypt")
    assert digest not in (hashlib.sha256(other.encode()).hexdigest(), "")
    meta.write_text(json.dumps(record))
    assert main(["process", one, *options]) == 0
    # Nothing is kept of an address that holds no secret.
    assert main(["process", web_clip, *options, "--overwrite"]) == 0
    assert "address_scrypt" not in json.loads(meta.read_text())["source"]


def test_the_window_keeps_no_password(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    store = QSettings(str(file), QSettings.Format.IniFormat)
    preferences = Preferences(store)
    address = "rtsp://user:word@127.0.0.1:9/s"
    window = MainWindow(WindowEngine(), preferences, tmp_path / "results")
    qtbot.addWidget(window)
    window.show()
    try:
        window.showing.open_text(address)
        (recent,) = preferences.recent
        assert recent.address == recent.title == "rtsp://***@127.0.0.1:9/s"
        assert window.showing.session is not None
        assert "word" not in window.showing.session.note()
        window.showing.open(recent)  # in the same window it is still known
        assert window.showing.session.source.address == address
        assert len(preferences.recent) == 1
    finally:
        window.close()
    store.sync()
    kept = file.read_text()
    assert "127.0.0.1" in kept
    assert "word" not in kept
    later = MainWindow(WindowEngine(), preferences, tmp_path / "results")
    qtbot.addWidget(later)
    later.show()
    try:
        later.showing.open(preferences.recent[0])
        assert later.showing.session is None
        assert later.parts.sources.address.text() == "rtsp://***@127.0.0.1:9/s"
    finally:
        later.close()


def test_a_list_of_an_earlier_version(tmp_path: Path) -> None:
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    store.beginWriteArray("recent", 1)
    store.setArrayIndex(0)
    store.setValue("kind", "stream")
    store.setValue("address", "http://a:word@b")
    store.setValue("title", "http://a:word@b")
    store.endArray()
    (source,) = Preferences(store).recent
    assert source.address == source.title == "http://***@b"
    assert source_of("rtsp://a:word@b").title == "rtsp://***@b"
