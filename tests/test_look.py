"""How a clip is looked at: chosen within limits, kept in weights, used with them."""

import argparse
from dataclasses import replace
from pathlib import Path

import pytest
from networks import TINY_MOBILE, random_weights

from app.commands.finetune import add_arguments, look_so_far
from app.live.engine import AppEngine
from app.settings import AppSettings, settings_of
from core.model.checkpoint import load_checkpoint, save_checkpoint
from core.model.estimator_settings import EstimatorSettings
from core.model.look import (
    ClipLook,
    larger_looks,
    look_of_weights,
    other_looks,
    remembered,
    worth,
)

NOW, TAUGHT = ClipLook(512), ClipLook(960, True, False)


@pytest.fixture
def taught(tmp_path: Path) -> Path:
    """Weights that remember a look."""
    network = load_checkpoint(random_weights(tmp_path, TINY_MOBILE)).network()
    path = tmp_path / "taught.safetensors"
    save_checkpoint(path, network, remembered(TAUGHT))
    return path


def arguments(*settings: str, model: Path | None = None) -> argparse.Namespace:
    return argparse.Namespace(settings=None, set=list(settings), model=model and str(model))


def test_larger_looks_end_with_the_pictures_and_the_time() -> None:
    def sizes(side: int, slowest: float) -> list[int]:
        return [look.size for look in larger_looks(NOW, side, slowest)]

    assert sizes(1920, 4.0) == [640, 768, 960]
    assert sizes(1920, 2.5) == [640, 768]
    assert sizes(700, 4.0) == [640]
    assert sizes(512, 4.0) == []
    smallest = larger_looks(ClipLook(64), 1920, 100.0)
    assert [look.size for look in smallest] == [128]


def test_other_ways_take_no_longer_than_they_may() -> None:
    assert set(other_looks(NOW, NOW, 4.0)) == {
        ClipLook(512, True, True),
        ClipLook(512, False, False),
    }
    assert set(other_looks(TAUGHT, NOW, 4.0)) == {ClipLook(960, False, False)}
    assert ClipLook(512, True, True).times(NOW) == 2
    assert ClipLook(1024).times(NOW) == 4


def test_what_takes_longer_must_find_more() -> None:
    assert worth(0.6, NOW, NOW) == 0.6
    assert worth(0.615, ClipLook(1024), NOW) < 0.6 < worth(0.625, ClipLook(1024), NOW)


def test_weights_remember_their_look(taught: Path, tmp_path: Path) -> None:
    assert look_of_weights(taught) == TAUGHT
    assert look_of_weights(random_weights(tmp_path, TINY_MOBILE)) is None
    assert look_of_weights(tmp_path / "nowhere.safetensors") is None


@pytest.mark.parametrize("told", [{"size": 100}, {"size": "large"}, {"colour": 1}, [512], "512"])
def test_a_look_that_is_none_is_no_look(tmp_path: Path, told: object) -> None:
    network = load_checkpoint(random_weights(tmp_path, TINY_MOBILE)).network()
    path = tmp_path / "odd.safetensors"
    save_checkpoint(path, network, {"look": told})
    assert look_of_weights(path) is None


def test_clips_are_looked_at_as_was_taught_unless_somebody_says_otherwise(taught: Path) -> None:
    as_taught = settings_of(arguments(model=taught), as_taught=True)
    assert as_taught == AppSettings(weights=taught, estimator=TAUGHT.within(EstimatorSettings()))
    smaller = settings_of(arguments("estimator.size=640", model=taught), as_taught=True)
    assert smaller.estimator.size == 640
    assert settings_of(arguments(model=taught)).estimator == EstimatorSettings()
    assert settings_of(arguments(), as_taught=True) == AppSettings()


def test_a_lesson_begins_with_the_look_of_the_window(taught: Path, tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    def begins_with(look: ClipLook) -> ClipLook:
        settings = AppSettings(weights=taught, estimator=look.within(EstimatorSettings()))
        command = AppEngine(settings).teach_command(settings, tmp_path, tmp_path, tmp_path)
        return look_so_far(parser.parse_args(command[command.index("finetune") + 1 :]))

    for look in (NOW, TAUGHT, ClipLook(640, True, True), ClipLook(640, False, False)):
        assert begins_with(look) == look
    said = parser.parse_args(["data", "--output", "new", "--weights", str(taught), "--no-flip"])
    assert look_so_far(said) == replace(TAUGHT, flip=False)


def test_each_part_of_a_look_goes_with_the_weights(tmp_path: Path) -> None:
    """But for the size, which somebody chose."""
    taught = tmp_path / "mirrored.safetensors"
    network = load_checkpoint(random_weights(tmp_path, TINY_MOBILE)).network()
    save_checkpoint(taught, network, remembered(ClipLook(960, flip=True)))
    begun = settings_of(arguments("estimator.size=640", model=taught), as_taught=True)
    assert begun.estimator.flip
    after = AppEngine(begun).with_weights(begun, None)
    assert ClipLook.of(after.estimator) == ClipLook(640)
    mirrored = AppSettings(estimator=EstimatorSettings(flip=True))
    engine = AppEngine(mirrored)
    assert engine.with_weights(engine.with_weights(mirrored, taught), None) == mirrored


def test_the_look_comes_and_goes_with_the_weights(taught: Path) -> None:
    usual = AppSettings(estimator=EstimatorSettings(size=640, confidence=0.4))
    engine = AppEngine(usual)
    with_them = engine.with_weights(usual, taught)
    assert with_them.weights == taught
    assert with_them.estimator == replace(usual.estimator, size=960)
    assert engine.with_weights(with_them, None) == usual
    by_hand = replace(with_them, estimator=replace(with_them.estimator, size=768))
    assert engine.with_weights(by_hand, None).estimator.size == 768
    begun = AppEngine(with_them)
    assert begun.with_weights(with_them, None).estimator.size == EstimatorSettings().size
