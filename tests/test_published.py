"""Published checkpoints: parity with the reference arrays, and nothing in a file is executed."""

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from app.__main__ import main
from core.errors import ModelError
from core.model.checkpoint import Checkpoint, load_checkpoint
from core.model.decode import decode_maps, non_maximum_suppression
from core.model.published import import_published
from core.types import FloatArray, PoseBatch

CASES = [("split", "yolov5_tiny6_kpts_io.npz"), ("joined", "yolov5_tiny6_kpts_io_joined.npz")]


def reference_poses(decoded: FloatArray) -> PoseBatch:
    half = decoded[:, 2:4] / 2
    keypoints = decoded[:, 6:].reshape(-1, 17, 3)
    return PoseBatch(
        np.concatenate([decoded[:, :2] - half, decoded[:, :2] + half], 1),
        decoded[:, 4] * decoded[:, 5],
        keypoints[..., :2],
        keypoints[..., 2],
    )


@pytest.fixture(scope="module", params=CASES, ids=[layout for layout, _ in CASES])
def case(
    request: pytest.FixtureRequest, shared: Path
) -> tuple[Checkpoint, dict[str, FloatArray], list[FloatArray]]:
    layout, arrays = request.param
    folder = shared / "reference"
    found = import_published(folder / "yolov5_tiny6_kpts.pt", layout)
    with np.load(folder / arrays) as file:
        reference = dict(file)
    with torch.no_grad():
        maps = found.network()(torch.from_numpy(reference["input"]))
    return found, reference, [level.numpy() for level in maps]


def test_raw_maps(case: tuple[Checkpoint, dict[str, FloatArray], list[FloatArray]]) -> None:
    _, reference, maps = case
    for level, ours in enumerate(maps):
        theirs = reference[f"raw{level}"]
        assert np.abs(ours - theirs).max() / np.abs(theirs).max() < 1e-4


def test_decoded(case: tuple[Checkpoint, dict[str, FloatArray], list[FloatArray]]) -> None:
    found, reference, maps = case
    for row in range(2):
        joined = [level[row].transpose(0, 3, 1, 2) for level in maps]
        levels = [(level[:, :6], level[:, 6:]) for level in joined]
        ours = decode_maps(levels, found.settings.anchors, found.settings.strides, -1.0)
        theirs = reference_poses(reference["decoded"][row])
        np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=0.01)
        np.testing.assert_allclose(ours.keypoints, theirs.keypoints, atol=0.01)
        np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-5)
        np.testing.assert_allclose(ours.keypoint_scores, theirs.keypoint_scores, atol=1e-5)


def test_kept_after_suppression(
    case: tuple[Checkpoint, dict[str, FloatArray], list[FloatArray]],
) -> None:
    _, reference, _ = case
    if "nms0" not in reference:
        pytest.skip("this layout has no arrays after suppression")
    for row in range(2):
        candidates = reference_poses(reference["decoded"][row])
        candidates = candidates[candidates.scores > 0.3]
        # Hundreds of scores are equal to the last bit in this random network. The reference
        # leaves their order to torch's sort, ours keeps the order it is given.
        order = torch.from_numpy(candidates.scores).argsort(descending=True).numpy()
        kept = non_maximum_suppression(candidates[order], 0.5, 300)
        theirs = reference[f"nms{row}"]
        np.testing.assert_array_equal(kept.scores, theirs[:, 4])
        np.testing.assert_allclose(kept.boxes, theirs[:, :4], atol=1e-4)
        np.testing.assert_allclose(
            kept.keypoints, theirs[:, 6:].reshape(-1, 17, 3)[..., :2], atol=1e-4
        )


def test_layout_is_seen_in_trained_biases(shared: Path, tmp_path: Path) -> None:
    path = shared / "reference" / "yolov5_tiny6_kpts.pt"
    with pytest.raises(ModelError, match="say --layout joined"):
        import_published(path, "auto")
    for layout, change in (
        ("split", lambda box, keypoints: box[[4, 10, 16]].fill_(0)),
        ("joined", lambda box, keypoints: None),
    ):
        tensors = dict(import_published(path, "split").tensors)
        box = tensors["heads.0.box.0.bias"]
        keypoints = tensors["heads.0.keypoints.6.bias"]
        change(box, keypoints)
        if layout == "split":
            box[[4, 10, 16]] = -6.0
        else:
            box[4] = -6.0
            keypoints[[43, 100]] = -6.0
        from core.model.published import _layout_of

        assert _layout_of(path, tensors, "auto") == layout


def test_command_writes_our_format(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = shared / "reference" / "yolov5_tiny6_kpts.pt"
    target = tmp_path / "tiny.safetensors"
    words = ["import-weights", str(source), "--layout", "joined", "--output", str(target)]
    assert main(words) == 0
    assert "head layout joined" in capsys.readouterr().out
    loaded = load_checkpoint(target)
    assert loaded.settings.layout == "joined"
    assert loaded.history["source"] == source.name
    loaded.network()


class _Malicious:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.path,)


def _archive(path: Path, content: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", content)
    return path


def test_malicious_pickle_does_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trap = tmp_path / "trap"
    content = {"model": _Malicious(str(trap))}
    path = _archive(tmp_path / "evil.pt", pickle.dumps(content))
    assert main(["import-weights", str(path)]) == 2
    error = capsys.readouterr().err
    assert f"refused, because it names {os.mkdir.__module__}.mkdir" in error
    assert error.count("\n") == 1
    assert not trap.exists()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.write_bytes(b"not a zip"), "is not a PyTorch checkpoint"),
        (lambda path: _archive(path, pickle.dumps({"a": 1})), "holds no network"),
        (lambda path: _archive(path, b"\x80\x04."), "is a damaged checkpoint"),
        (lambda path: torch.save({"w": torch.zeros(2)}, path), "holds no network"),
    ],
    ids=["no zip", "no network", "damaged", "tensors of another program"],
)
def test_other_files_are_refused_in_one_sentence(
    make: object, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "weights.pt"
    make(path)  # type: ignore[operator]
    assert main(["import-weights", str(path)]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_unpickler_refuses_by_name_without_import() -> None:
    from core.model.pickled import _Unpickler

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w"):
        pass
    payload = b"cno_such_module\nno_such_name\n."
    with (
        zipfile.ZipFile(stream) as archive,
        pytest.raises(ModelError, match=r"no_such_module\.no_such_name"),
    ):
        _Unpickler(payload, archive, "", Path("x.pt")).load()
