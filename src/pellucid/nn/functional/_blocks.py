"""How compiled bodies come to their memory: C-ordered, in blocks, float32 alone.

Other types take the NumPy body: their kernels would be compiled for nobody's training.
"""

import numpy as np

from pellucid.reduction import BLOCK_BYTES, blocks, map_blocks

__all__ = ["as_rows", "each_block", "is_single", "memory"]

SINGLE = np.dtype(np.float32)


def is_single(*arrays):
    """Whether all that are there are of float32, and there are numbers in the first."""
    for a in arrays:
        if a is not None and not (isinstance(a, np.ndarray) and a.dtype == SINGLE):
            return False
    return arrays[0].size > 0


def memory(a, like):
    """The numbers of ``a`` as one row, in the order in which those of ``like`` lie in memory."""
    if a.strides != like.strides or not a.flags.writeable:
        laid = np.empty_like(like)
        laid[...] = a
        a = laid
    return a.ravel("K")  # of a dense array this is a view


def as_rows(a, width):
    """``a`` (..., width) as a C-ordered matrix."""
    rows = np.ascontiguousarray(a).reshape(-1, width)
    return rows if rows.flags.writeable else np.array(rows)


def each_block(kernel, *arrays):
    """Run ``kernel`` on blocks of what stands at the same places of all arrays, on all cores."""
    n_bytes = sum([a.nbytes for a in arrays])
    if n_bytes <= BLOCK_BYTES:
        kernel(*arrays)
        return
    slices = blocks(len(arrays[0]), n_bytes // len(arrays[0]))
    map_blocks(lambda s: kernel(*[a[s] for a in arrays]), slices)
