"""Where the channels are in memory: kernels want them last, though shapes say (N, C, H, W)."""

import numpy as np

from pellucid.reduction import map_blocks

__all__ = ["channels_first", "channels_last"]


def channels_last(x):
    """(N, C, H, W) as (N, H, W, C), in memory too; nothing is copied if it is so already."""
    x = np.transpose(x, (0, 2, 3, 1))
    if x.flags.c_contiguous:
        return x
    out = np.empty(x.shape, x.dtype)

    def copy(n):
        out[n] = x[n]

    map_blocks(copy, range(len(x)))
    return out


def channels_first(x):
    """(N, H, W, C) seen as (N, C, H, W)."""
    return np.transpose(x, (0, 3, 1, 2))
