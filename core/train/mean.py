"""The mean of the weights of several runs that began alike, which is often better than each."""

from collections.abc import Mapping
from pathlib import Path

import torch

from core.errors import ModelError
from core.model.checkpoint import load_checkpoint, save_checkpoint


def save_mean(shares: Mapping[Path, float], path: Path) -> None:
    """Write the weighted mean of weights files of one network; shares are relative.

    Its history is that of the last file, with the names and shares of all. Raises ModelError.
    """
    total = sum(shares.values())
    checkpoints = {file: load_checkpoint(file) for file in shares}
    networks = {file: checkpoint.network() for file, checkpoint in checkpoints.items()}
    *_, last = shares
    for file, checkpoint in checkpoints.items():
        if checkpoint.settings != checkpoints[last].settings:
            raise ModelError(f"{file}: is another network than {last}; means are of one")
    mean = networks[last].state_dict()
    for name, value in mean.items():
        if value.is_floating_point():
            mean[name] = torch.stack(
                [shares[file] / total * networks[file].state_dict()[name] for file in shares]
            ).sum(0)
    networks[last].load_state_dict(mean)
    named = {f"{file.parent.name}/{file.name}": share for file, share in shares.items()}
    save_checkpoint(path, networks[last], {**checkpoints[last].history, "mean": named})
