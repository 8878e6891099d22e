"""Enlarging and shrinking images and signals between their pixels."""

import math

import numpy as np

from pellucid.nn.functional.adaptive_pooling import adaptive_avg_pool1d, adaptive_avg_pool2d
from pellucid.nn.functional.geometry import as_image
from pellucid.nn.functional.resampling import resample

__all__ = ["interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]

_AXES = {  # of which inputs there is which mode
    **dict.fromkeys(("nearest", "nearest-exact", "area"), (1, 2)),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
}
_MIXING = "linear", "bilinear", "bicubic"
SHARP = -0.75  # the slope of the cubic where its middle part ends


def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
):
    """y[n, c] = R x[n, c] Cᵀ, where each row of R and C picks a pixel of x or mixes some.

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
    mode : {"nearest", "nearest-exact", "linear", "bilinear", "bicubic", "area"}
        "nearest-exact" takes the pixel in which the middle of y's lies; "linear", of signals, and
        "bilinear", of images, mix two pixels along each axis, "bicubic" four; "area" takes means.
    align_corners : bool or None
        Whether the middles of the outermost pixels of x and y coincide: pixel i lies at
        i (H - 1) / (I - 1).  For those that mix.
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
            f"Got {input.ndim}D input, but mode is {mode}: signals (N, C, L) take nearest, "
            "nearest-exact, area and linear, images (N, C, H, W) the first three, bilinear and "
            "bicubic"
        )
    if mode not in _MIXING and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear "
            "| bicubic"
        )
    if size is not None and recompute_scale_factor:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    sizes, steps = _sizes(input, size, scale_factor, recompute_scale_factor)
    if mode == "area":
        return (adaptive_avg_pool1d if axes == 1 else adaptive_avg_pool2d)(input, sizes)
    geometry = list(zip(input.shape[2:], sizes, steps, strict=True))
    if mode in _MIXING:
        mixing = _cubic if mode == "bicubic" else _linear
        matrices = [mixing(n, _places(n, m, step, align_corners)) for n, m, step in geometry]
    else:
        middle = 0.5 if mode == "nearest-exact" else 0.0
        if mode == "nearest" and axes == 2:  # of some sizes PyTorch asks for no scale_factor
            geometry = [(n, m, n / m if m in (n, 2 * n) else step) for n, m, step in geometry]
        matrices = [_nearest(n, m, step, middle) for n, m, step in geometry]
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
    if scale_factor is None and not all(isinstance(n, int | np.integer) for n in sizes):
        raise TypeError(f"expected size to be one of int or tuple of ints, but got {sizes}")
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


def _nearest(n, m, step, middle):
    """(m, n): row i picks the pixel in which a (i + middle) lies."""
    i = np.arange(m, dtype=np.float32) + np.float32(middle)
    places = np.floor(i * np.float32(step))  # in PyTorch's precision
    return np.eye(n)[np.minimum(places.astype(int), n - 1)]


def _places(n, m, step, align_corners):
    """Where the middles of y's pixels lie in x."""
    i = np.arange(m)
    if align_corners:
        return i * ((n - 1) / (m - 1) if m > 1 else 0)
    return (i + 0.5) * step - 0.5


def _linear(n, places):
    """(m, n): row i mixes the two pixels between whose middles it lies."""
    places = np.maximum(places, 0)
    low = np.minimum(places.astype(int), n - 1)
    share = np.minimum(places - low, 1)[:, None]
    return (1 - share) * np.eye(n)[low] + share * np.eye(n)[np.minimum(low + 1, n - 1)]


def _cubic(n, places):
    """(m, n): row i mixes the four pixels about it by cubics of their distances.

    R. Keys, "Cubic convolution interpolation for digital image processing", 1981.
    """
    low = np.floor(places)
    matrix = np.zeros((len(places), n))
    for beside in (-1, 0, 1, 2):
        d = np.abs(places - low - beside)
        near = ((SHARP + 2) * d - (SHARP + 3)) * d * d + 1
        far = ((d - 5) * d + 8) * d * SHARP - 4 * SHARP
        pixel = np.clip(low + beside, 0, n - 1).astype(int)
        matrix[np.arange(len(places)), pixel] += np.where(d <= 1, near, far)
    return matrix


def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    """``interpolate`` under the name it had once."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input, size=None, scale_factor=None):
    """``interpolate`` to the nearest pixel."""
    return interpolate(input, size, scale_factor)


def upsample_bilinear(input, size=None, scale_factor=None):
    """``interpolate`` by mixtures of pixels, the outermost of which stay where they are."""
    return interpolate(input, size, scale_factor, "bilinear", align_corners=True)
