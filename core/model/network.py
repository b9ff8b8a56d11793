"""YOLO-Pose: a trunk and a head at every stride."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from core.model import csp_darknet, mobile
from core.model.blocks import ConvUnit, SeparableUnit
from core.model.chooser import KeypointChooser, RuleChooser
from core.model.refinement import Refinement
from core.model.settings import BOX_VALUES, ModelSettings


class LevelHead(nn.Module):
    """The box branch and the keypoint branch of one stride."""

    def __init__(self, channels: int, anchors: int, settings: ModelSettings) -> None:
        super().__init__()
        activation = settings.activation

        def pairs(count: int) -> Iterator[nn.Module]:
            for _ in range(count):
                yield SeparableUnit(channels, channels, 3, activation=activation)

        self.box = nn.Sequential(
            *pairs(settings.box_pairs), nn.Conv2d(channels, anchors * BOX_VALUES, 1)
        )
        last = (
            [ConvUnit(channels, channels, 3, groups=channels, activation=activation)]
            if settings.keypoint_pairs
            else []
        )
        self.keypoints = nn.Sequential(
            *pairs(settings.keypoint_pairs),
            *last,
            nn.Conv2d(channels, anchors * 3 * settings.keypoints, 1),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.box(x), self.keypoints(x)


class PoseNetwork(nn.Module):
    """(B, 3, H, W) RGB in [0, 1], sides multiples of the coarsest stride -> raw maps."""

    input_mean: Tensor

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__()
        self.settings = settings
        trunk = _trunk(settings)
        self.trunk = trunk
        self.heads = nn.ModuleList(
            LevelHead(channels, len(anchors), settings)
            for channels, anchors in zip(trunk.channels, settings.anchors, strict=True)
        )
        self.refinement = (
            Refinement(trunk.fine_channels, settings.keypoints)
            if isinstance(trunk, mobile.MobileTrunk) and settings.refine != "none"
            else None
        )
        self.chooser = _chooser(settings)
        mean = torch.tensor(settings.input_mean)[None, :, None, None]
        self.register_buffer("input_mean", mean, persistent=False)

    def features(self, images: Tensor) -> list[Tensor]:
        """The trunk's feature maps, finest first; `mobile` has one more than there are heads."""
        maps: list[Tensor] = self.trunk(self._centred(images))
        return maps

    def below(self, images: Tensor) -> tuple[Tensor, ...]:
        """What `MobileTrunk.below` finds in pictures (`mobile`)."""
        assert isinstance(self.trunk, mobile.MobileTrunk)
        return self.trunk.below(self._centred(images))

    def finest(self, images: Tensor) -> Tensor:
        """The first of the feature maps alone, with less work (`mobile`)."""
        assert isinstance(self.trunk, mobile.MobileTrunk)
        return self.trunk.finest(self._centred(images))

    def _centred(self, images: Tensor) -> Tensor:
        return images - self.input_mean if any(self.settings.input_mean) else images

    def branches(self, features: list[Tensor]) -> list[tuple[Tensor, Tensor]]:
        """Per level the box branch (B, A*6, h, w) and the keypoint branch (B, A*3K, h, w)."""
        coarser = features[len(features) - len(self.heads) :]
        return [head(x) for head, x in zip(self.heads, coarser, strict=True)]

    def refined(self, features: list[Tensor]) -> tuple[Tensor, Tensor] | None:
        """Heatmap logits (B, K, h, w) and shifts (B, 4K, h, w), where the network has them."""
        found: tuple[Tensor, Tensor] | None = None
        if self.refinement is not None:
            found = self.refinement(features[0])
        return found

    def maps(self, features: list[Tensor]) -> list[Tensor]:
        """Feature maps -> raw maps, one a level: (B, A, h, w, 6 + 3K), before any decoding."""
        return [
            join_branches(box, keypoints, self.settings)
            for box, keypoints in self.branches(features)
        ]

    def forward(self, images: Tensor) -> list[Tensor]:
        """Pictures -> raw maps, one a level."""
        return self.maps(self.features(images))

    def fuse(self) -> "PoseNetwork":
        """Fold every batch norm into its convolution, in place; evaluation only from here on."""
        self.eval()
        for module in self.modules():
            if isinstance(module, ConvUnit):
                module.fuse()
        return self


def _chooser(settings: ModelSettings) -> KeypointChooser | RuleChooser | None:
    if settings.refine == "chooser":
        # It learns by itself, from what the finished network finds.
        return KeypointChooser(settings.keypoints).requires_grad_(False)
    return RuleChooser(settings.keypoints) if settings.refine == "rule" else None


def _trunk(settings: ModelSettings) -> csp_darknet.CspDarknet | mobile.MobileTrunk:
    if settings.trunk == "mobile":
        return mobile.MobileTrunk(settings.activation)
    return csp_darknet.CspDarknet(
        settings.depth, settings.width, settings.stem == "convolution", settings.activation
    )


def join_branches(box: Tensor, keypoints: Tensor, settings: ModelSettings) -> Tensor:
    """(B, A*6, h, w) and (B, A*3K, h, w) -> (B, A, h, w, 6 + 3K) in the layout of the settings."""
    batch, _, height, width = box.shape
    anchors = box.shape[1] // BOX_VALUES
    if settings.layout == "split":
        joined = torch.cat(
            [
                box.reshape(batch, anchors, BOX_VALUES, height, width),
                keypoints.reshape(batch, anchors, 3 * settings.keypoints, height, width),
            ],
            2,
        )
    else:
        joined = torch.cat([box, keypoints], 1).reshape(
            batch, anchors, settings.values, height, width
        )
    return joined.permute(0, 1, 3, 4, 2)
