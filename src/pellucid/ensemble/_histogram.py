"""*Histogram*: the sums of gradients and Hessians of a node's examples in every bin of a column.

A row of a histogram is (Σ g, Σ h), where every Hessian is one and h counts the examples as well,
or else (Σ g, Σ h, examples, 0).  Nothing takes longer in boosting than these sums, so that a row
is added to as a whole, by one instruction, and one word says the bins of four columns: their four
histograms stay in the nearest cache, and gradients are read once for all of them.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from pellucid._compile import kernel
from pellucid.ensemble._prefetch import prefetch

__all__ = ["TOGETHER", "fill", "subtract"]

TOGETHER = 4  # columns in a word of the table
SHIFTS = np.arange(0, 32, 8, dtype=np.uint32)


@kernel(borrows=True)
def fill(bins, features, starts, rows, slopes, sums):
    """Sum the ``slopes`` (n, 2), which are (g, h) of the ``rows`` (n,), by bins of the features.

    No ``rows`` are all of them, in their order.  ``bins`` (D / 4, N) holds the columns; the sums
    of feature d begin at ``sums[starts[d]]``.
    """
    for d in features:
        sums[starts[d] : starts[d + 1]] = 0
    k = 0
    while k < len(features):
        d, together = features[k], in_one_word(features, k)
        words, shift = bins[d // TOGETHER], SHIFTS[d % TOGETHER]
        if together == 4:
            four = starts[d], starts[d + 1], starts[d + 2], starts[d + 3]
            add_rows(words, shift, four, rows, slopes, sums)
        elif together == 2:
            add_rows(words, shift, (starts[d], starts[d + 1]), rows, slopes, sums)
        else:
            add_rows(words, shift, (starts[d],), rows, slopes, sums)
        k += together


@kernel(borrows=True, inner=True)
def in_one_word(features, k):
    """How many from the k-th on lie side by side in a word, of which 4, 2 or 1 are asked."""
    n = 1
    while (
        k + n < len(features) and features[k + n] == features[k] + n and features[k + n] % TOGETHER
    ):
        n += 1
    return 2 if n == 3 else n


@kernel(borrows=True, inner=True)
def add_rows(words, shift, starts, rows, slopes, sums):
    """Add to as many columns as there are ``starts``, whose bins are in the words from a bit on."""
    slope, into = np.uintp(slopes.ctypes.data), np.uintp(sums.ctypes.data)
    counted = sums.shape[1] == 4
    for i in range(len(slopes)):
        row = np.uint32(i)
        if len(rows):
            prefetch(words, rows, i)
            row = rows[i]
        word = words[row] >> shift
        if counted:
            add_counted(slope, word, into, starts)
        else:
            add(slope, word, into, starts)
        slope += np.uintp(8)


@kernel(borrows=True, inner=True)
def subtract(whole, part):
    """What is left of the sums of a node without those of its smaller child, in their place."""
    for b in range(whole.shape[0]):
        whole[b, 0] -= part[b, 0]
        whole[b, 1] -= part[b, 1]
    if whole.shape[1] > 2:
        for b in range(whole.shape[0]):
            whole[b, 2] -= part[b, 2]


def _adder(*more):
    """Adds the row (g, h, *more), g and h being at an address, to that of the k-th byte of a word
    in the histogram that begins at the k-th of the ``starts``."""

    def add(context, slope, word, into, starts):
        def generate(context, builder, signature, arguments):
            slope, word, into, starts = arguments
            pair = ir.VectorType(ir.FloatType(), 2)
            row = builder.load(builder.inttoptr(slope, pair.as_pointer()), align=4)
            row = builder.fpext(row, ir.VectorType(ir.DoubleType(), 2))
            if more:
                places = ir.Constant(ir.VectorType(ir.IntType(32), 4), [0, 1, 2, 3])
                row = builder.shuffle_vector(row, ir.Constant(row.type, more), places)
            number, size = into.type, 8 * row.type.count
            word = builder.zext(word, number)
            for k, start in enumerate(cgutils.unpack_tuple(builder, starts)):
                bin = builder.and_(builder.lshr(word, number(8 * k)), number(255))
                first = builder.add(into, builder.mul(start, number(size)))
                there = builder.add(first, builder.mul(bin, number(size)))
                there = builder.inttoptr(there, row.type.as_pointer())
                builder.store(builder.fadd(builder.load(there, align=8), row), there, align=8)
            return context.get_dummy_value()

        return types.void(types.uintp, types.uint32, types.uintp, starts), generate

    return intrinsic(add)


add = _adder()
add_counted = _adder(1.0, 0.0)
