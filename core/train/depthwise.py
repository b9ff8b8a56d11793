"""Depthwise convolutions whose gradients are fast on a CPU in bfloat16.

There oneDNN computes two of them slowly: by the input of a strided convolution (50 times slower
than in float32) and by the weights of a 5x5 one (twice as slow).
"""

from typing import Any

import torch
from torch import Tensor, nn


class _Depthwise(torch.autograd.Function):
    """A depthwise convolution in its input's type; slow gradients are computed in float32."""

    @staticmethod
    def forward(
        context: Any, x: Tensor, weight: Tensor, bias: Tensor | None, layer: nn.Conv2d
    ) -> Tensor:
        context.save_for_backward(x, weight)
        context.layer = layer
        return torch.conv2d(
            x,
            weight.to(x.dtype),
            None if bias is None else bias.to(x.dtype),
            layer.stride,
            layer.padding,
            1,
            layer.groups,
        )

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        x, weight = context.saved_tensors
        layer: nn.Conv2d = context.layer
        by_x, by_weight, by_bias = context.needs_input_grad[:3]
        strided = layer.stride[0] > 1

        def compute(kind: torch.dtype, of_x: bool, of_weight: bool) -> list[Tensor]:
            found: list[Tensor] = torch.ops.aten.convolution_backward(
                gradient.to(kind),
                x.to(kind),
                weight.to(kind),
                None,
                layer.stride,
                layer.padding,
                [1, 1],
                False,
                [0, 0],
                layer.groups,
                [of_x, of_weight, False],
            )
            return found

        results: list[Tensor | None] = [None, None, None, None]
        if by_x:
            kind = torch.float32 if strided else x.dtype
            results[0] = compute(kind, True, False)[0].to(x.dtype)
        if by_weight:
            results[1] = compute(torch.float32, False, True)[1]
        if by_bias:
            results[2] = gradient.sum((0, 2, 3), dtype=torch.float32)
        return tuple(results)


class DepthwiseConvolution(nn.Conv2d):
    """Takes the place of a depthwise convolution while it is trained."""

    def forward(self, x: Tensor) -> Tensor:
        """As nn.Conv2d under autocast."""
        if x.device.type != "cpu" or not torch.is_autocast_enabled("cpu"):
            return super().forward(x)
        x = x.to(torch.get_autocast_dtype("cpu"))
        y: Tensor = _Depthwise.apply(x, self.weight, self.bias, self)  # type: ignore[no-untyped-call]
        return y


def quicken(module: nn.Module) -> None:
    """Give the slow depthwise convolutions of a module their quicker gradients, in place."""
    for part in module.modules():
        if (
            type(part) is nn.Conv2d
            and part.groups == part.in_channels
            and (part.stride[0] > 1 or part.kernel_size[0] > 3)
        ):
            part.__class__ = DepthwiseConvolution
