"""Networks of a form that a YAML file describes: one output, or an output a part."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from test_foreign import BOX, FRAME, OTHER, SETTINGS, check, graph, points

from core.errors import ModelError, SettingsError
from core.model.estimator import load_estimator

SIDE = 128  # px of the networks' pictures
BOXES = np.stack([BOX, OTHER]).astype(np.float32)
SCORES = np.array([0.9, 0.6], np.float32)
Arrays = Mapping[str, NDArray[np.float32]]


def described(folder: Path, outputs: Arrays, text: str, licence: str = "") -> Path:
    path = folder / "mine.onnx"
    facts = {"license": licence} if licence else {}
    whole = {name: np.ascontiguousarray(value, np.float32) for name, value in outputs.items()}
    graph(path, whole, [1, 3, SIDE, SIDE], facts=facts)
    path.with_suffix(".yaml").write_text(text)
    return path


def centred(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    sides = boxes[:, 2:] - boxes[:, :2]
    return np.concatenate([boxes[:, :2] + sides / 2, sides], 1)


def examples() -> list[str]:
    page = (Path(__file__).parent.parent / "docs" / "networks.md").read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


APART = "people: {keypoints: 5, outputs: {boxes: b, scores: s, keypoints: k}"


@pytest.mark.parametrize("batch", [(), (1,)])
@pytest.mark.parametrize("flat", [False, True])
def test_three_outputs_with_or_without_an_axis_for_pictures(
    tmp_path: Path, batch: tuple[int, ...], flat: bool
) -> None:
    known = points(5)
    places = known.reshape(*batch, 2, 15) if flat else known.reshape(*batch, 2, 5, 3)
    outputs = {"b": BOXES.reshape(*batch, 2, 4), "s": SCORES.reshape(*batch, 2), "k": places}
    path = described(tmp_path, outputs, f"{APART}, suppressed: true}}", "GPL-3.0")
    check(path, known, [0.9, 0.6])
    said: list[str] = []
    load_estimator(path, SETTINGS, said.append)
    assert "licence GPL-3.0" in said[0]


@pytest.mark.parametrize(
    ("unit", "keypoint_unit"), [("px", "px"), ("px", "share"), ("share", "px"), ("share", None)]
)
def test_coordinates_are_px_or_shares(tmp_path: Path, unit: str, keypoint_unit: str | None) -> None:
    known = points(5)
    given = known.copy()
    if (keypoint_unit or unit) == "share":
        given[..., :2] /= SIDE
    boxes = BOXES / SIDE if unit == "share" else BOXES
    more = f", keypoint_unit: {keypoint_unit}" if keypoint_unit else ""
    outputs = {"b": boxes[None], "s": SCORES[None, :, None], "k": given[None]}
    check(described(tmp_path, outputs, f"{APART}, unit: {unit}{more}}}"), known, [0.9, 0.6])


def test_scores_of_keypoints_have_an_output_of_their_own_and_classes_their_best(
    tmp_path: Path,
) -> None:
    known = points(5)
    outputs = {
        "b": centred(BOXES)[None],
        "s": np.stack([[0.1, 0.9], [0.6, 0.2]])[None],
        "k": known[None, ..., :2],
        "v": known[None, ..., 2],
    }
    text = (
        "people: {keypoints: 5, keypoint_values: 2, box: centre,\n"
        "         outputs: {boxes: b, scores: s, keypoints: k, keypoint_scores: v}}\n"
    )
    check(described(tmp_path, outputs, text), known, [0.9, 0.6])


def test_nobody_is_found_in_outputs_without_rows(tmp_path: Path) -> None:
    outputs = {"b": np.zeros((0, 4)), "s": np.zeros(0), "k": np.zeros((0, 5, 3))}
    path = described(tmp_path, outputs, f"{APART}}}")
    assert len(load_estimator(path, SETTINGS)(FRAME)) == 0


def test_a_description_that_does_not_fit_is_told_in_one_sentence(tmp_path: Path) -> None:
    known = points(5)
    outputs = {"b": BOXES[None], "s": SCORES[None], "k": known[None]}
    for text, said in (
        (f"{APART.replace('keypoints: k', 'keypoints: joints')}}}", "has no output 'joints'"),
        (f"{APART.replace('keypoints: 5', 'keypoints: 6')}}}", r"k: is \(1, 2, 5, 3\).*18 values"),
        (f"{APART}, orientation: columns}}", r"b: is \(1, 2, 4\).*4 values a person, in columns"),
        (f"{APART.replace('boxes: b', 'boxes: k')}}}", r"k: is \(1, 2, 5, 3\).*4 values"),
    ):
        with pytest.raises(ModelError, match=said):
            load_estimator(described(tmp_path, outputs, text), SETTINGS)(FRAME)
    for text in ("people: {keypoints: 5}", f"{APART}, output: b}}"):
        with pytest.raises(SettingsError, match="expected output, which holds everything, or"):
            load_estimator(described(tmp_path, outputs, text), SETTINGS)
    uneven = {**outputs, "k": known[None, :1]}
    with pytest.raises(ModelError, match="different numbers of people: b of 2, s of 2, k of 1"):
        load_estimator(described(tmp_path, uneven, f"{APART}}}"), SETTINGS)(FRAME)


def test_the_examples_of_the_manual_describe(tmp_path: Path) -> None:
    one, apart, columns = examples()
    known = points(3)
    rows = np.concatenate([centred(BOXES), SCORES[:, None], known.reshape(2, -1)], 1)
    path = described(tmp_path, {"what": rows.T[None]}, one)
    check(path, known, [0.9, 0.6])
    skeleton = load_estimator(path, SETTINGS).skeleton
    assert skeleton.names == ("nose", "left_paw", "right_paw")
    assert skeleton.flip.tolist() == [0, 2, 1]
    known = points(17)
    outputs = {"boxes": BOXES[None] / SIDE, "scores": SCORES[None], "keypoints": known[None]}
    check(described(tmp_path, outputs, apart), known, [0.9, 0.6])
    swapped = known[..., [1, 0]]
    outputs = {
        "boxes": centred(BOXES)[:, [1, 0, 3, 2]].T[None],
        "scores": SCORES[None, None],
        "places": swapped.reshape(2, -1).T[None],
        "seen": known[..., 2].T[None],
    }
    check(described(tmp_path, outputs, columns), known, [0.9, 0.6])
