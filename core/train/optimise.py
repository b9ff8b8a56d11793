"""Optimiser, learning-rate schedule and the moving average of the weights."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from core.train.settings import OptimiserSettings

_EMA_RAMP_STEPS = 500  # a young average follows faster


def make_optimiser(module: nn.Module, settings: OptimiserSettings) -> torch.optim.Optimizer:
    """Parameters in groups of one rate and one decay.

    Slow parameters step in proportion to their own size at the start: folding a batch norm leaves
    tensors of very different sizes, and a step that is small for one would undo another.
    """
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in trainable(module, settings):
        factor = 1.0
        if _named(name, settings.slow):
            factor = settings.slow_factor * _size(parameter)
        groups.setdefault((factor, parameter.ndim > 1), []).append(parameter)
    described = [
        {
            "params": parameters,
            "weight_decay": settings.weight_decay if decay else 0.0,
            "factor": factor,
        }
        for (factor, decay), parameters in groups.items()
    ]
    if settings.kind == "sgd":
        return torch.optim.SGD(
            described, lr=settings.rate, momentum=settings.momentum, nesterov=True
        )
    return torch.optim.AdamW(
        described, lr=settings.rate, betas=(settings.momentum, settings.second_beta)
    )


def _size(parameter: nn.Parameter) -> float:
    """Root mean square to the next power of two, so that a few groups hold all; 1 for zeros."""
    size = float(parameter.detach().square().mean().sqrt())
    return float(2.0 ** round(math.log2(size))) if size > 0 else 1.0


def trainable(module: nn.Module, settings: OptimiserSettings) -> Iterator[tuple[str, nn.Parameter]]:
    """The parameters that are to learn and are not frozen, by name."""
    for name, parameter in module.named_parameters():
        if parameter.requires_grad and not _named(name, settings.frozen):
            yield name, parameter


def _named(parameter: str, starts: tuple[str, ...]) -> bool:
    return any(parameter.removeprefix("network.").startswith(f"{start}.") for start in starts)


def learning_rate(step: int, total: int, settings: OptimiserSettings) -> float:
    """Linear warm-up, then half a cosine down to `final_factor` of the rate."""
    if step < settings.warmup_steps:
        return settings.rate * (step + 1) / settings.warmup_steps
    done = (step - settings.warmup_steps) / max(1, total - settings.warmup_steps)
    low = settings.final_factor
    return settings.rate * (low + (1 - low) * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def descend(
    module: nn.Module, optimiser: torch.optim.Optimizer, loss: Tensor, clip: float, step: int
) -> None:
    """One step down the gradient, whose norm is clipped.

    Raises FloatingPointError for a loss that is not finite.
    """
    if not math.isfinite(loss.item()):
        raise FloatingPointError(f"the loss is not finite at step {step}")
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(module.parameters(), clip)
    optimiser.step()


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Give each group its share of the rate."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["factor"]


class MovingAverage:
    """Exponential moving average of a module's floating-point state."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self._decay = decay
        self.updates = 0
        self.state = {name: value.detach().clone() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move towards the module's present state."""
        self.updates += 1
        decay = self._decay * (1 - math.exp(-self.updates / _EMA_RAMP_STEPS))
        mine: list[Tensor] = []
        theirs: list[Tensor] = []
        for name, value in module.state_dict().items():
            if value.is_floating_point():
                mine.append(self.state[name])
                theirs.append(value.detach())
            else:
                self.state[name].copy_(value)
        torch._foreach_lerp_(mine, theirs, 1 - decay)
