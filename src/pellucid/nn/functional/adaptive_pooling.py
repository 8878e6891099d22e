"""Adaptive pooling: as many windows as are asked for, of a size that fits."""

import numpy as np

from pellucid.nn.functional.geometry import as_image, batch, unbatch
from pellucid.nn.functional.resampling import resample
from pellucid.nn.functional.windows import max_of_windows

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
]


def adaptive_avg_pool1d(input, output_size):
    """Means of bins of signals (N, C, L) or (C, L): as ``adaptive_avg_pool2d``."""
    return _avg(1, input, output_size)


def adaptive_avg_pool2d(input, output_size):
    """y[n, c, i, j] = mean of x[n, c] over bin i of its rows and bin j of its columns.

    Bin i of I, of H rows, goes from ⌊i H / I⌋ up to but not including ⌈(i + 1) H / I⌉; bins may
    share a row.

    Parameters
    ----------
    input : (N, C, H, W) or (C, H, W)
        x.
    output_size : int or pair of ints or None
        I and J; None: as in x.
    """
    return _avg(2, input, output_size)


def adaptive_max_pool1d(input, output_size, return_indices=False):
    """Maxima of bins of signals (N, C, L) or (C, L): as ``adaptive_max_pool2d``."""
    return _max(1, input, output_size, return_indices)


def adaptive_max_pool2d(input, output_size, return_indices=False):
    """y[n, c, i, j] = max of x[n, c] over bin i of its rows and bin j of its columns.

    The bins are those of ``adaptive_avg_pool2d``.  With ``return_indices`` it is (y, places), with
    places r W + s of the pixels taken.
    """
    return _max(2, input, output_size, return_indices)


def _avg(axes, x, output_size):
    x, batched, bins = _bins(f"adaptive_avg_pool{axes}d", axes, x, output_size)
    matrices = []
    for size, (start, stop) in zip(x.shape[2:], bins, strict=True):
        r = np.arange(size)
        inside = (r >= start[:, None]) & (r < stop[:, None])
        matrices.append(inside / (stop - start)[:, None])
    y = resample(as_image(x, axes), *[np.ones((1, 1))] * (2 - axes), *matrices)
    return unbatch(y[:, :, 0] if axes == 1 else y, batched)


def _max(axes, x, output_size, return_indices):
    x, batched, bins = _bins(f"adaptive_max_pool{axes}d", axes, x, output_size)
    tables = [np.zeros((1, 1), int)] * (2 - axes)
    for start, stop in bins:
        r = start[:, None] + np.arange(np.max(stop - start, initial=1))
        tables.append(np.where(r < stop[:, None], r, -1))
    found = max_of_windows(as_image(x, axes), *tables)
    y, index = (unbatch(a[:, :, 0] if axes == 1 else a, batched) for a in found)
    return (y, np.astype(index, np.int64)) if return_indices else y


def _bins(name, axes, x, output_size):
    """x as a batch, whether it was one, and where the bins of each axis start and stop."""
    if np.dtype(x.dtype).kind not in "fc":
        raise NotImplementedError(f"{name} is not implemented for {x.dtype}")
    x, batched = batch(name, x, axes)
    if 0 in x.shape[2:]:
        raise RuntimeError(f"{name}: expected input with at least one pixel, got {list(x.shape)}")
    wanted = output_size if isinstance(output_size, (tuple, list)) else [output_size] * axes
    if len(wanted) != axes:
        raise RuntimeError(f"{name}: output_size must be {axes} ints, but got {len(wanted)}")
    sizes = [n if m is None else m for n, m in zip(x.shape[2:], wanted, strict=True)]
    if min(sizes) < 0:
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received "
            f"{sizes}"
        )
    every = [np.arange(m) for m in sizes]
    ends = zip(x.shape[2:], sizes, every, strict=True)
    return x, batched, [(i * n // m, -(-(i + 1) * n // m)) for n, m, i in ends]
