"""Where the channels are in memory: kernels want them last, though shapes say (N, C, H, W)."""

import numpy as np

from pellucid.reduction import blocks, map_blocks

__all__ = ["channels_last", "empty_images", "parts"]


def channels_last(x):
    """(N, C, H, W) as (N, H, W, C), in memory too; nothing is copied if it is so already."""
    x = np.transpose(x, (0, 2, 3, 1))
    if x.flags.c_contiguous:
        return x
    out = np.empty(x.shape, x.dtype)

    def copy(images):
        out[images] = x[images]

    map_blocks(copy, parts(x))
    return out


def parts(images):
    """Four slices of a batch: more would take longer to hand over than small images to do."""
    return blocks(len(images), 1, max(1, -(-len(images) // 4)))


def empty_images(n, c, h, w, dtype):
    """Room for (N, C, H, W) with the channels last in memory: no view, so that it can be owned."""
    strides = np.array((h * w * c, 1, w * c, c)) * np.dtype(dtype).itemsize
    return np.ndarray((n, c, h, w), dtype, strides=tuple(strides.tolist()))
