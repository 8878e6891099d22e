"""One trilinear form is all of convolution: its three gradients are three ops.

    T(x, w, y) = Σ y[n, o, i, j] · w[o, c, u, v] · x[n, c, s i + d u - p, s j + d v - p]

over images n, output channels o, input channels c of o's group, output pixels (i, j) and places
(u, v) of the kernel, with stride s, dilation d and zeros for p pixels around x.  Then

    convolve         ∂T/∂y   what nn calls a convolution (a correlation: the kernel is not flipped)
    convolve_input   ∂T/∂x   the transposed convolution: each y is spread over its window of x
    convolve_weight  ∂T/∂w   each pair of y and the pixels in its window, summed

T is linear in each of its three arguments, so the gradients of each op are the other two, and the
derivatives of every order are these three again.

References
----------
Dumoulin, Visin, "A guide to convolution arithmetic for deep learning", 2016.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pellucid.autograd import op, unrecorded

__all__ = ["convolve", "convolve_input", "convolve_weight", "output_size"]


@op
def convolve(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """y[n, o, i, j] = b[o] + Σ_cuv w[o, c, u, v] x[n, c, s i + d u - p, s j + d v - p].

    ``x`` is (N, C, H, W), ``weight`` (O, C / groups, k, l), ``bias`` (O,) or None.
    """
    y = _convolve(x, weight, stride, padding, dilation, groups)
    return _plus(y, bias), convolve_vjp(x, weight, bias, stride, padding, dilation, groups)


def convolve_vjp(x, weight, bias, *geometry):
    """The other two gradients of T; the sum over pixels for the bias."""

    def vjp(dy):
        return (
            lambda: convolve_input(dy, weight, None, x.shape[2:], *geometry),
            lambda: convolve_weight(x, dy, weight.shape[2:], *geometry),
            None if bias is None else lambda: np.sum(dy, (0, 2, 3)),
        )

    return vjp


@op
def convolve_input(
    y, weight, bias=None, size: tuple = (), stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1
):
    """x[n, c, s i + d u - p, s j + d v - p] += w[o, c, u, v] y[n, o, i, j], over all i, j, o, u, v.

    ``y`` is (N, O, I, J), and x, of height and width ``size``, (N, C, *size); ``bias`` is (C,).
    """
    x = _convolve_input(y, weight, size, stride, padding, dilation, groups)
    return _plus(x, bias), convolve_input_vjp(y, weight, bias, stride, padding, dilation, groups)


def convolve_input_vjp(y, weight, bias, *geometry):
    """The other two gradients of T; the sum over pixels for the bias."""

    def vjp(dx):
        return (
            lambda: _cut(convolve(dx, weight, None, *geometry), y),
            lambda: convolve_weight(dx, y, weight.shape[2:], *geometry),
            None if bias is None else lambda: np.sum(dx, (0, 2, 3)),
        )

    return vjp


@op
def convolve_weight(x, y, kernel: tuple, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """w[o, c, u, v] = Σ_nij y[n, o, i, j] x[n, c, s i + d u - p, s j + d v - p].

    ``kernel`` is the height and width of w, (O, C / groups, *kernel).
    """
    w = _convolve_weight(x, y, kernel, stride, padding, dilation, groups)
    return w, convolve_weight_vjp(x, y, stride, padding, dilation, groups)


def convolve_weight_vjp(x, y, *geometry):
    """The other two gradients of T."""

    def vjp(dw):
        return (
            lambda: convolve_input(y, dw, None, x.shape[2:], *geometry),
            lambda: _cut(convolve(x, dw, None, *geometry), y),
        )

    return vjp


def _cut(windows, y):
    """As many windows as y has pixels: x may have room for more."""
    return windows[:, :, : y.shape[2], : y.shape[3]]


def output_size(size, kernel, stride, padding, dilation) -> tuple[int, ...]:
    """How many windows there are along each axis: ⌊(H + 2p - d (k - 1) - 1) / s⌋ + 1."""
    return tuple(
        (h + 2 * p - d * (k - 1) - 1) // s + 1
        for h, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True)
    )


@unrecorded
def _convolve(x, weight, stride, padding, dilation, groups):
    pixels = _windows(_pad(x, padding), weight.shape[2:], stride, dilation, groups)
    y = np.einsum("gocuv,ngcijuv->ngoij", _split(weight, 0, groups), pixels, optimize=True)
    return np.reshape(y, (len(x), len(weight), *y.shape[3:]))


@unrecorded
def _convolve_input(y, weight, size, stride, padding, dilation, groups):
    (p, q), (height, width) = padding, size
    shape = len(y), weight.shape[1] * groups, height + 2 * p, width + 2 * q
    x = np.zeros_like(y, shape=shape)
    pixels = _windows(x, weight.shape[2:], stride, dilation, groups)
    pixels = pixels[:, :, :, : y.shape[2], : y.shape[3]]  # x may have room for more windows
    y = _split(y, 1, groups)
    for u, v in np.ndindex(weight.shape[2:]):  # at one place of the kernel no two windows overlap
        w = _split(weight[:, :, u, v], 0, groups)
        pixels[..., u, v] += np.einsum("goc,ngoij->ngcij", w, y, optimize=True)
    return x[:, :, p : p + height, q : q + width]


@unrecorded
def _convolve_weight(x, y, kernel, stride, padding, dilation, groups):
    pixels = _windows(_pad(x, padding), kernel, stride, dilation, groups)
    pixels = pixels[:, :, :, : y.shape[2], : y.shape[3]]
    w = np.einsum("ngoij,ngcijuv->gocuv", _split(y, 1, groups), pixels, optimize=True)
    return np.reshape(w, (y.shape[1], *w.shape[2:]))


def _windows(x, kernel, stride, dilation, groups):
    """A view of x, (N, G, C/G, I, J, *kernel): the pixels in each window."""
    x = _split(x, 1, groups)
    span = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    every = (slice(None, None, step) for step in (*stride, *dilation))
    return sliding_window_view(x, span, axis=(3, 4), writeable=True)[(..., *every)]


def _pad(x, padding):
    return np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))


def _split(x, axis, groups):
    """Part the channels on ``axis`` into (groups, channels of a group)."""
    return np.reshape(x, (*x.shape[:axis], groups, x.shape[axis] // groups, *x.shape[axis + 1 :]))


@unrecorded  # or the sum would be on the tape as if it depended on the bias alone
def _plus(y, bias):
    return y if bias is None else y + np.reshape(bias, (-1, 1, 1))
