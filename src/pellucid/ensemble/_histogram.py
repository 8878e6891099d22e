"""*Histogram*: the sums of gradients and Hessians of a node's examples in every bin of a column.

A row of a histogram is (Σ g, Σ h), where every Hessian is one and h counts the examples as well,
or else (Σ g, Σ h, examples, 0).  Nothing takes longer in boosting than these sums, so that a row
is added to as a whole, by one instruction, and two columns are read at a time.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from pellucid._compile import kernel

__all__ = ["fill", "subtract"]

F8 = types.float64


@kernel
def fill(bins, features, starts, rows, slopes, sums):
    """Sum the ``slopes`` (n, 2), which are (g, h) of the ``rows`` (n,), by bins of the features.

    ``bins`` (D, N) holds the columns; that of feature d begins at ``sums[starts[d]]``.
    """
    width, base = np.uintp(8 * sums.shape[1]), np.uintp(sums.ctypes.data)
    counted = sums.shape[1] == 4
    for d in features:
        sums[starts[d] : starts[d + 1]] = 0
    for k in range(0, len(features), 2):
        one, two = features[k], features[min(k + 1, len(features) - 1)]
        x, y = bins[one], bins[two]
        p, q = base + width * np.uintp(starts[one]), base + width * np.uintp(starts[two])
        if one == two:
            for i in range(len(rows)):
                g, h = F8(slopes[i, 0]), F8(slopes[i, 1])
                add_row(p + width * np.uintp(x[rows[i]]), g, h, counted)
        elif counted:
            for i in range(len(rows)):
                r, g, h = rows[i], F8(slopes[i, 0]), F8(slopes[i, 1])
                add_four(p + width * np.uintp(x[r]), g, h)
                add_four(q + width * np.uintp(y[r]), g, h)
        else:
            for i in range(len(rows)):
                r, g, h = rows[i], F8(slopes[i, 0]), F8(slopes[i, 1])
                add_two(p + width * np.uintp(x[r]), g, h)
                add_two(q + width * np.uintp(y[r]), g, h)


@kernel
def add_row(address, g, h, counted):
    if counted:
        add_four(address, g, h)
    else:
        add_two(address, g, h)


@kernel
def subtract(whole, part):
    """What is left of the sums of a node without those of its smaller child, in their place."""
    for b in range(whole.shape[0]):
        for k in range(whole.shape[1]):
            whole[b, k] -= part[b, k]


def _adder(row):
    """An instruction that adds ``row``, in which None stands for g and h, to the one in memory."""

    def add(context, address, g, h):
        def generate(context, builder, signature, arguments):
            vector = ir.VectorType(ir.DoubleType(), len(row))
            added = ir.Constant(vector, [0.0 if x is None else x for x in row])
            for k in range(2):
                place = ir.Constant(ir.IntType(32), k)
                added = builder.insert_element(added, arguments[1 + k], place)
            there = builder.inttoptr(arguments[0], vector.as_pointer())
            builder.store(builder.fadd(builder.load(there, align=8), added), there, align=8)
            return context.get_dummy_value()

        return types.void(types.uintp, F8, F8), generate

    return intrinsic(add)


add_two = _adder((None, None))
add_four = _adder((None, None, 1.0, 0.0))
