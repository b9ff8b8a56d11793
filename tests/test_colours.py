"""Colours of people and sides can be told apart with the three kinds of colour blindness.

How a colour looks to others: Machado, Oliveira, Fernandes, A physiologically-based model for
simulation of color vision deficiency, 2009, severity 1, on linear light. How far two colours are
apart: CIE 1976 in L*a*b*, where 2.3 is just noticeable.
"""

from itertools import combinations

import numpy as np
import pytest

from core.palette import TRACK_COLOURS
from ui.look.colours import CONFIDENCE, LEFT, MIDDLE, RIGHT

EYES = {
    "all cones": np.eye(3),
    "without red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "without green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "without blue": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
WHITE = np.array([0.9505, 1.0, 1.089])


def lab(colour: str, eyes: str) -> np.ndarray:
    share = np.array(list(bytes.fromhex(colour[1:]))) / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = np.array(TO_XYZ) @ np.clip(np.array(EYES[eyes]) @ light, 0, 1) / WHITE
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def nearest(colours: tuple[str, ...], eyes: str) -> float:
    seen = [lab(colour, eyes) for colour in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))


def test_the_measure_knows_what_looks_alike() -> None:
    assert lab("#ffffff", "all cones") == pytest.approx([100, 0, 0], abs=0.1)
    red_and_green = ("#a85c3a", "#727c3a")
    assert nearest(red_and_green, "without green") < 0.5 * nearest(red_and_green, "all cones")


@pytest.mark.parametrize("eyes", EYES)
def test_people_sides_and_confidence(eyes: str) -> None:
    assert nearest(TRACK_COLOURS[:6], eyes) > 25
    assert nearest(TRACK_COLOURS, eyes) > 15
    assert nearest((LEFT, RIGHT, MIDDLE), eyes) > 40
    assert nearest(CONFIDENCE, eyes) > 40


def test_they_are_bright_enough_for_dark_pictures() -> None:
    assert min(lab(colour, "all cones")[0] for colour in TRACK_COLOURS) > 49
