"""A frame's bytes to the device, everything there, and a small array of people back."""

import threading
from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import ModelError
from core.geometry import Letterbox
from core.model.device.graph import GraphRunner
from core.model.device.letterbox import PlanesToInput, RgbToInput
from core.model.device.people import Packed, PeopleOnDevice
from core.model.pyramid_layer import HalvedPictures
from core.model.rewrite import RunningNetwork
from core.model.settings import ModelSettings
from core.types import Frame, PoseBatch
from core.video.planes import PlanarPicture

_Key = tuple[tuple[int, int], bool | None, Letterbox, int, bool]


class _Runner(Protocol):
    def __call__(self, fill: Callable[[NDArray[np.uint8]], None], limits: Tensor) -> Tensor:
        """Have `fill` write a frame's bytes, and compute. -> packed people on the processor"""
        ...


class DeviceChain:
    """Finds people with a network that lives on a device. May be called by several threads.

    What frames of one size need is built at the first of them, and kept until the size changes.
    """

    def __init__(self, network: RunningNetwork, model: ModelSettings, device: torch.device) -> None:
        self._network = network
        self._model = model
        self._device = device
        self._lock = threading.Lock()
        self._key: _Key | None = None
        self._runner: _Runner | None = None

    def __call__(
        self,
        frame: Frame,
        plan: Letterbox,
        limits: tuple[float, float, float],
        most: int,
        pyramid: bool = False,
    ) -> PoseBatch | None:
        """Everyone in the frame, best first, in network pixels. Raises ModelError.

        `limits` are the lowest score of a person, the overlap of two boxes of one person, and
        the score from which weaker people are given as well. With a `pyramid` the network looks at
        the halved picture too.

        None where there are more candidates than fixed shapes can hold; `decode_maps` can.
        """
        picture = frame.picture
        bt709 = picture.is_bt709 if isinstance(picture, PlanarPicture) else None
        key = (frame.size, bt709, plan, most, pyramid)
        with self._lock:
            if self._runner is None or key != self._key:
                self._runner = None  # its memory is free for the next one
                try:
                    self._runner, self._key = self._build(*key), key
                except torch.OutOfMemoryError as error:
                    raise ModelError(
                        f"{self._device}: out of memory; a smaller estimator.size would fit"
                    ) from error
            runner = self._runner
        packed = runner(lambda memory: _fill(memory, frame), torch.tensor(limits))
        return Packed(self._model.keypoints).unpack(packed.numpy())

    def _build(
        self,
        size: tuple[int, int],
        bt709: bool | None,
        plan: Letterbox,
        most: int,
        pyramid: bool,
    ) -> _Runner:
        fit = RgbToInput(size, plan) if bt709 is None else PlanesToInput(size, plan, bt709)
        chooser = self._network.network.chooser
        people = PeopleOnDevice(self._model, plan.canvas, most, chooser, pyramid)
        halve = HalvedPictures(plan.canvas, self._model.strides[-1])
        fit.to(self._device)
        people.to(self._device)

        def compute(data: Tensor, limits: Tensor) -> Tensor:
            picture = fit(data)
            branches = self._network(picture)
            if pyramid:
                branches = (*branches, *self._network(*halve(picture)))
            rows: Tensor = people(branches, limits)
            return rows

        kind = GraphRunner if self._device.type == "cuda" else _Plain
        return kind(compute, _byte_count(size, bt709 is not None), self._device)


class _Plain:
    """One operation after the other, as devices without CUDA graphs have it."""

    def __init__(
        self, compute: Callable[[Tensor, Tensor], Tensor], byte_count: int, device: torch.device
    ) -> None:
        self._compute = compute
        self._byte_count = byte_count
        self._device = device

    @torch.inference_mode()
    def __call__(self, fill: Callable[[NDArray[np.uint8]], None], limits: Tensor) -> Tensor:
        data = torch.empty(self._byte_count, dtype=torch.uint8)
        fill(data.numpy())
        return self._compute(data.to(self._device), limits.to(self._device)).cpu()


def _byte_count(size: tuple[int, int], planar: bool) -> int:
    width, height = size
    chroma = -(-width // 2) * -(-height // 2)
    return width * height + 2 * chroma if planar else 3 * width * height


def _fill(memory: NDArray[np.uint8], frame: Frame) -> None:
    """The one copy of the picture that the processor makes: into memory the device reads."""
    picture = frame.picture
    parts = picture.planes if isinstance(picture, PlanarPicture) else [frame.rgb]
    start = 0
    for part in parts:
        memory[start : start + part.size].reshape(part.shape)[:] = part
        start += part.size
