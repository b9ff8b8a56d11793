"""Fine-tunes weights on corrected pictures, and keeps them where they are no worse for it."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.ordinary import ordinary_pictures
from app.training import load_training
from core.model.checkpoint import find_weights, load_checkpoint, save_checkpoint
from core.settings import build
from core.tracks.improve.lesson import (
    BeforeAfter,
    Lesson,
    LessonProgress,
    save_lesson,
    save_progress,
)
from core.train.blend import blended
from core.train.holdout import split_dataset
from core.train.recipe import learned_with
from core.train.settings import TrainSettings

training = load_training()

_HELD_OUT = 0.25  # of the pictures
_SHARES = (1.0, 0.5, 0.25)  # of the share asked for: less is tried where that forgets too much
_SHOWN = 6  # pictures with both results
_TELL_S = 0.5
# What a network that refines learns of its maps, also where its last recipe left them alone.
_MAPS = {"refinement": 1.0, "offsets": 0.3, "displacements": 1.0}


@dataclass(frozen=True, slots=True)
class Teaching:
    """What is taught, from where, and how."""

    data: Path  # labels of pictures
    images: Path | None  # their folder, where it is not found from the labels
    weights: str | None  # where to start
    output: Path
    folder: Path  # of the run
    steps: int
    size: int  # px
    rate: float
    share: float  # of the way from the old weights to the tuned ones
    forgetting: float  # AP on ordinary pictures may be so much lower
    seed: int
    device: str


def teach(what: Teaching) -> Lesson | None:
    """Learn, look at both weights, and write the new ones where they are accepted.

    They must be better on the pictures held out, and hardly worse on ordinary ones. None: stopped.
    What happens is told in the run's folder. Raises UserError subclasses.
    """
    start = find_weights(what.weights)
    before = load_checkpoint(start)
    learn, held_out, learned, _ = split_dataset(
        what.data, _HELD_OUT, what.seed, what.folder, what.images
    )
    settings = build(TrainSettings, lesson_settings(what, start, learn, learned), "finetune")
    outcome = training.fit(
        settings, what.folder, what.folder / "cache", False, on_step=_Teller(what.folder)
    )
    if not outcome.finished:
        return None
    save_progress(what.folder, LessonProgress("Comparing", what.steps, what.steps))
    tuned = load_checkpoint(outcome.weights)
    ordinary = ordinary_pictures(what.folder / "ordinary")
    looks = [_look(what, path) for path in (held_out, ordinary) if path is not None]
    old = [training.find_all(before.network(), look) for look in looks]
    lesson, network = None, before.network()
    for part in _SHARES:
        share = part * what.share
        network = blended(before.network(), tuned.network(), share)
        new = [training.find_all(network, look) for look in looks]
        lesson = _judged(old, new, share, what.forgetting)
        if lesson.accepted:
            break
    assert lesson is not None
    pictures = tuple(_drawn(what.folder, old[0], new[0]))
    lesson = Lesson(
        lesson.accepted, lesson.sentence, lesson.share, lesson.held_out, lesson.ordinary, pictures
    )
    if lesson.accepted:
        history = {
            **{key: before.history[key] for key in ("licence",) if key in before.history},
            "finetuned_from": before.history,
            "finetune": tuned.history,
            "share": lesson.share,
        }
        save_checkpoint(what.output, network, history)
    save_lesson(what.folder, lesson)
    return lesson


def _judged(old: list[Any], new: list[Any], share: float, forgetting: float) -> Lesson:
    scores = [
        (training.score_found(a), training.score_found(b)) for a, b in zip(old, new, strict=True)
    ]
    compared = [
        BeforeAfter(len(found), a.ap, b.ap, a.ap50, b.ap50)
        for found, (a, b) in zip(old, scores, strict=True)
    ]
    held_out, ordinary = compared[0], compared[1] if len(compared) > 1 else None
    better = training.better(scores[0][1].as_dict(), scores[0][0].as_dict())
    forgot = ordinary is not None and ordinary.ap_after < ordinary.ap_before - forgetting
    if not better:
        sentence = "the new weights are no better on pictures that they have not seen"
    elif forgot:
        sentence = "the new weights are worse on ordinary pictures"
    else:
        sentence = "the new weights are better on pictures that they have not seen"
    return Lesson(better and not forgot, sentence, share, held_out, ordinary)


def _drawn(folder: Path, old: list[Any], new: list[Any]) -> Iterator[str]:
    from core.train.pictures import draw_before_after

    for number, ((image, before), (_, after)) in enumerate(
        zip(old[:_SHOWN], new[:_SHOWN], strict=True)
    ):
        name = f"before_after_{number}.jpg"
        first, then = (poses[poses.scores > training.SHOWN] for poses in (before, after))
        draw_before_after(image, first, then, folder / name)
        yield name


class _Teller:
    """Says how far the lesson is, some times a second at most."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._first: tuple[int, float] | None = None
        self._told_s = 0.0

    def __call__(self, done: int, total: int) -> None:
        now_s = time.monotonic()
        first_done, first_s = self._first = self._first or (done, now_s)
        if now_s - self._told_s < _TELL_S and done < total:
            return
        self._told_s = now_s
        steps = done - first_done
        remaining_s = (now_s - first_s) / steps * (total - done) if steps else None
        save_progress(self._folder, LessonProgress("Learning", done, total, remaining_s))


def _look(what: Teaching, path: Path) -> TrainSettings:
    return build(
        TrainSettings,
        {"validation": str(path), "validation_size": what.size, "device": what.device},
        "finetune",
    )


def lesson_settings(what: Teaching, start: Path, learn: Path, learned: int) -> dict[str, Any]:
    """How weights learn `learned` pictures, as values of `TrainSettings`."""
    before = load_checkpoint(start)
    # Another loss would unlearn what the weights know, such as how near a keypoint is.
    learned_by = learned_with(before.history)
    return {
        "model": before.settings.name,
        "init": str(start),
        "data": str(learn),
        "epochs": 1,
        "steps": what.steps,
        "batch": min(16, max(2, learned)),
        "sizes": [what.size],
        "seed": what.seed,
        "device": what.device,
        "optimiser": {
            **_carefully(learned_by.get("optimiser", {})),
            "rate": what.rate,
            "warmup_steps": 10,
            "ema_decay": 0.98,
        },
        # The auxiliary heatmaps would begin at random.
        "loss": learned_by.get("loss", {})
        | (_MAPS if before.settings.refine != "none" else {})
        | {"heatmaps": 0.0},
        "augment": learned_by.get("augment", {}),
    }


def _carefully(learning: Mapping[str, Any]) -> dict[str, Any]:
    """What was pretrained learns slowly, also what the last recipe left as it was.

    The user's pictures may look like nothing that the trunk has seen.
    """
    slow = [*learning.get("slow", ()), *learning.get("frozen", ())]
    kept = {"slow_factor": learning["slow_factor"]} if "slow_factor" in learning else {}
    return {"slow": slow, **kept}
