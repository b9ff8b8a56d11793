"""Small valid files of networks: our weights, published checkpoints, graphs of other makers."""

import json
import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from random_weights import write_random_weights

from campaign.mutations import BYTES, TEXTS
from campaign.seeds import Seed


def weights(folder: Path) -> Iterator[Seed]:
    """Weights of nobody's training; inside, the header's texts change and its length is right."""
    data = write_random_weights(folder / "random.safetensors").read_bytes()
    yield Seed("random.safetensors", data, inside=_header_inside(data))
    pickled = folder / "published.pt"
    torch.save({"model": {"w": torch.zeros(3)}, "names": ["person"], "step": 3}, pickled)
    yield Seed("published.pt", pickled.read_bytes(), inside=_pickle_inside(folder), is_taken=False)


def graphs(folder: Path) -> Iterator[Seed]:
    """A graph that answers every picture with the same people, as ultralytics' networks do."""
    people = np.zeros((1, 56, 4), np.float32)
    people[0, :5] = np.array([[20], [30], [10], [20], [0.9]], np.float32)
    node = helper.make_node("Constant", [], ["output0"], value=numpy_helper.from_array(people))
    model = helper.make_model(
        helper.make_graph(
            [node],
            "known",
            [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 64, 64])],
            [helper.make_tensor_value_info("output0", TensorProto.FLOAT, people.shape)],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
    )
    helper.set_model_props(model, {"task": "pose", "kpt_shape": "[17, 3]", "stride": "32"})
    path = folder / "pose.onnx"
    onnx.save(model, str(path))
    yield Seed("pose.onnx", path.read_bytes())


def _header_inside(data: bytes) -> Callable[[random.Random], bytes]:
    (length,) = struct.unpack_from("<Q", data)
    header, rest = json.loads(data[8 : 8 + length]), data[8 + length :]

    def inside(chance: random.Random) -> bytes:
        told = dict(header["__metadata__"])
        name = chance.choice(["model", "model", "history", "format"])
        told[name] = chance.choice(list(TEXTS.values()))(told[name], chance)
        changed = dict(header) | {"__metadata__": told}
        if chance.random() < 0.2:
            del changed[chance.choice([key for key in header if key != "__metadata__"])]
        text = json.dumps(changed).encode("utf-8", "surrogatepass")
        return struct.pack("<Q", len(text)) + text + rest

    return inside


def _pickle_inside(folder: Path) -> Callable[[random.Random], bytes]:
    import zipfile

    def inside(chance: random.Random) -> bytes:
        path = folder / "inside.pt"
        with (
            zipfile.ZipFile(folder / "published.pt") as old,
            zipfile.ZipFile(path, "w") as new,
        ):
            for name in old.namelist():
                content = bytearray(old.read(name))
                if name.endswith("data.pkl"):
                    BYTES[chance.choice(list(BYTES))](content, chance)
                new.writestr(name, bytes(content))
        return path.read_bytes()

    return inside
