"""Strict settings: what is wrong, where, and what would be right."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from app.settings import AppSettings
from core.errors import SettingsError
from core.settings import apply_overrides, as_dict, build, load_yaml
from ui.window.dialogs import save_yaml


@dataclass(frozen=True)
class Tracker:
    min_hits: int = 3
    max_lost_s: float = 1.0
    cost: Literal["oks", "iou"] = "oks"

    def __post_init__(self) -> None:
        if self.max_lost_s <= 0:
            raise ValueError(f"max_lost_s must be positive, got {self.max_lost_s}")


@dataclass(frozen=True)
class Settings:
    tracker: Tracker = field(default_factory=Tracker)
    sizes: tuple[int, ...] = (320,)
    limit: tuple[float, float] = (0.0, 1.0)
    path: Path | None = None
    shares: dict[str, float] = field(default_factory=dict)


def test_values_and_defaults() -> None:
    values = {"tracker": {"max_lost_s": 2}, "sizes": [1, 2], "path": "a/b", "shares": {"x": 1}}
    settings = build(Settings, values)
    assert settings.tracker == Tracker(max_lost_s=2.0)
    assert settings.sizes == (1, 2)
    assert settings.path == Path("a/b")
    assert build(Settings, as_dict(settings)) == settings


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"tracker": {"max_lots_s": 1}},
            "tracker.max_lots_s: unknown setting; did you mean 'max_lost_s'?",
        ),
        ({"colour": 1}, "colour: unknown setting; known: tracker, sizes"),
        ({"tracker": {"min_hits": "three"}}, "tracker.min_hits: expected int, got 'three'"),
        ({"tracker": {"min_hits": True}}, "tracker.min_hits: expected int, got True"),
        ({"tracker": {"cost": "giou"}}, "tracker.cost: expected one of ['oks', 'iou']"),
        ({"tracker": {"max_lost_s": 0}}, "tracker: max_lost_s must be positive, got 0.0"),
        ({"tracker": 3}, "tracker: expected a section of settings, got 3"),
        ({"sizes": [320, "a"]}, "sizes[1]: expected int, got 'a'"),
        ({"limit": [1]}, "limit: expected 2 values, got 1"),
        ({"shares": {"x": "y"}}, "shares.x: expected float, got 'y'"),
    ],
)
def test_complaints(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError) as raised:
        build(Settings, values)
    assert sentence in str(raised.value)


def test_overrides() -> None:
    values = {"tracker": {"min_hits": 5}}
    merged = apply_overrides(values, ["tracker.max_lost_s=2", "sizes=[64, 128]"])
    assert merged == {"tracker": {"min_hits": 5, "max_lost_s": 2}, "sizes": [64, 128]}
    assert values == {"tracker": {"min_hits": 5}}
    for wrong, sentence in (("tracker", "looks like"), ("tracker.min_hits.x=1", "not a section")):
        with pytest.raises(SettingsError, match=sentence):
            apply_overrides(values, [wrong])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"a: [1", "is not valid YAML"), (b"- 1", "not a list"), (b"\xff\xfe\x00", "UTF-8")],
)
def test_files(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    with pytest.raises(SettingsError, match="cannot be read"):
        load_yaml(path)
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=sentence):
        load_yaml(path)
    path.write_text("")
    assert load_yaml(path) == {}


@dataclass(frozen=True)
class Words:
    hardware: Literal["off", "auto", "on"] = "auto"
    rate: float = 1.0
    count: int = 1
    text: str = ""
    switch: bool = False


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("hardware=off", Words(hardware="off")),
        ("hardware=on", Words(hardware="on")),
        ("rate=1e-1", Words(rate=0.1)),
        ("rate=1E3", Words(rate=1000.0)),
        ("rate=.5", Words(rate=0.5)),
        ("count=010", Words(count=10)),
        ("count=10_000", Words(count=10_000)),
        ("count=0x10", Words(count=16)),
        ("text=12:30:00", Words(text="12:30:00")),
        ("text=2026-01-02", Words(text="2026-01-02")),
        ("text=no", Words(text="no")),
        ("switch=yes", Words(switch=True)),
        ("switch=Off", Words(switch=False)),
        ("switch=true", Words(switch=True)),
    ],
)
def test_words_mean_what_they_say(override: str, expected: Words, tmp_path: Path) -> None:
    assert build(Words, apply_overrides({}, [override])) == expected
    path = tmp_path / "s.yaml"
    path.write_text(override.replace("=", ": ", 1))
    assert build(Words, load_yaml(path)) == expected


@pytest.mark.parametrize("value", [".inf", "-.inf", ".nan", "1e999", "1" + "0" * 400])
def test_numbers_are_finite(value: str) -> None:
    for name in ("rate", "tracker.max_lost_s", "limit"):
        values = apply_overrides({}, [f"{name}={f'[0, {value}]' if name == 'limit' else value}"])
        with pytest.raises(SettingsError, match="must be a finite number"):
            build(Words if name == "rate" else Settings, values)


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    settings = Words("off", 1e-7, 3, "1e-1", True)
    (path,) = save_yaml(as_dict(settings), tmp_path / "s.yaml")
    assert build(Words, load_yaml(path)) == settings


def test_the_documented_default_of_the_decoder() -> None:
    values = apply_overrides({}, ["capture.hardware=off", "estimator.confidence=1e-1"])
    settings = build(AppSettings, values)
    assert settings.capture.hardware == "off"
    assert settings.estimator.confidence == 0.1
