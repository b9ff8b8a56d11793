"""Read a published checkpoint, a pickled module tree, without executing anything from it.

An unpickler with an allow-list builds tensors, plain containers and inert records; any other
global that the file names is refused. The format is PyTorch's zip archive: `data.pkl` beside one
file a storage.
"""

import io
import lzma
import pickle
import struct
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import ModelError

_STORAGES: dict[str, np.dtype[Any]] = {
    "DoubleStorage": np.dtype("<f8"),
    "FloatStorage": np.dtype("<f4"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "CharStorage": np.dtype("i1"),
    "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"),
}
# Whatever pickle, zipfile, NumPy and PyTorch raise for contents that make no sense.
_DAMAGED = (
    *(pickle.UnpicklingError, zlib.error, lzma.LZMAError, EOFError, struct.error, MemoryError),
    *(ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
)
# Classes of which only the attributes are kept; none of their code exists here.
_MODULES = ("models.yolo.", "models.common.", "models.experimental.", "torch.nn.modules.")


class Record:
    """What is left of a pickled object: its class by name and its attributes."""

    kind = ""

    def __init__(self, *_: object) -> None:
        self.values: dict[str, Any] = {}

    def __setstate__(self, state: object) -> None:
        self.values = dict(state) if isinstance(state, dict) else {}


def read_pickled(path: Path) -> Any:
    """The content of the file: containers, tensors and Records. Raises ModelError."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith("data.pkl")]
            if len(names) != 1:
                raise ModelError(f"{path}: is not a PyTorch checkpoint (no data.pkl in it)")
            reader = _Unpickler(archive.read(names[0]), archive, names[0][: -len("data.pkl")], path)
            return reader.load()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    except zipfile.BadZipFile as error:
        raise ModelError(f"{path}: is not a PyTorch checkpoint in the zip format") from error
    except _DAMAGED as error:
        raise ModelError(f"{path}: is a damaged checkpoint ({error})") from error


def module_tensors(module: Record, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """Parameters and buffers of a pickled module tree with their dotted names."""
    for group in ("_parameters", "_buffers"):
        for name, value in module.values.get(group, {}).items():
            if isinstance(value, Tensor):
                yield prefix + name, value
    for name, child in module.values.get("_modules", {}).items():
        if isinstance(child, Record):
            yield from module_tensors(child, f"{prefix}{name}.")


def module_kinds(module: Record) -> Iterator[str]:
    """The class names in a pickled module tree."""
    yield module.kind
    for child in module.values.get("_modules", {}).values():
        if isinstance(child, Record):
            yield from module_kinds(child)


class _Unpickler(pickle.Unpickler):
    """Resolves only the names that tensors, containers and inert records need."""

    def __init__(self, data: bytes, archive: zipfile.ZipFile, folder: str, path: Path) -> None:
        super().__init__(io.BytesIO(data))
        self._archive = archive
        self._folder = folder
        self._path = path
        self._kinds: dict[str, type[Record]] = {}

    def find_class(self, module: str, name: str) -> Any:
        full = f"{module}.{name}"
        known: dict[str, Callable[..., Any]] = {
            "collections.OrderedDict": OrderedDict,
            "builtins.set": set,
            "__builtin__.set": set,
            "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
            "torch._utils._rebuild_parameter": _rebuild_parameter,
            "torch.Size": tuple,
        }
        if full in known:
            return known[full]
        if module == "torch" and name in _STORAGES:
            return name
        if full.startswith(_MODULES):
            if full not in self._kinds:
                self._kinds[full] = type(name, (Record,), {"kind": full})
            return self._kinds[full]
        raise ModelError(
            f"{self._path}: refused, because it names {full}, which no YOLO-Pose checkpoint needs; "
            "nothing in it was executed"
        )

    def persistent_load(self, pid: Any) -> NDArray[Any]:
        tag, storage, key, _, count = pid
        if tag != "storage" or storage not in _STORAGES:
            raise ValueError(f"unknown storage {storage!r}")
        kind = _STORAGES[storage]
        return np.frombuffer(self._archive.read(f"{self._folder}data/{key}"), kind, count)


def _rebuild_tensor(
    storage: NDArray[Any], offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> Tensor:
    flat = torch.from_numpy(storage.copy())
    return torch.as_strided(flat, size, stride, offset).clone()


def _rebuild_parameter(data: Tensor, *_: object) -> Tensor:
    return data
