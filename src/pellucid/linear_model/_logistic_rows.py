"""The log loss of rows of scores: value, slope and curvature from one exponential; and labels."""

import numpy as np

__all__ = ["BinaryRows", "MultinomialRows", "labelled", "one_side", "weight_by_class"]


class BinaryRows:
    """ℓ = log(1 + eˢ) - y s, ∂ℓ/∂s = p - y and ∂²ℓ/∂s² = p (1 - p) of one score, the log-odds."""

    outputs = 1
    basis = np.ones((1, 1))

    def terms(self, S, y, w, offset=None):
        s = S[:, 0] if offset is None else S[:, 0] + offset
        e = np.exp(-np.abs(s))
        far, near = 1 / (1 + e), e / (1 + e)  # σ(|s|) and σ(-|s|)
        value = w @ (np.maximum(s, 0) - y * s + np.log1p(e))
        positive = s > 0
        p, q = np.where(positive, far, near), np.where(positive, near, far)
        slope = w * ((1 - y) * p - y * q)  # p - y, without cancellation as p nears y
        return float(value), slope[:, None], (w * far * near)[:, None]

    def bend(self, state, T):
        return state * T


class MultinomialRows:
    """ℓ = log Σ_k exp η_k - η_y, with slope p - e_y and curvature diag(p) - p pᵀ in η = B s.

    Adding a number to all η changes nothing.  The columns of ``basis`` B (K, K - 1) are
    orthonormal and orthogonal to 1, so that s is free of that, and |ΘBᵀ| = |Θ|; an l1 penalty is
    not so kind, and takes B = I.
    """

    def __init__(self, K, contrasts):
        self.basis = np.linalg.svd(np.ones((1, K)))[2][1:].T if contrasts else np.eye(K)
        self.outputs = self.basis.shape[1]

    def terms(self, S, y, w, offset=None):
        rows = np.arange(len(y))
        eta = self.basis @ S.T  # (K, n): classes first, so that sums over them are fast
        eta -= eta.max(axis=0)
        p = np.exp(eta)
        total = p.sum(axis=0)
        value = w @ (np.log(total) - eta[y, rows])
        p /= total
        slope = p.copy()
        slope[y, rows] -= 1
        return float(value), (w * slope).T @ self.basis, (p, w)

    def bend(self, state, T):
        p, w = state
        V = p * (self.basis @ T.T)
        V -= p * V.sum(axis=0)
        return (w * V).T @ self.basis


def weight_by_class(y, weight, classes):
    """Σ s_n of the rows of each class, (K,)."""
    return np.bincount(np.searchsorted(classes, y), weight, len(classes)).astype(np.float64)


def labelled(classes, share, X, y, weight):
    """The rows, the number of each one's class, its share of the weight, and no offset."""
    labels = np.searchsorted(classes, y)
    return X, labels, share[labels] if weight is None else weight * share[labels], None


def one_side(k, X, labels, share, offset):
    """The rows with 1 for a label k and 0 for any other."""
    return X, (labels == k).astype(np.float64), share, offset
