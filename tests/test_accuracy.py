"""The figures that a governor goes by are those of the model card."""

import re
from pathlib import Path

from core.model.accuracy import accuracy_of, others_of
from core.model.checkpoint import find_weights


def test_the_card_has_the_same_figures() -> None:
    weights = find_weights(None)
    card = weights.with_suffix(".md").read_text(encoding="utf-8")
    (sizes, figures) = re.findall(r"`val` at ([\d, ]+) px: AP ([\d., ]+\d)", card)[0]
    told = dict(zip(map(int, sizes.split(", ")), map(float, figures.split(", ")), strict=True))
    assert told == accuracy_of(weights)
    assert accuracy_of(Path("somebody.safetensors")) == told
    (half,) = re.findall(r"in bfloat16 ([\d., ]+\d)", card)
    assert list(others_of(weights)["bfloat16"].values()) == list(map(float, half.split(", ")))
    assert list(others_of(weights)["bfloat16"]) == list(told)
    assert others_of(Path("somebody.safetensors")) == {}
