"""A lesson looks at its pictures once, learns above what it saw, and leaves the rest alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from networks import TINY_MOBILE, random_weights
from stick_people import write_dataset

from core.model.checkpoint import find_weights, load_checkpoint
from core.skeleton import HALPE_26
from core.tracks.improve.lesson import BeforeAfter, Lesson, Looked, load_lesson, save_lesson
from core.train.batches import collate
from core.train.dataset import LabelledImage, read_dataset
from core.train.lesson_fit import AUGMENT, BELOW, OPTIMISER, fit_lesson
from core.train.lesson_views import MOST, drawn, joined, make_views, views_of_each
from core.train.loss import LossSettings, alone
from core.train.settings import TrainSettings
from core.train.step import TrainingModule

CPU = torch.device("cpu")
LOSS = LossSettings(refinement=1.0, offsets=0.3, displacements=1.0)


def pictures(folder: Path, count: int) -> list[LabelledImage]:
    return read_dataset(write_dataset(folder, count=count), 17)


def test_what_was_seen_gives_the_loss_of_the_pictures(tmp_path: Path) -> None:
    images = pictures(tmp_path, 1)
    network = load_checkpoint(find_weights(None)).network()
    views = list(make_views(network, images, 128, AUGMENT, 0, CPU))
    assert len(views) == views_of_each(1, 128) == 16
    module = TrainingModule(network, LOSS, alone)
    batch, seen = joined(views[:4], CPU)
    shown = [*drawn(images, 16, (128, 128), AUGMENT, 0)][:4]
    with torch.no_grad():
        expected = module(collate(shown), None)
        found = module(batch, None, seen)
    assert float(sum(expected.values())) > 0.5
    for name, part in expected.items():
        torch.testing.assert_close(found[name], part, rtol=0.02, atol=0.002)


def test_views_have_the_shape_of_their_pictures(tmp_path: Path) -> None:
    shown = list(drawn(pictures(tmp_path, 1), 8, (64, 128), AUGMENT, 0))
    assert {picture.shape for picture, _ in shown} == {(128, 64, 3)}
    for _, people in shown:
        inside = people.keypoints[people.weights > 0]
        assert (inside >= 0).all()
        assert (inside < np.array([64, 128])).all()


def test_feet_are_mirrored_with_the_rest(tmp_path: Path) -> None:
    images = read_dataset(write_dataset(tmp_path, 1, skeleton=HALPE_26), 26)
    mirrored = replace(AUGMENT, flip=1.0, rotate=0.0)
    ((_, people),) = drawn(images, 1, (128, 128), mirrored, 0)
    toes = HALPE_26.names.index("left_big_toe"), HALPE_26.names.index("right_big_toe")
    left, right = people.keypoints[0, list(toes), 0]
    assert people.keypoints.shape == (1, 26, 2)
    assert left > right  # as before: they changed sides and names


def test_a_network_that_only_its_weights_describe_learns(tmp_path: Path) -> None:
    settings = TrainSettings(
        model=TINY_MOBILE.name, init=random_weights(tmp_path, TINY_MOBILE), steps=1, batch=2,
        data=write_dataset(tmp_path / "data", count=1), sizes=(64,), optimiser=OPTIMISER,
        augment=AUGMENT,
    )  # fmt: skip
    assert fit_lesson(settings, tmp_path, lambda *_: None).finished


def test_many_or_large_pictures_have_fewer_views() -> None:
    assert views_of_each(3, 512) == 16
    assert views_of_each(100, 512) == 2 <= MOST / 100
    assert views_of_each(500, 512) == 1
    assert views_of_each(15, 1024) == 4
    assert views_of_each(15, 1024) * 15 * 1024**2 <= MOST * 512**2
    assert views_of_each(15, 320) == 16


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_lesson_leaves_what_lies_below(tmp_path: Path) -> None:
    start, told = find_weights(None), []
    settings = TrainSettings(
        model="mobile", init=start, data=write_dataset(tmp_path / "data", count=2), steps=3,
        batch=2, sizes=(64,), optimiser=OPTIMISER, augment=AUGMENT, loss=LOSS,
    )  # fmt: skip
    outcome = fit_lesson(settings, tmp_path, lambda *word: told.append(word))
    assert outcome.finished
    assert [word for word in told if word[0] == "Learning"] == [
        ("Learning", step, 3) for step in (1, 2, 3)
    ]
    before, after = load_checkpoint(start).tensors, load_checkpoint(outcome.weights).tensors
    same = {name: torch.equal(value.half(), after[name].half()) for name, value in before.items()}
    below = [name for name in same if name.startswith((*BELOW, "chooser"))]
    assert below
    assert all(same[name] for name in below)
    learned = {name.split(".")[1] for name, kept in same.items() if not kept}
    assert learned >= {"neck", "0", "heatmaps", "offsets", "displacements"}


def test_a_lesson_tells_of_another_look(tmp_path: Path) -> None:
    figures = BeforeAfter(5, 0.4, 0.6, 0.8, 0.9)
    before, taken = Looked(512, True, False, 0.6, 1.0), Looked(960, False, True, 0.7, 5.6)
    lesson = Lesson(True, "better", 0.5, figures, figures, (), (before, taken), taken)
    save_lesson(tmp_path, lesson)
    assert load_lesson(tmp_path) == lesson
    assert lesson.about_look == (
        "the clip is looked at in another way: 960 px, mirrored as well, one look instead of "
        "512 px, in about 5.6 times the time (frames that teach, before the lesson: AP 0.600, and "
        "0.700)"
    )
    assert replace(lesson, look=None).about_look == ""
    assert replace(lesson, accepted=False).about_look == ""
