"""*Bins*: a column of real values as small whole numbers, at most 255 of them and one for missing.

A cut between two bins is all that a split can ask for, so that the search for one looks at 255
sums and not at N values (Ke et al. 2017).
"""

from typing import NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from pellucid._compile import kernel
from pellucid.ensemble._histogram import TOGETHER
from pellucid.ensemble._sort import sort
from pellucid.reduction import blocks, map_blocks

__all__ = ["Bins", "learn_bins"]

ROWS_ASKED = 200_000  # for the quantiles, which more rows would hardly move
LINE = 8  # columns in a line of memory, which are read together
LARGEST = np.finfo(float).max  # of a threshold: infinity lies above it


class Bins(NamedTuple):
    """Where the columns are cut.

    A value x of column d lies in the first bin b with x ≤ ``thresholds[d, b]``, a category in the
    bin of its code, and a missing value in the bin ``counts[d]``, after all others.
    """

    thresholds: np.ndarray  # (D, 256), infinite after the last one
    counts: np.ndarray  # (D,) bins of values that are not missing
    categories: np.ndarray  # (D,) how many; 0 where values are ordered

    def of(self, X):
        """The bins of X (N, D), those of columns 4 k to 4 k + 3 in a word: uint32 (D / 4, N)."""
        out = np.zeros((-(-X.shape[1] // TOGETHER), len(X)), np.uint32)
        map_blocks(lambda s: _bin_rows(X[s], *self, out[:, s]), blocks(len(X), 8 * X.shape[1]))
        return out


def learn_bins(X, categories, max_bins, weight, seed):
    """The bins of X (N, D): midpoints of its values where they are few, else its quantiles.

    ``categories`` (D,) says how many codes a column has; 0 where its values are ordered.
    """
    rows = slice(None) if weight is None else np.flatnonzero(weight)  # as if no others were there
    if len(X) > ROWS_ASKED:
        share = None if weight is None else weight / weight.sum()
        rows, weight = np.sort(check_random_state(seed).choice(len(X), ROWS_ASKED, p=share)), None
    weight, D = None if weight is None else weight[rows], X.shape[1]
    thresholds, counts = np.full((D, 256), np.inf), categories.copy()

    def learn(line):
        for d, x in zip(range(line.start, line.stop), X[rows, line].T.copy(), strict=True):
            if not categories[d]:
                found = _thresholds(x, weight, max_bins)
                thresholds[d, : len(found)], counts[d] = found, len(found) + 1

    map_blocks(learn, blocks(D, 1, LINE))
    return Bins(thresholds, counts, categories)


def _thresholds(x, weight, max_bins):
    present = ~np.isnan(x)
    x = x[present]
    if weight is None:
        x = sort(x)
    else:
        order = np.argsort(x, kind="stable")
        x, weight = x[order], weight[present][order]
    distinct = x[np.concatenate([[True], x[1:] != x[:-1]])] if len(x) else x
    if len(distinct) <= max_bins:
        cuts = distinct[:-1] / 2 + distinct[1:] / 2
    else:
        cuts = _quantiles(x, weight, np.linspace(0, 100, max_bins + 1)[1:-1] / 100)
    return np.unique(np.minimum(cuts, LARGEST))


def _quantiles(x, weight, q):
    """The x at which the weight below reaches the share q; halfway to the next, where just so."""
    below = np.arange(1.0, len(x) + 1) if weight is None else np.cumsum(weight)
    wanted = q * below[-1]
    at = np.searchsorted(below, wanted)
    after = np.minimum(np.searchsorted(below, wanted, "right"), len(x) - 1)
    return x[at] / 2 + x[after] / 2


@kernel
def _bin_rows(X, thresholds, counts, categories, out):
    """Fill in the bins of a block of rows; eight halvings find one among 256, without a branch."""
    for d in range(X.shape[1]):
        cuts, missing = thresholds[d], counts[d]
        words, shift = out[d // TOGETHER], np.uint32(8 * (d % TOGETHER))
        for i in range(X.shape[0]):
            x = X[i, d]
            if x != x:
                at = missing
            elif categories[d]:
                at = np.int64(x)
            else:
                at, step = 0, 128
                while step:
                    at += step * (cuts[at + step - 1] < x)
                    step >>= 1
            words[i] |= np.uint32(at) << shift
