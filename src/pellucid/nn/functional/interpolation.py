"""Enlarging and shrinking images and signals between their pixels."""

import math

import numpy as np

from pellucid.nn.functional.geometry import as_image
from pellucid.nn.functional.resampling import resample

__all__ = ["interpolate"]

_AXES = {"nearest": (1, 2), "linear": (1,), "bilinear": (2,)}


def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
):
    """y[n, c] = R x[n, c] Cᵀ, where each row of R and C picks a pixel of x or mixes two.

    Output pixel i lies at a i in x ("nearest" takes the pixel it is in), or, between the middles
    of pixels, at a (i + ½) - ½.

    Parameters
    ----------
    input : (N, C, L) or (N, C, H, W)
        x.
    size : int or tuple of ints or None
        Of y; then a is the quotient of the sizes.
    scale_factor : float or tuple of floats or None
        By how much y is larger, in place of ``size``; a is 1 / scale_factor.
    mode : {"nearest", "linear", "bilinear"}
        The latter two, for signals and for images, mix two pixels along each axis.
    align_corners : bool or None
        Whether the middles of the outermost pixels of x and y coincide: pixel i lies at
        i (H - 1) / (I - 1).  Not for "nearest".
    recompute_scale_factor : bool or None
        Whether a is the quotient of the sizes even if ``scale_factor`` is given.

    Raises
    ------
    ValueError, NotImplementedError
        For arguments that do not go together.
    """
    axes = input.ndim - 2
    if mode not in _AXES or axes not in _AXES[mode]:
        raise NotImplementedError(
            f"Got {input.ndim}D input, but mode is {mode}: signals (N, C, L) take nearest and "
            "linear, images (N, C, H, W) nearest and bilinear"
        )
    if mode == "nearest" and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear"
        )
    if size is not None and recompute_scale_factor:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    sizes, steps = _sizes(input, size, scale_factor, recompute_scale_factor)
    matrices = [
        _nearest(n, m, step) if mode == "nearest" else _linear(n, m, step, align_corners)
        for n, m, step in zip(input.shape[2:], sizes, steps, strict=True)
    ]
    y = resample(as_image(input, axes), *[np.ones((1, 1))] * (2 - axes), *matrices)
    return y[:, :, 0] if axes == 1 else y


def _sizes(x, size, scale_factor, recompute):
    """How many pixels y has along each axis, and how far apart they are in x."""
    axes = x.ndim - 2
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    name, given = ("output size", size) if scale_factor is None else ("scale_factor", scale_factor)
    given = tuple(given) if isinstance(given, (tuple, list)) else (given,) * axes
    if len(given) != axes:
        raise ValueError(
            f"Input and {name} must have the same number of spatial dimensions, but got input with "
            f"spatial dimensions of {list(x.shape[2:])} and {name} of {given}"
        )
    sizes = given
    if scale_factor is not None:
        sizes = tuple(math.floor(n * f) for n, f in zip(x.shape[2:], given, strict=True))
    if min(*sizes, *x.shape[2:]) <= 0:
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input "
            f"{list(x.shape[2:])} output {list(sizes)}"
        )
    if scale_factor is None or recompute:
        return sizes, [n / m for n, m in zip(x.shape[2:], sizes, strict=True)]
    return sizes, [1 / f for f in given]


def _nearest(n, m, step):
    """(m, n): row i picks the pixel in which a i lies."""
    places = np.floor(np.arange(m, dtype=np.float32) * np.float32(step))  # in PyTorch's precision
    return np.eye(n)[np.minimum(places.astype(int), n - 1)]


def _linear(n, m, step, align_corners):
    """(m, n): row i mixes the two pixels between whose middles it lies."""
    i = np.arange(m)
    if align_corners:
        places = i * ((n - 1) / (m - 1) if m > 1 else 0)
    else:
        places = np.maximum((i + 0.5) * step - 0.5, 0)
    low = np.minimum(places.astype(int), n - 1)
    share = np.minimum(places - low, 1)[:, None]
    return (1 - share) * np.eye(n)[low] + share * np.eye(n)[np.minimum(low + 1, n - 1)]
