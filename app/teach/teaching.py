"""Fine-tunes weights on corrected pictures, and keeps them where they are no worse for it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from app.teach.lesson_look import choose_look, look_settings
from app.teach.ordinary import ordinary_pictures
from app.teach.training import load_training
from core.model.checkpoint import (
    find_weights,
    load_checkpoint,
    model_names,
    model_settings,
    save_checkpoint,
)
from core.model.look import ClipLook, remembered
from core.model.network import PoseNetwork
from core.model.settings import ModelSettings
from core.part_file import write_whole
from core.settings import as_dict, build
from core.tracks.improve.lesson import (
    BeforeAfter,
    Lesson,
    LessonProgress,
    save_lesson,
    save_progress,
)
from core.train.blend import blended
from core.train.holdout import split_dataset
from core.train.lesson_fit import AUGMENT, MOST_PICTURES, OPTIMISER, Told, fit_lesson
from core.train.recipe import learned_with
from core.train.settings import TrainSettings
from core.yaml_text import write_yaml

training = load_training()

_HELD_OUT = 0.25  # of the pictures
_SHARES = (1.0, 0.5, 0.25)  # of the share asked for: less is tried where that forgets too much
_WHOLE_RATE = 3e-4  # where all of the network learns
_BATCH, _SMALL_BATCH = 8, 4  # pictures a step; of large ones fewer
_LARGE = 700  # px
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
    look: ClipLook  # how the clip is looked at now
    slowest: float  # another look may take so many times as long; 1: it stays as it is
    rate: float | None  # None: what suits the network
    whole: bool  # all of the network learns, also where its neck and heads alone could
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
        what.data, _HELD_OUT, what.seed, what.folder, before.settings.skeleton, what.images
    )
    teller = _Teller(what.folder)
    old_network = before.network()
    look, taken, looks = choose_look(
        old_network, learn, what.look, what.slowest, what.device, teller
    )
    values = lesson_settings(what, start, learn, learned, look)
    settings = build(TrainSettings, values, "finetune")
    outcome = learned_weights(settings, what.folder, teller)
    if not outcome.finished:
        return None
    save_progress(what.folder, LessonProgress("Comparing", what.steps, what.steps))
    tuned = load_checkpoint(outcome.weights)
    ordinary = ordinary_pictures(what.folder / "ordinary")
    # Ordinary pictures are looked at as before: they are to tell of the weights alone.
    seen = [(held_out, look), *([(ordinary, what.look)] if ordinary else [])]
    old = [_found(what, old_network, path, what.look) for path, _ in seen]
    lesson, network, bar = None, old_network, old[0]
    shares = [part * what.share for part in _SHARES]
    if look != what.look:
        # What is learned has to do more than the look alone, which is the last resort.
        bar = _found(what, old_network, held_out, look)
        shares.append(0.0)
    for share in shares:
        network = blended(old_network, tuned.network(), share) if share else old_network
        same = [bar, *old[1:]]  # what the old network finds
        new = [_found(what, network, path, way) for path, way in seen] if share else same
        lesson = _judged(old, new, bar if share else old[0], share, what.forgetting)
        if lesson.accepted:
            break
    assert lesson is not None
    pictures = tuple(_drawn(what.folder, old[0], new[0]))
    lesson = replace(lesson, pictures=pictures, looks=looks, look=taken)
    if lesson.accepted:
        history = {
            **{key: before.history[key] for key in ("licence",) if key in before.history},
            "finetuned_from": before.history,
            "finetune": tuned.history,
            "share": lesson.share,
            **remembered(look),
        }
        save_checkpoint(what.output, network, history)
    save_lesson(what.folder, lesson)
    return lesson


def learned_weights(settings: TrainSettings, folder: Path, tell: Told) -> Any:
    """Learn as `lesson_settings` says: a `FitOutcome`. Raises UserError subclasses."""
    if settings.optimiser.frozen:
        return fit_lesson(settings, folder, tell)
    return training.fit(
        settings, folder, folder / "cache", False, on_step=partial(tell, "Learning")
    )


def _found(what: Teaching, network: PoseNetwork, path: Path, look: ClipLook) -> list[Any]:
    found: list[Any] = training.find_all(network, look_settings(path, what.device), look)
    return found


def _judged(
    old: Sequence[Any], new: Sequence[Any], bar: Any, share: float, forgetting: float
) -> Lesson:
    """What was found before and after, in each set of pictures; the first must pass the bar."""
    scores = [
        (training.score_found(a), training.score_found(b)) for a, b in zip(old, new, strict=True)
    ]
    compared = [
        BeforeAfter(len(found), a.ap, b.ap, a.ap50, b.ap50)
        for found, (a, b) in zip(old, scores, strict=True)
    ]
    held_out, ordinary = compared[0], compared[1] if len(compared) > 1 else None
    better = training.better(scores[0][1].as_dict(), training.score_found(bar).as_dict())
    forgot = ordinary is not None and ordinary.ap_after < ordinary.ap_before - forgetting
    if not better:
        sentence = "the new weights are no better on pictures that they have not seen"
    elif forgot:
        sentence = "the new weights are worse on ordinary pictures"
    elif not share:
        sentence = "the weights stay; looked at in another way, they find more in unseen pictures"
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
        self._first: tuple[str, int, float] | None = None
        self._told_s = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now_s = time.monotonic()
        if self._first is None or self._first[0] != stage:
            self._first = stage, done, now_s
        _, first_done, first_s = self._first
        if now_s - self._told_s < _TELL_S and done < total:
            return
        self._told_s = now_s
        steps = done - first_done
        remaining_s = (now_s - first_s) / steps * (total - done) if steps else None
        save_progress(self._folder, LessonProgress(stage, done, total, remaining_s))


def lesson_settings(
    what: Teaching, start: Path, learn: Path, learned: int, look: ClipLook
) -> dict[str, Any]:
    """How weights learn `learned` pictures for a look, as values of `TrainSettings`."""
    before = load_checkpoint(start)
    model = _network_of(before.settings, what.folder)
    # Another loss would unlearn what the weights know, such as how near a keypoint is.
    learned_by = learned_with(before.history)
    loss = learned_by.get("loss", {}) | {"heatmaps": 0.0}  # those heatmaps would begin at random
    if before.settings.trunk == "mobile" and learned <= MOST_PICTURES and not what.whole:
        optimiser = as_dict(OPTIMISER)
        size = look.size
        augment, batch = as_dict(AUGMENT), _SMALL_BATCH if size > _LARGE else _BATCH
    else:
        # All of the network learns slowly enough: not at the size of another look.
        size = what.look.size
        optimiser = _carefully(learned_by.get("optimiser", {}))
        optimiser |= {"rate": _WHOLE_RATE, "warmup_steps": 10, "ema_decay": 0.98}
        augment, batch = learned_by.get("augment", {}), 16
    if what.rate is not None:
        optimiser["rate"] = what.rate
    return {
        "model": model,
        "init": str(start),
        "data": str(learn),
        "epochs": 1,
        "steps": what.steps,
        "batch": min(batch, max(2, learned)),
        "sizes": [size],
        "seed": what.seed,
        "device": what.device,
        "optimiser": optimiser,
        "loss": loss | (_MAPS if before.settings.refine != "none" else {}),
        "augment": augment,
    }


def _network_of(network: ModelSettings, folder: Path) -> str:
    """The network's name in configs/model, or a YAML file of what its weights say it is."""
    if network.name in model_names() and model_settings(network.name) == network:
        return network.name
    path = folder / "network.yaml"
    write_whole(path, write_yaml(as_dict(network)))
    return str(path)


def _carefully(learning: Mapping[str, Any]) -> dict[str, Any]:
    """What was pretrained learns slowly, also what the last recipe left as it was.

    The user's pictures may look like nothing that the trunk has seen.
    """
    slow = [*learning.get("slow", ()), *learning.get("frozen", ())]
    kept = {"slow_factor": learning["slow_factor"]} if "slow_factor" in learning else {}
    return {"slow": slow, **kept}
