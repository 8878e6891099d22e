"""Matrix products as BLAS is fastest at them: by blocks, one to a core, and thin ones in pieces.

Before it multiplies, BLAS copies a matrix into an order of its own, which pays where each number
is used a hundred times.  OpenBLAS does without where there are a million multiplications or fewer:
so a product of few rows is made of such pieces, a stack of them in one call.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.reduction import map_blocks, one_blas_thread
from pellucid.reduction.threads import shares

__all__ = ["multiply"]

FEW = 64  # rows: beyond, the copies pay
PIECE = 1_000_000  # products
PIECE_OF_COLUMNS = 1200  # numbers of a piece of a b, where b lies by columns
WIDEST = 128  # columns of a piece
WORTH_SHARING = 1 << 22  # products: 40 µs, some four times what a hand-over takes


def multiply(a, b, out, bias=None):
    """out = a b + bias, for a (n, k) and b (k, m); nothing is added up between cores."""
    if a.shape[1] == 1:  # of a column and a row NumPy makes no use of BLAS
        _outer(a[:, 0], b[0], np.zeros_like(b[0]) if bias is None else bias, out)
        return
    if a.size * b.shape[1] <= PIECE and (len(a) == 1 or out.size <= PIECE_OF_COLUMNS):
        # one piece, which takes no longer than it would to find out what is best
        with one_blas_thread:
            np.matmul(a, b, out=out)
        if bias is not None:
            np.add(out, bias, out)
        return
    by_rows = len(a) > max(FEW, b.shape[1])  # they are cut; else the columns
    if by_rows:
        a, b, out = b.T, a.T, out.T
    (n, k), m = a.shape, b.shape[1]
    width = _width(a, b)

    def columns(s):
        _in_pieces(a, b[:, s], out[:, s], width)
        if bias is not None:
            out[:, s] += bias[:, None] if by_rows else bias[s]

    if n * k * m < WORTH_SHARING:
        with one_blas_thread:
            columns(slice(None))
    else:
        map_blocks(columns, _shares(m, n * k, width if width < m else 1))


def _width(a, b):
    """How many columns a piece has; all, where there is nothing to be won."""
    (n, k), m = a.shape, b.shape[1]
    most = PIECE // (n * k)
    if b.strides[0] < b.strides[1]:
        most = min(most, PIECE_OF_COLUMNS // n)
    if n == 1 or min(n, k) > FEW or m <= most:
        return m
    return min(most, WIDEST) // 8 * 8 or m


def _shares(m, products, width):
    """A block of columns for each core: with every further one BLAS copies all of ``a`` again."""
    least = -(-WORTH_SHARING // (2 * products * width))
    return [slice(s.start * width, s.stop * width) for s in shares(-(-m // width), least)]


def _in_pieces(a, b, out, width):
    """A stack of products of so many columns each, and what is left of them."""
    whole = b.shape[1] // width * width
    if whole > width:
        np.matmul(a, _stack(b[:, :whole], width), out=_stack(out[:, :whole], width))
        b, out = b[:, whole:], out[:, whole:]
    if b.shape[1]:
        np.matmul(a, b, out=out)


def _stack(x, width):
    """x (n, m) as (m / width, n, width)."""
    return np.swapaxes(np.reshape(x, (len(x), -1, width)), 0, 1)


@kernel(borrows=True)
def _outer(column, row, bias, out):
    for i in range(len(column)):
        for j in range(len(row)):
            out[i, j] = column[i] * row[j] + bias[j]
