"""Weights between two networks of one kind."""

import torch

from core.model.network import PoseNetwork


def blended(before: PoseNetwork, after: PoseNetwork, share: float) -> PoseNetwork:
    """The network `share` of the way from `before` to `after`, which learned from it.

    What `after` has not, such as a chooser, stays as it was.

    Between weights from before fine-tuning and after it lie weights that know most of what is
    new and forgot little (Wortsman et al., Robust fine-tuning of zero-shot models, 2022).
    """
    result = PoseNetwork(before.settings)
    old, new = before.state_dict(), after.state_dict()
    result.load_state_dict(
        old
        | {
            name: torch.lerp(value, new[name], share) if value.is_floating_point() else new[name]
            for name, value in old.items()
            if name in new
        }
    )
    return result
