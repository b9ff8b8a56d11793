"""What one training step computes: the network with its auxiliary head, and the loss."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from core.model.mobile import MobileTrunk
from core.model.network import PoseNetwork
from core.model.settings import HEATMAP_STRIDE
from core.train.batches import Batch
from core.train.heatmaps import (
    HeatmapHead,
    displacement_loss,
    draw_targets,
    heatmap_loss,
    judged_keypoints,
    offset_loss,
)
from core.train.loss import LossSettings, PoseLoss, Share
from core.train.retain import Before, retained_loss


class TrainingModule(nn.Module):
    """A batch -> the parts of the loss. Wrapped as a whole when several ranks train together."""

    def __init__(self, network: PoseNetwork, settings: LossSettings, count: Share) -> None:
        super().__init__()
        self.network = network
        self._settings = settings
        self._count = count
        sigmas = torch.from_numpy(network.settings.skeleton.sigmas)
        self.loss = PoseLoss(network.settings, settings, sigmas, count)
        if network.refinement is not None and not self._refines:
            network.refinement.requires_grad_(False)  # ranks would wait for gradients of it
        self.heatmaps = (
            HeatmapHead(network.trunk.channels[0], network.settings.keypoints)
            if settings.heatmaps > 0
            else None
        )
        retains = settings.retain > 0 and network.refinement is not None
        self.before = Before(network) if retains else None

    def forward(
        self, batch: Batch, autocast: torch.dtype | None, seen: Sequence[Tensor] = ()
    ) -> dict[str, Tensor]:
        """Parts of the loss after their gains, by name; their sum carries the gradient.

        `seen` is what `MobileTrunk.below` found in the pictures, where that is known already.
        """
        images = batch.images.permute(0, 3, 1, 2).float() / 255
        with torch.autocast(images.device.type, autocast, enabled=autocast is not None):
            features = self._features(images, seen)
            maps = [level.float() for level in self.network.maps(features)]
            finest = features[len(features) - len(self.network.heads)]
            heat = None if self.heatmaps is None else self.heatmaps(finest).float()
            refined = self.network.refined(features) if self._refines else None
            before = None if self.before is None else self.before(images)
        parts: dict[str, Tensor] = self.loss(maps, batch)
        gain = self._settings
        if heat is not None:
            stride = self.network.settings.strides[0]
            parts["heatmaps"] = gain.heatmaps * self._heatmap_loss(heat, stride, batch)
        if refined is not None:
            peaks, shifts = (part.float() for part in refined)
            parts |= self._shift_losses(shifts, batch)
            parts["refinement"] = gain.refinement * self._heatmap_loss(peaks, HEATMAP_STRIDE, batch)
            if before is not None:
                away = retained_loss((peaks, shifts), before, self._count)
                parts["retain"] = gain.retain * away
        return parts

    def _features(self, images: Tensor, seen: Sequence[Tensor]) -> list[Tensor]:
        if not seen:
            return self.network.features(images)
        assert isinstance(self.network.trunk, MobileTrunk)
        return self.network.trunk.above(*seen)

    @property
    def _refines(self) -> bool:
        gain = self._settings
        return max(gain.refinement, gain.offsets, gain.displacements, gain.retain) > 0

    def _shift_losses(self, shifts: Tensor, batch: Batch) -> dict[str, Tensor]:
        gain, stride = self._settings, HEATMAP_STRIDE
        offsets, displacements = shifts.chunk(2, 1)
        away = displacement_loss(displacements, batch, stride, self._count)
        return {
            "offsets": gain.offsets * offset_loss(offsets, batch, stride, self._count),
            "displacements": gain.displacements * away,
        }

    def _heatmap_loss(self, logits: Tensor, stride: int, batch: Batch) -> Tensor:
        targets = draw_targets(batch, self.loss.sigmas, stride, logits.shape)
        judged = judged_keypoints(logits.shape, stride, batch)
        return heatmap_loss(logits, targets, judged, self._count)
