"""Pooling as modules."""

from pellucid.nn import functional as F
from pellucid.nn.functional.geometry import several
from pellucid.nn.modules.module import Module
from pellucid.nn.modules.parameterless import calling

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "LPPool1d",
    "LPPool2d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxUnpool1d",
    "MaxUnpool2d",
]


class _MaxPool(Module):
    def __init__(
        self,
        kernel_size,
        stride=None,
        padding=0,
        dilation=1,
        return_indices=False,
        ceil_mode=False,
    ):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input):
        options = self.padding, self.dilation, self.ceil_mode, self.return_indices
        return self.pool(input, self.kernel_size, self.stride, *options)

    def extra_repr(self):
        names = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


class MaxPool1d(_MaxPool):
    """The largest number of each window of a signal; see ``max_pool1d``."""

    pool = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest pixel of each window of an image; see ``max_pool2d``."""

    pool = staticmethod(F.max_pool2d)


class AvgPool1d(Module):
    """The mean of each window of a signal; see ``avg_pool1d``."""

    def __init__(
        self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        super().__init__()
        self.kernel_size = several("kernel_size", kernel_size, 1)
        self.stride = self.kernel_size if stride is None else several("stride", stride, 1)
        self.padding = several("padding", padding, 1)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input):
        options = self.padding, self.ceil_mode, self.count_include_pad
        return F.avg_pool1d(input, self.kernel_size, self.stride, *options)

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(Module):
    """The mean of each window of an image; see ``avg_pool2d``."""

    def __init__(
        self,
        kernel_size,
        stride=None,
        padding=0,
        ceil_mode=False,
        count_include_pad=True,
        divisor_override=None,
    ):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input):
        options = self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override
        return F.avg_pool2d(input, self.kernel_size, self.stride, *options)

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


AdaptiveAvgPool1d = calling("AdaptiveAvgPool1d", F.adaptive_avg_pool1d, output_size=...)
AdaptiveAvgPool2d = calling("AdaptiveAvgPool2d", F.adaptive_avg_pool2d, output_size=...)
_INDICES = {"output_size": ..., "return_indices": False, "unseen": ("return_indices",)}
AdaptiveMaxPool1d = calling("AdaptiveMaxPool1d", F.adaptive_max_pool1d, **_INDICES)
AdaptiveMaxPool2d = calling("AdaptiveMaxPool2d", F.adaptive_max_pool2d, **_INDICES)
_POWERS = {"norm_type": ..., "kernel_size": ..., "stride": None, "ceil_mode": False}
LPPool1d = calling("LPPool1d", F.lp_pool1d, **_POWERS)
LPPool2d = calling("LPPool2d", F.lp_pool2d, **_POWERS)


class _MaxUnpool(Module):
    axes: int

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        stride = kernel_size if stride is None else stride
        for name, value in (("kernel_size", kernel_size), ("stride", stride), ("padding", padding)):
            setattr(self, name, several(name, value, self.axes))

    def forward(self, input, indices, output_size=None):
        options = self.kernel_size, self.stride, self.padding, output_size
        return self.unpool(input, indices, *options)

    def extra_repr(self):
        names = ("kernel_size", "stride", "padding")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


class MaxUnpool1d(_MaxUnpool):
    """What a max pooling took of a signal, back in its place; see ``max_unpool1d``."""

    axes, unpool = 1, staticmethod(F.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """What a max pooling took of an image, back in its place; see ``max_unpool2d``."""

    axes, unpool = 2, staticmethod(F.max_unpool2d)
