"""out += a w for a few rows a and one w (K, J) that is used again and again.

BLAS lays w out anew in every call, which for a few rows takes as long as the product.  Here that
is done once: w lies in panels of 256 columns, and four rows by four terms are taken at a time.
Sixteen factors then stand in registers, and the loop along the columns does sixteen products for
every four numbers of w that it reads: the speed of a large product, from four rows on.
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["add_product", "panels_of", "up_to"]

COLUMNS = 256  # of a panel, by
TERMS = 256  # at a time: 256 kB, a quarter of a core's cache


@kernel
def up_to(n, multiple):
    """The least multiple that is not below n."""
    return -(-n // multiple) * multiple


def panels_of(w):
    """w (K, J) as panels (P, K', J'), with zeros where K or J is no multiple."""
    terms, columns = w.shape
    n_panels = max(1, -(-columns // COLUMNS))
    width = up_to(-(-columns // n_panels), 16)
    padded = np.zeros((up_to(terms, 4), n_panels * width), w.dtype)
    padded[:terms, :columns] = w
    return np.ascontiguousarray(np.swapaxes(np.reshape(padded, (-1, n_panels, width)), 0, 1))


@kernel(borrows=True, fastmath={"contract"})
def add_product(a, panels, out, n_rows):
    """out[:n] += a[:n] w; rows come in fours, those after the n-th hold anything finite."""
    n_panels, n_terms, width = panels.shape
    for panel in range(n_panels):
        columns = slice(panel * width, panel * width + width)
        for first in range(0, n_terms, TERMS):
            last = min(first + TERMS, n_terms)
            for r in range(0, n_rows, 4):
                _four_rows(
                    a[r : r + 4],
                    panels[panel],
                    out[r, columns],
                    out[r + 1, columns],
                    out[r + 2, columns],
                    out[r + 3, columns],
                    first,
                    last,
                )


@kernel(borrows=True, fastmath={"contract"})
def _four_rows(a, w, out0, out1, out2, out3, first, last):
    for k in range(first, last, 4):
        a00, a01, a02, a03 = a[0, k], a[0, k + 1], a[0, k + 2], a[0, k + 3]
        a10, a11, a12, a13 = a[1, k], a[1, k + 1], a[1, k + 2], a[1, k + 3]
        a20, a21, a22, a23 = a[2, k], a[2, k + 1], a[2, k + 2], a[2, k + 3]
        a30, a31, a32, a33 = a[3, k], a[3, k + 1], a[3, k + 2], a[3, k + 3]
        for j in range(w.shape[1]):
            w0, w1, w2, w3 = w[k, j], w[k + 1, j], w[k + 2, j], w[k + 3, j]
            out0[j] = out0[j] + a00 * w0 + a01 * w1 + a02 * w2 + a03 * w3
            out1[j] = out1[j] + a10 * w0 + a11 * w1 + a12 * w2 + a13 * w3
            out2[j] = out2[j] + a20 * w0 + a21 * w1 + a22 * w2 + a23 * w3
            out3[j] = out3[j] + a30 * w0 + a31 * w1 + a32 * w2 + a33 * w3
