"""The products of a row's entries, compiled: for dense rows and for sparse ones."""

import numpy as np

from pellucid._compile import kernel

__all__ = ["expand_rows", "expand_sparse_rows"]


@kernel
def expand_rows(X, runs, kept, out):
    monomials = np.empty(kept[-1] + 1 if len(kept) else 1, X.dtype)
    monomials[0] = 1
    for n in range(X.shape[0]):
        for r in range(len(runs)):
            start, source, length, d = runs[r]
            for j in range(min(length, len(monomials) - start)):
                monomials[start + j] = X[n, d] * monomials[source + j]
        for k in range(len(kept)):
            out[n, k] = monomials[kept[k]]


@kernel
def _choose(n, k):
    """n over k, of which no intermediate is larger than the result."""
    out = np.int64(1)
    for j in range(1, k + 1):
        g, h = out, np.int64(j)
        while h:
            g, h = h, g % h
        out = (out // g) * ((n - k + j) // (j // g))
    return out if n >= k else np.int64(0)


@kernel
def expand_sparse_rows(
    indptr, indices, values, D, degrees, offsets, distinct, bias, starts, columns, data
):
    """Count through the non-decreasing (or, ``distinct``, increasing) k-tuples of entries.

    The tuples after i_1 ... i_k in lexicographic order are those that first exceed it in place j,
    for each j; so its column is the last one less Σ_j n_j over k - j + 1, where n_j is the number
    of features after i_j, and k - j more if features may be repeated.
    """
    most = degrees[-1] if len(degrees) else 0
    place = np.zeros(most, np.int64)
    product = np.ones(most + 1, data.dtype)
    behind = np.zeros(most + 1, np.int64)
    for n in range(len(indptr) - 1):
        first, size = indptr[n], indptr[n + 1] - indptr[n]
        at = starts[n]
        if bias:
            columns[at], data[at] = 0, 1
            at += 1
        for t in range(len(degrees)):
            k = degrees[t]
            step = 1 if distinct else 0
            last = offsets[t] + _choose(D if distinct else D + k - 1, k) - 1
            if size < (k if distinct else 1):
                continue
            changed = 0
            for j in range(k):
                place[j] = j * step
            while True:
                for j in range(changed, k):
                    i = indices[first + place[j]]
                    after = D - 1 - i + (0 if distinct else k - 1 - j)
                    product[j + 1] = product[j] * values[first + place[j]]
                    behind[j + 1] = behind[j] + _choose(after, k - j)
                columns[at], data[at] = last - behind[k], product[k]
                at += 1
                changed = k - 1
                while changed >= 0 and place[changed] == size - 1 - (k - 1 - changed) * step:
                    changed -= 1
                if changed < 0:
                    break
                place[changed] += 1
                for j in range(changed + 1, k):
                    place[j] = place[j - 1] + step
