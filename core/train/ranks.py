"""One process or several under torchrun: who we are, and what the ranks share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as distributed
from torch import Tensor

_LONGEST_WAIT = timedelta(hours=3)  # the first rank may be reading a whole data set


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among its peers."""

    rank: int
    count: int

    @property
    def first(self) -> bool:
        """Whether this process writes files and prints."""
        return self.rank == 0

    def share(self, count: Tensor) -> Tensor:
        """The denominator of a mean over all ranks, for gradients that are averaged over ranks."""
        total = count.detach().float().clone()
        if self.count > 1:
            distributed.all_reduce(total)
        return total.clamp(min=1) / self.count

    def any(self, flag: bool) -> bool:
        """Whether the flag is up on any rank, so that all of them stop at the same step."""
        if self.count == 1:
            return flag
        raised = torch.tensor(float(flag))
        distributed.all_reduce(raised)
        return bool(raised > 0)

    @contextmanager
    def first_ahead(self) -> Iterator[None]:
        """The other ranks enter when the first has left, and find what it made."""
        if self.count > 1 and not self.first:
            distributed.barrier()
        try:
            yield
        finally:
            if self.count > 1 and self.first:
                distributed.barrier()


ALONE = Ranks(0, 1)


@contextmanager
def joined_ranks(device: torch.device) -> Iterator[Ranks]:
    """Join the process group that torchrun describes, if any, and leave it at the end.

    Once in a process: in a group joined after another was left, the ranks would wait for each
    other at the addresses of the first.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield ALONE
        return
    backend = "nccl" if device.type == "cuda" else "gloo"
    distributed.init_process_group(backend, timeout=_LONGEST_WAIT)
    try:
        yield Ranks(distributed.get_rank(), count)
    finally:
        distributed.destroy_process_group()
