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
    assert told == accuracy_of(pyramid=True)
    others = others_of(weights, pyramid=True)
    assert len(others) == 3
    for way, measured in others.items():
        (figures,) = re.findall(rf"`{way}`: ([\d.,\s]+\d)", card)
        assert measured == dict(zip(told, map(float, figures.split(",")), strict=True))
    assert others_of(Path("somebody.safetensors"), pyramid=True) == {}


def test_with_one_look_its_own_figures_count() -> None:
    others = others_of(find_weights(None), pyramid=True)
    assert accuracy_of(pyramid=False) == others["one look"]
    (half,) = others_of(find_weights(None), pyramid=False).values()
    assert half == others["bfloat16 one look"]
