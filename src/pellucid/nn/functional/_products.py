"""Products of a matrix of examples: of few without BLAS, of many by BLAS, in blocks on all cores.

Before it multiplies, BLAS copies both matrices into an order of its own, which pays where each
number is used a thousand times.  Here a few examples meet weights that are read as they lie, a tile
of the result stays in registers until it is whole, and threads take the result piece by piece: one
that comes late, as it does by some 20 µs, has fewer of them.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid._team import NONE, announce, assemble, close, finish, follow, linger, take, wait
from pellucid.nn.functional._tile import (
    LONG,
    multiply_eight_rows,
    multiply_four_rows,
    scalar_products,
    scalar_products_of_row,
)
from pellucid.reduction import map_blocks, one_blas_thread
from pellucid.reduction.threads import call_together, shares

__all__ = ["multiply", "multiply_by_rows"]

FEWEST, MOST = 4, 512  # examples: fewer are vectors to BLAS, of more the copies pay
WORTH_SHARING = 1 << 20  # products: 20 µs, some five times what an offer takes
WRITING = 4  # products: what it takes to write a number down
PIECE, ROWS, PIECES = 1 << 19, 64, 1 << 10  # products and rows of a piece; pieces along a side
FOUR, SIX, EIGHT = 4, 6, 8  # rows and columns of a tile of scalar products; columns of one row
BY_ROWS, BY_MATRIX, OF_COLUMNS = range(3)


def multiply_by_rows(x, w, bias, out):
    """out (N, O) = x (N, K) wᵀ + bias, for w (O, K)."""
    if len(x) > MOST or len(w) < EIGHT or x.shape[1] < LONG:
        _by_blas(x, w.T, out, bias)
    else:
        _by_tiles(BY_ROWS, x, w, bias, out, FOUR * SIX, x.shape[1])


def multiply(a, w, out, transposed=False):
    """out (N, J) = a w for a (N, K) and w (K, J); or aᵀ w, for a (K, N)."""
    _, width = _tile_of(len(out))
    if len(out) < FEWEST or len(a) > MOST or len(w[0]) < width:
        _by_blas(a.T if transposed else a, w, out)
    else:
        _by_tiles(OF_COLUMNS if transposed else BY_MATRIX, a, w, w[0], out, width, len(w))


def _by_blas(a, b, out, bias=None):
    """a b + bias; nothing is added up between cores, so that any number gives the same."""
    by_columns = len(a) < b.shape[1]

    def block(s):
        rows, columns = (slice(None), s) if by_columns else (s, slice(None))
        factor, y = a[rows], out[rows, columns]
        for part in range(len(y)) if len(y) < FEWEST else [slice(None)]:
            np.matmul(factor[part], b[:, columns], out=y[part])
        if bias is not None:
            y += bias[columns]

    n, m = sorted(out.shape)
    if n * m * len(b) < WORTH_SHARING:
        with one_blas_thread:
            block(slice(None))
    else:
        map_blocks(block, shares(m, -(-WORTH_SHARING // (n * len(b)))))


def _by_tiles(kind, a, w, bias, out, tile, terms):
    """Pieces are whole tiles wide: the fewer the terms, the more numbers lie side by side."""
    n, m = out.shape
    width = max(1, PIECE // (terms * tile * min(n, ROWS))) * tile
    pieces = min(max(1, n // ROWS), PIECES), max(1, m // width)
    team = assemble()
    arguments = kind, a, w, bias, out, pieces, width, team

    def lead():
        _work(True, *arguments, team)

    if n * m * max(terms, WRITING) < WORTH_SHARING:
        lead()
    else:
        call_together(lead, lambda offers: _work(False, *arguments, offers))


@kernel(borrows=True)
def _work(leads, kind, a, w, bias, out, pieces, width, team, offers):
    """Take pieces while there are any; whoever leads waits until all are done."""
    if leads:
        announce(team, pieces[0] * pieces[1])
    piece = 0 if leads else follow(team)
    before, late = offers[0], piece == NONE
    while piece != NONE:
        j, i = divmod(piece, pieces[0])
        rows = slice(i * len(out) // pieces[0], (i + 1) * len(out) // pieces[0])
        stop = out.shape[1] if j == pieces[1] - 1 else (j + 1) * width  # the last has the rest
        columns = slice(j * width, stop)
        if kind == BY_ROWS:
            _add_up(a[rows], w[columns], bias[columns], out[rows, columns])
        elif kind == BY_MATRIX:
            _sum_up(a[rows], w[:, columns], out[rows, columns])
        else:
            _sum_up(a[:, rows].T, w[:, columns], out[rows, columns])
        finish(team)
        piece = take(team) if leads else follow(team)
    if leads:
        wait(team)
        close(team)
    elif not late:
        linger(offers, before)


@kernel(borrows=True, inner=True)
def _add_up(x, w, bias, y):
    """y = x wᵀ + bias; the last tiles end where y does."""
    R, C = (FOUR, SIX) if len(x) >= FOUR else (1, EIGHT)
    for i in range(0, len(x), R):
        i = min(i, len(x) - R)
        for j in range(0, len(w), C):
            j = min(j, len(w) - C)
            rows, columns = slice(i, i + R), slice(j, j + C)
            if R == FOUR:
                scalar_products(x[rows], w[columns], bias[columns], y[rows, columns])
            else:
                scalar_products_of_row(x[rows], w[columns], bias[columns], y[rows, columns])


@kernel(borrows=True)
def _tile_of(n_rows):
    """The rows and the columns of a tile of sums."""
    return (8, 32) if n_rows >= 8 else (4, 64)


@kernel(borrows=True, inner=True)
def _sum_up(a, w, out):
    """out = a w; the last tiles end where ``out`` does."""
    R, C = _tile_of(len(a))
    for i in range(0, len(a), R):
        i = min(i, len(a) - R)
        for j in range(0, w.shape[1], C):
            j = min(j, w.shape[1] - C)
            rows, columns = slice(i, i + R), slice(j, j + C)
            if R == 8:
                multiply_eight_rows(a[rows], w[:, columns], out[rows, columns])
            else:
                multiply_four_rows(a[rows], w[:, columns], out[rows, columns])
