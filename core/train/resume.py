"""The state of a run on disk, so that it goes on exactly where it stopped."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from core.errors import ModelError, OutputError
from core.part_file import whole_file
from core.settings import as_dict
from core.train.optimise import MovingAverage
from core.train.settings import TrainSettings

FILE = "state.pt"
# What may differ between the parts of one run without changing what is learned.
_FREE = (
    "workers",
    "stop_epoch",
    "device",
    "validation",
    "validation_every",
    "validation_size",
    "data",
    "images",
    "validation_images",
    "init",
)


@dataclass(slots=True)
class TrainingProgress:
    """How far a run is."""

    step: int = 0
    best: dict[str, float] = field(default_factory=dict)
    sums: dict[str, float] = field(default_factory=dict)  # of the losses since the last row
    count: int = 0  # steps in the sums


def save_progress(
    folder: Path,
    settings: TrainSettings,
    module: nn.Module,
    optimiser: torch.optim.Optimizer,
    average: MovingAverage,
    progress: TrainingProgress,
) -> None:
    """Write everything that the next step depends on, in full precision. Raises OutputError."""
    state = {
        "settings": as_dict(settings),
        "module": module.state_dict(),
        "optimiser": optimiser.state_dict(),
        "average": average.state,
        "updates": average.updates,
        "progress": asdict(progress),
    }
    with whole_file(folder / FILE) as part:
        try:
            torch.save(state, part)
        except RuntimeError as error:  # how its writer reports a full disk
            reason = str(error).splitlines()[0]
            raise OutputError(f"{folder / FILE}: cannot be written ({reason})") from error


def load_progress(
    folder: Path,
    settings: TrainSettings,
    module: nn.Module,
    optimiser: torch.optim.Optimizer,
    average: MovingAverage,
) -> TrainingProgress:
    """Put a saved state back in place.

    Raises ModelError when there is none, or one of other settings.
    """
    path = folder / FILE
    if not path.is_file():
        raise ModelError(f"{path}: there is no run to resume here; start one without --resume")
    state = _read(path)
    now, then = as_dict(settings), state["settings"]
    changed = [name for name in now if name not in _FREE and now[name] != then.get(name)]
    if changed:
        raise ModelError(
            f"{path}: the run was started with other settings ({', '.join(changed)}); "
            "resume it with the same ones or start anew"
        )
    try:
        module.load_state_dict(state["module"])
        optimiser.load_state_dict(state["optimiser"])
        average.state = state["average"]
        average.updates = state["updates"]
        return TrainingProgress(**state["progress"])
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise _damaged(path, error) from error


def _read(path: Path) -> dict[str, Any]:
    """What a file holds; nothing in it is executed. Raises ModelError."""
    try:
        state = torch.load(path, weights_only=True)
    except Exception as error:
        raise _damaged(path, error) from error
    if not isinstance(state, dict) or not isinstance(state.get("settings"), dict):
        raise _damaged(path, ValueError("it holds no settings"))
    return state


def _damaged(path: Path, error: Exception) -> ModelError:
    return ModelError(f"{path}: is damaged, the run cannot be resumed from it ({error})")
