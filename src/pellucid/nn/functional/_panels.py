"""out += a w for a few rows a and one w (K, J) that is used again and again.

BLAS lays w out anew in every call, which for a few rows takes as long as the product.  Here that
is done once: w lies in panels as wide as a tile, each of whose pieces stays in the core's first
cache while all rows of a are multiplied with it.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.nn.functional._tile import ROW, ROWS, WIDE, WIDTH, add_four_rows, add_row

__all__ = ["add_product", "panels_of", "rows_for"]

TERMS = 256  # of a panel at a time: 24 kB
SOME = 64  # rows of w that are laid out while they are in the cache


def panels_of(w, n_rows):
    """w (K, J) as panels (P, K, tile), with zeros where J is no multiple; for so many rows of a."""
    (K, J), width = w.shape, WIDE if n_rows == 1 else WIDTH
    panels = np.zeros((-(-J // width), K, width), w.dtype)
    _lay(w if w.flags.forc and w.flags.writeable else np.array(w, order="C"), panels)
    return panels


@kernel(borrows=True)
def _lay(w, panels):
    n_panels, n_terms, width = panels.shape
    for start in range(0, n_terms, SOME):
        for panel in range(n_panels):
            for k in range(start, min(start + SOME, n_terms)):
                row, to = w[k, panel * width : panel * width + width], panels[panel, k]
                for j in range(len(row)):
                    to[j] = row[j]


@kernel(borrows=True)
def rows_for(n, panels):
    """How many rows ``add_product`` works on where n are given."""
    rows = ROW if panels.shape[2] == WIDE else ROWS
    return (n + rows - 1) // rows * rows


@kernel(borrows=True)
def add_product(a, panels, out, n_rows):
    """out[:n] += a[:n] w; up to ``rows_for(n)`` rows are there, the last of which hold anything."""
    n_panels, n_terms, width = panels.shape
    for panel in range(n_panels):
        columns = slice(panel * width, panel * width + width)
        for first in range(0, n_terms, TERMS):
            terms = slice(first, min(first + TERMS, n_terms))
            w = panels[panel, terms]
            if width == WIDE:
                for r in range(n_rows):
                    add_row(a[r : r + 1, terms], w, out[r : r + 1, columns])
            else:
                for r in range(0, n_rows, ROWS):
                    add_four_rows(a[r : r + ROWS, terms], w, out[r : r + ROWS, columns])
