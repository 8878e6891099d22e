"""Convolutions with weights of their own, and transposed ones."""

import math

from pellucid.autograd.creation import empty
from pellucid.nn import functional as F
from pellucid.nn import init
from pellucid.nn.functional.geometry import several
from pellucid.nn.modules.module import Module
from pellucid.nn.parameter import Parameter

__all__ = ["Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d"]

MODES = ("zeros", "reflect", "replicate", "circular")


class _Convolution(Module):
    """What convolutions over any number of axes have in common."""

    axes: int

    def _begin(self, shape, bias, device, dtype):
        """Make weight and bias, for attributes that are there already."""
        if self.groups <= 0:
            raise ValueError("groups must be a positive integer")
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError(
                f"in_channels ({self.in_channels}) and out_channels ({self.out_channels}) must be "
                f"divisible by groups ({self.groups})"
            )
        options = {"device": device, "dtype": dtype}
        self.weight = Parameter(empty(*shape, *self.kernel_size, **options))
        self.register_parameter(
            "bias", Parameter(empty(self.out_channels, **options)) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self):
        """Begin anew: uniform on ±1/√fan_in."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        fan_in = math.prod(self.weight.shape[1:])
        if self.bias is not None and fan_in:
            init.uniform_(self.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))

    def extra_repr(self):
        shown = [f"{self.in_channels}, {self.out_channels}"]
        shown += [f"kernel_size={self.kernel_size}, stride={self.stride}"]
        for name, usual in (("padding", 0), ("dilation", 1), ("output_padding", 0)):
            value = getattr(self, name)
            if value != (usual,) * self.axes:
                shown.append(f"{name}={value}")
        if self.groups != 1:
            shown.append(f"groups={self.groups}")
        if self.bias is None:
            shown.append("bias=False")
        if self.padding_mode != "zeros":
            shown.append(f"padding_mode={self.padding_mode}")
        return ", ".join(shown)


class _Conv(_Convolution):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = several("kernel_size", kernel_size, self.axes)
        self.stride = several("stride", stride, self.axes)
        self.dilation = several("dilation", dilation, self.axes)
        named = isinstance(padding, str)
        self.padding = padding if named else several("padding", padding, self.axes)
        self.output_padding = (0,) * self.axes
        if named and padding not in ("valid", "same"):
            raise ValueError(f"Invalid padding string {padding!r}, should be 'valid' or 'same'")
        if padding == "same" and max(self.stride) > 1:
            raise ValueError("padding='same' is not supported for strided convolutions")
        if padding_mode not in MODES:
            raise ValueError(f"padding_mode must be one of {MODES}, but got {padding_mode!r}")
        self.padding_mode = padding_mode
        self._begin((out_channels, in_channels // max(groups, 1)), bias, device, dtype)

    def forward(self, input):
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self._sides(), self.padding_mode), 0
        convolve = (F.conv1d, F.conv2d)[self.axes - 1]
        options = self.stride, padding, self.dilation, self.groups
        return convolve(input, self.weight, self.bias, *options)

    def _sides(self):
        """The padding as ``pad`` takes it: (before, after), of the last axis first."""
        if self.padding == "valid":
            return [0] * (2 * self.axes)
        if self.padding == "same":
            total = [d * (k - 1) for k, d in zip(self.kernel_size, self.dilation, strict=True)]
            return [side for t in reversed(total) for side in (t // 2, t - t // 2)]
        return [p for p in reversed(self.padding) for _ in range(2)]


class Conv1d(_Conv):
    """y[n, o, i] = b[o] + Σ_cu w[o, c, u] x[n, c, s i + d u - p]; see ``conv1d``.

    w and b begin uniform on ±1/√(C k / groups).

    Parameters
    ----------
    in_channels, out_channels : int
        C and O; each a multiple of ``groups``.
    kernel_size, stride, padding, dilation : int or tuple of one int
        k, s, p and d; padding is also "valid" or "same".
    groups : int
        Into how many parts the channels are cut, each with a convolution of its own.
    bias : bool
        Whether there is a b.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}
        What the padding is made of; see ``pad``.
    """

    axes = 1


class Conv2d(_Conv):
    """y[n, o, i, j] = b[o] + Σ_cuv w[o, c, u, v] x[n, c, s i + d u - p, s j + d v - p].

    w and b begin uniform on ±1/√(C k l / groups).  See ``conv2d``.

    Parameters
    ----------
    in_channels, out_channels : int
        C and O; each a multiple of ``groups``.
    kernel_size, stride, padding, dilation : int or pair of ints, for height and width
        (k, l), s, p and d; padding is also "valid" or "same".
    groups : int
        Into how many parts the channels are cut, each with a convolution of its own.
    bias : bool
        Whether there is a b.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}
        What the padding is made of; see ``pad``.
    """

    axes = 2


class _ConvTranspose(_Convolution):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = several("kernel_size", kernel_size, self.axes)
        self.stride = several("stride", stride, self.axes)
        self.padding = several("padding", padding, self.axes)
        self.output_padding = several("output_padding", output_padding, self.axes)
        self.dilation = several("dilation", dilation, self.axes)
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        self.padding_mode = padding_mode
        self._begin((in_channels, out_channels // max(groups, 1)), bias, device, dtype)

    def forward(self, input, output_size=None):
        more = self.output_padding if output_size is None else self._more(input, output_size)
        convolve = (F.conv_transpose1d, F.conv_transpose2d)[self.axes - 1]
        options = self.stride, self.padding, more, self.groups, self.dilation
        return convolve(input, self.weight, self.bias, *options)

    def _more(self, input, output_size):
        """The output padding with which the output is of this size."""
        size, wanted = input.shape[-self.axes :], tuple(output_size)[-self.axes :]
        every = zip(size, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        least = [(h - 1) * s - 2 * p + d * (k - 1) + 1 for h, k, s, p, d in every]
        more = tuple(w - m for w, m in zip(wanted, least, strict=True))
        if any(not 0 <= m < s for m, s in zip(more, self.stride, strict=True)):
            most = [m + s - 1 for m, s in zip(least, self.stride, strict=True)]
            raise ValueError(
                f"requested an output size of {wanted}, but valid sizes range from {least} to "
                f"{most} (for an input of {size})"
            )
        return more


class ConvTranspose1d(_ConvTranspose):
    """y[n, o, s i + d u - p] += Σ_c w[c, o, u] x[n, c, i]; then + b[o].  See ``conv_transpose1d``.

    w and b begin uniform on ±1/√(O k / groups).  Called with ``output_size``, it finds the
    ``output_padding`` that gives it.

    Parameters
    ----------
    in_channels, out_channels : int
        C and O; each a multiple of ``groups``.
    kernel_size, stride, padding, output_padding, dilation : int or tuple of one int
    groups : int
    bias : bool
    padding_mode : "zeros"
    """

    axes = 1


class ConvTranspose2d(_ConvTranspose):
    """y[n, o, s i + d u - p, s j + d v - p] += Σ_c w[c, o, u, v] x[n, c, i, j]; then + b[o].

    w and b begin uniform on ±1/√(O k l / groups).  Called with ``output_size``, it finds the
    ``output_padding`` that gives it.  See ``conv_transpose2d``.

    Parameters
    ----------
    in_channels, out_channels : int
        C and O; each a multiple of ``groups``.
    kernel_size, stride, padding, output_padding, dilation : int or pair of ints
    groups : int
    bias : bool
    padding_mode : "zeros"
    """

    axes = 2
