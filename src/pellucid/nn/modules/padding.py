"""Padding of signals and images, a class for each kind; see ``pad``."""

from pellucid.nn import functional as F
from pellucid.nn.modules.module import Module

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ZeroPad1d",
    "ZeroPad2d",
]


class _Pad(Module):
    """``padding`` is one int for all sides, or (left, right) or (left, right, top, bottom)."""

    axes: int
    mode = "constant"
    value: float | None = None

    def __init__(self, padding):
        super().__init__()
        self.padding = tuple(padding) if isinstance(padding, tuple | list) else None
        self.padding = self.padding or (padding,) * (2 * self.axes)

    def forward(self, input):
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self):
        return str(self.padding)


class ConstantPad1d(_Pad):
    """A number before and after signals."""

    axes = 1

    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = value

    def extra_repr(self):
        return f"padding={self.padding}, value={self.value}"


class ConstantPad2d(ConstantPad1d):
    """A number around images."""

    axes = 2


class ZeroPad1d(_Pad):
    """Zeros before and after signals."""

    axes, value = 1, 0.0


class ZeroPad2d(_Pad):
    """Zeros around images."""

    axes, value = 2, 0.0


class ReflectionPad1d(_Pad):
    """Mirror images before and after signals; what the mirror stands on is not repeated."""

    axes, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """Mirror images around images; what the mirror stands on is not repeated."""

    axes, mode = 2, "reflect"


class ReplicationPad1d(_Pad):
    """The outermost numbers again, before and after signals."""

    axes, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """The outermost pixels again, around images."""

    axes, mode = 2, "replicate"


class CircularPad1d(_Pad):
    """The other end, before and after signals: a ring."""

    axes, mode = 1, "circular"


class CircularPad2d(_Pad):
    """The other end, around images: a torus."""

    axes, mode = 2, "circular"
