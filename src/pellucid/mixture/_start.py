"""Where EM starts from: who is responsible for which rows, before there are densities."""

from dataclasses import dataclass

import numpy as np

from pellucid.cluster import KMeans, kmeans_plusplus
from pellucid.cluster._base import nearest
from pellucid.reduction import Rows

__all__ = ["STARTS", "begun"]


def begun(how, rows, K, random_state, starts_filled):
    """Rows (X, weight, start): labels (N,), or responsibilities (N, K); gaps filled if asked for.

    k-means runs over all rows, wherever they are.  The other starts choose among the rows in
    memory, or among every so many-th of those that lie elsewhere.
    """
    if how == "kmeans":
        fill = _means(rows)
        model = KMeans(n_clusters=K, n_init=1, random_state=random_state)
        centres = model._fit_rows(rows.then(fill)).cluster_centers_
        return rows.then(_Labelled(fill, centres, starts_filled))
    some = rows.sampled().gather()
    (X, weight), filled = some.arrays, some.then(_means(some)).arrays[0]
    return Rows(
        filled if starts_filled else X, weight, STARTS[how](filled, K, random_state, weight)
    )


@dataclass(frozen=True)
class _Filled:
    """A block with the mean of its column in the place of each NaN."""

    mean: np.ndarray | None  # (D,); None if there is no NaN

    def __call__(self, X, weight):
        if self.mean is None:
            return X, weight
        return np.where(np.isnan(X), self.mean.astype(X.dtype), X), weight


@dataclass(frozen=True)
class _Labelled:
    """A block, and of its rows the nearest centres of k-means."""

    fill: _Filled
    centres: np.ndarray
    starts_filled: bool

    def __call__(self, X, weight):
        filled, _ = self.fill(X, weight)
        return filled if self.starts_filled else X, weight, nearest(filled, self.centres)


def _means(rows):
    """What fills gaps by the means of the columns."""
    total, count, n_rows = rows.reduce(_seen)
    if (count == n_rows).all():
        return _Filled(None)
    if len(empty := np.flatnonzero(count == 0)):
        raise ValueError(f"columns {empty.tolist()} of X hold no value at all; leave them out")
    return _Filled(total / count)


def _seen(X, weight):
    seen = ~np.isnan(X)
    return np.where(seen, X, 0).sum(axis=0, dtype=np.float64), seen.sum(axis=0), len(X)


def _at_random(X, K, random_state, sample_weight):
    """Uniform numbers, one in sum for each row (N, K)."""
    resp = random_state.uniform(size=(len(X), K))
    return resp / resp.sum(axis=1, keepdims=True)


def _from_data(X, K, random_state, sample_weight):
    """A row for each component, drawn at random; no component for the others."""
    p = None if sample_weight is None else sample_weight / sample_weight.sum()
    return _one_row_each(len(X), random_state.choice(len(X), size=K, replace=False, p=p))


def _by_seeding(X, K, random_state, sample_weight):
    """A row for each component, drawn far apart by k-means++."""
    _, rows = kmeans_plusplus(X, K, sample_weight=sample_weight, random_state=random_state)
    return _one_row_each(len(X), rows)


def _one_row_each(n_rows, rows):
    labels = np.full(n_rows, -1)
    labels[rows] = np.arange(len(rows))
    return labels


STARTS = {
    "k-means++": _by_seeding,
    "random": _at_random,
    "random_from_data": _from_data,
}
