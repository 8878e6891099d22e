"""Where the parameters of emissions start from."""

import numpy as np

from pellucid.cluster import KMeans

__all__ = ["filled", "nearest_of_k_means", "overall_covariance"]


def nearest_of_k_means(X, K, rng):
    """The centres that k-means finds (K, D), and the one that each row is nearest to (T,)."""
    found = KMeans(K, n_init=1, random_state=rng).fit(filled(X))
    return found.cluster_centers_, found.labels_


def filled(X):
    """X with the mean of its column for each NaN; 0 where there is nothing else."""
    missing = np.isnan(X)
    if not missing.any():
        return X
    seen = np.maximum((~missing).sum(axis=0), 1)
    return np.where(missing, np.where(missing, 0, X).sum(axis=0) / seen, X)


def overall_covariance(X):
    """The covariance of all rows (D, D); of one row alone, 0."""
    X = filled(X)
    Z = X - X.mean(axis=0)
    return Z.T @ Z / max(1, len(X) - 1)
