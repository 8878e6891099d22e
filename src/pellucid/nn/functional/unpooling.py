"""The way back of max pooling: what was taken goes where it came from, among zeros."""

import numpy as np

from pellucid.autograd import op, unrecorded
from pellucid.nn.functional.geometry import as_image, batch, several, unbatch
from pellucid.nn.functional.windows import take_pixels

__all__ = ["max_unpool1d", "max_unpool2d"]


@op
def put_pixels(y, index: np.ndarray, size: tuple):
    """x[n, c, index[n, c, i, j]] = y[n, c, i, j], zero elsewhere, x being of ``size``."""
    return _put(y, index, size), lambda dx: take_pixels(dx, index)


@unrecorded
def _put(y, index, size):
    N, C = y.shape[:2]
    x = np.zeros_like(y, shape=(N, C, size[0] * size[1]))
    np.put_along_axis(x, np.reshape(index, (N, C, -1)), np.reshape(y, (N, C, -1)), 2)
    return np.reshape(x, (N, C, *size))


def max_unpool1d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """x[n, c, indices[n, c, i]] = y[n, c, i]: as ``max_unpool2d``, of signals."""
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """x[n, c, indices[n, c, i, j]] = y[n, c, i, j], zero elsewhere; places count along the rows.

    Parameters
    ----------
    input, indices : (N, C, I, J) or (C, I, J)
        y, and what ``max_pool2d`` gave beside it with ``return_indices``.
    kernel_size, stride, padding : int or pair of ints
        Those of the pooling.
    output_size : tuple of ints or None
        The height and width of x, where s (I - 1) + k - 2 p leaves some rows out.
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def _max_unpool(axes, y, indices, kernel_size, stride, padding, output_size):
    if y.shape != indices.shape:
        raise RuntimeError(
            "Expected shape of indices to be same as that of the input tensor "
            f"({list(y.shape)}) but got indices tensor with shape: {list(indices.shape)}"
        )
    y, batched = batch(f"max_unpool{axes}d", y, axes)
    size = _size(y.shape[2:], axes, kernel_size, stride, padding, output_size)
    index = np.reshape(indices._array, as_image(y, axes).shape)
    if index.size and not 0 <= index.min() <= index.max() < np.prod(size):
        raise RuntimeError(
            f"Found an invalid max index: {index.max()} (output volumes are of size {size})"
        )
    x = put_pixels(as_image(y, axes), index, (1, *size)[-2:])
    return unbatch(x[:, :, 0] if axes == 1 else x, batched)


def _size(windows, axes, kernel_size, stride, padding, output_size):
    """How many pixels x has along each axis."""
    k, p = several("kernel_size", kernel_size, axes), several("padding", padding, axes)
    s = several("stride", k if stride is None else stride, axes)
    size = [(windows[a] - 1) * s[a] + k[a] - 2 * p[a] for a in range(axes)]
    if output_size is None:
        return size
    wanted = list(output_size)[-axes:]
    for axis, (usual, step, n) in enumerate(zip(size, s, wanted, strict=True)):
        if not usual - step < n < usual + step:
            raise ValueError(
                f'invalid output_size "{tuple(wanted)}" (dim {axis} must be between '
                f"{usual - step} and {usual + step})"
            )
    return wanted
