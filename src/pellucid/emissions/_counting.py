"""Log densities that are linear in the row, where 0 · log 0 is 0."""

import numpy as np

__all__ = ["seen_and_filled", "times_log"]


def times_log(X, p):
    """Σ_d x_nd log p_kd of X (N, D) ≥ 0 and p (K, D): -∞ where x > 0 meets p = 0.        (N, K)"""
    nothing = p == 0
    out = X @ np.log(np.where(nothing, 1, p)).T
    if nothing.any():
        out[X @ nothing.T > 0] = -np.inf
    return out


def seen_and_filled(X):
    """Where X is not NaN, as numbers, and X with 0 where it is."""
    X = np.asarray(X, dtype=np.float64)
    seen = ~np.isnan(X)
    return (np.ones_like(X), X) if seen.all() else (seen.astype(np.float64), np.where(seen, X, 0))
