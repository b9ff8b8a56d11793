"""Weights that were taught at a clip look at it as they were taught to."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ModelError
from core.model.checkpoint import find_weights
from core.model.estimator import EstimatorSettings
from core.model.look import ClipLook, look_of_weights

if TYPE_CHECKING:
    from app.settings import AppSettings


def with_weights(
    settings: "AppSettings", weights: Path | None, usual: "AppSettings"
) -> "AppSettings":
    """Settings with other weights and the look that those remember.

    What the weights of before brought of their look goes with them, but for what somebody changed
    since; `usual`, the settings that the program began with, is what takes its place.
    """
    old, new = _remembered(settings.weights), _remembered(weights)
    estimator = settings.estimator
    if old is not None:
        begun = usual.weights == settings.weights  # then what they brought is no usual value
        estimator = _without(estimator, old, usual.estimator, begun)
    if new is not None:
        estimator = new.within(estimator)
    return replace(settings, weights=weights, estimator=estimator)


def _without(
    estimator: EstimatorSettings, old: ClipLook, usual: EstimatorSettings, begun: bool
) -> EstimatorSettings:
    now, brought = asdict(ClipLook.of(estimator)), asdict(old)
    before, plain = asdict(ClipLook.of(usual)), asdict(ClipLook())
    for name, value in brought.items():
        if now[name] == value:
            now[name] = plain[name] if begun and before[name] == value else before[name]
    return ClipLook(**now).within(estimator)


def with_own_look(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of settings with the look of their weights, where they say nothing else."""
    weights, given = values.get("weights"), values.get("estimator") or {}
    look = None if weights is None else _remembered(Path(str(weights)))
    if look is None or not isinstance(given, Mapping):
        return dict(values)
    return {**values, "estimator": {**asdict(look), **given}}


def _remembered(weights: Path | None) -> ClipLook | None:
    try:
        return None if weights is None else look_of_weights(find_weights(str(weights)))
    except ModelError:
        return None  # who loads them is told what is wrong
