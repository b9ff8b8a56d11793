"""The quicker gradients are the gradients."""

import copy

import pytest
import torch
from torch import nn

from core.train.depthwise import DepthwiseConvolution, quicken


@pytest.mark.parametrize(("kernel", "stride"), [(5, 1), (3, 2), (5, 2)])
@pytest.mark.parametrize("bias", [True, False])
def test_gradients_are_those_of_the_plain_layer(kernel: int, stride: int, bias: bool) -> None:
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Conv2d(8, 8, kernel, stride, kernel // 2, groups=8, bias=bias))
    quick = copy.deepcopy(plain)
    quicken(quick)
    assert isinstance(quick[0], DepthwiseConvolution)
    x = torch.randn(2, 8, 12, 12)
    found = []
    for module, lower in ((plain, False), (quick, True)):
        images = x.clone().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=lower):
            y = module(images)
        (y.float() ** 2).sum().backward()  # type: ignore[no-untyped-call]
        found.append([images.grad, *(p.grad for p in module.parameters())])
    assert len(found[0]) == 2 + bias
    for exact, near in zip(*found, strict=True):
        assert exact is not None
        assert near is not None
        scale = exact.abs().max()
        assert (exact - near).abs().max() < 0.03 * scale


def test_others_are_left_alone() -> None:
    module = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.Conv2d(8, 8, 5, padding=2))
    quicken(module)
    assert [type(part) for part in module] == [nn.Conv2d, nn.Conv2d]
