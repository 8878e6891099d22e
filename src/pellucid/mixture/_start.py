"""Where EM starts from: who is responsible for which rows, before there are densities."""

import numpy as np

from pellucid.cluster import KMeans, kmeans_plusplus

__all__ = ["STARTS", "in_memory", "without_gaps"]


def _by_kmeans(X, K, random_state, sample_weight):
    """The clusters of k-means."""
    model = KMeans(n_clusters=K, n_init=1, random_state=random_state)
    return model.fit(X, sample_weight=sample_weight).labels_


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
    "kmeans": _by_kmeans,
    "k-means++": _by_seeding,
    "random": _at_random,
    "random_from_data": _from_data,
}


def in_memory(rows):
    """X and its weights; of rows that lie elsewhere every so many-th."""
    return rows.sampled().gather().arrays


def without_gaps(X):
    """X with the mean of its column in the place of each NaN."""
    gaps = np.isnan(X)
    if not gaps.any():
        return X
    empty = np.flatnonzero(gaps.all(axis=0))
    if len(empty):
        raise ValueError(f"columns {empty.tolist()} of X hold no value at all; leave them out")
    return np.where(gaps, np.nanmean(X, axis=0), X)
