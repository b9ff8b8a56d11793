"""A computation as one CUDA graph, fed from a ring of pinned memory. Never run without CUDA."""

import threading
import warnings
from collections.abc import Callable
from queue import SimpleQueue

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import UserNotice

_SLOTS = 3  # one is filled, one travels, one is computed with
_WARM_UP = 3  # runs in which libraries choose their algorithms, before the recording

Compute = Callable[[Tensor, Tensor], Tensor]


class _Slot:
    """Pinned memory for one frame on its way, its copy on the device, and its result."""

    def __init__(self, byte_count: int, result: Tensor, device: torch.device) -> None:
        self.frame = torch.empty(byte_count, dtype=torch.uint8, pin_memory=True)
        self.limits = torch.empty(3, pin_memory=True)
        self.on_device = torch.empty(byte_count, dtype=torch.uint8, device=device)
        self.limits_on_device = torch.empty(3, device=device)
        self.result = torch.empty(result.shape, pin_memory=True)
        self.copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
        self.done = torch.cuda.Event()  # type: ignore[no-untyped-call]


class GraphRunner:
    """Runs `compute(frame bytes, limits)`. Several threads overlap their copies with each other's
    computing; nothing waits for the device but the one event after a frame's result.
    """

    def __init__(self, compute: Compute, byte_count: int, device: torch.device) -> None:
        self._compute = compute
        self._lock = threading.Lock()
        self._copies = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._main = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._frame = torch.zeros(byte_count, dtype=torch.uint8, device=device)
        self._limits = torch.tensor([0.5, 0.5, 0.5], device=device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._result = self._record()
        self._free: SimpleQueue[_Slot] = SimpleQueue()
        for _ in range(_SLOTS):
            self._free.put(_Slot(byte_count, self._result, device))

    @torch.inference_mode()
    def __call__(self, fill: Callable[[NDArray[np.uint8]], None], limits: Tensor) -> Tensor:
        """Have `fill` write a frame's bytes, and compute. -> the result, on the processor"""
        slot = self._free.get()
        try:
            fill(slot.frame.numpy())
            slot.limits.copy_(limits)
            with torch.cuda.stream(self._copies):
                slot.on_device.copy_(slot.frame, non_blocking=True)
                slot.limits_on_device.copy_(slot.limits, non_blocking=True)
                slot.copied.record()
            with self._lock, torch.cuda.stream(self._main):
                self._main.wait_event(slot.copied)
                self._frame.copy_(slot.on_device)
                self._limits.copy_(slot.limits_on_device)
                slot.result.copy_(self._computed(), non_blocking=True)
                slot.done.record()
            slot.done.synchronize()
            return slot.result.clone()
        finally:
            self._free.put(slot)

    def _computed(self) -> Tensor:
        if self._graph is None:
            return self._compute(self._frame, self._limits)
        self._graph.replay()
        return self._result

    @torch.inference_mode()
    def _record(self) -> Tensor:
        """Record the graph. Where that fails, operations are launched one by one."""
        self._main.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._main):
            for _ in range(_WARM_UP):
                result = self._compute(self._frame, self._limits)
        self._main.synchronize()
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, stream=self._main, capture_error_mode="thread_local"):
                result = self._compute(self._frame, self._limits)
        except RuntimeError as error:
            warnings.warn(
                f"cuda: no graph could be recorded ({error}); going on without, more slowly",
                UserNotice,
                stacklevel=2,
            )
            return result
        self._graph = graph
        return result
