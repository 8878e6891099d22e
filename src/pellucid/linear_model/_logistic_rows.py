"""The log loss of rows of scores, with slope and curvature, all from one exponential."""

import numpy as np

__all__ = ["BinaryRows", "MultinomialRows"]


class BinaryRows:
    """ℓ = log(1 + eˢ) - y s, ∂ℓ/∂s = p - y and ∂²ℓ/∂s² = p (1 - p) of one score, the log-odds."""

    outputs = 1
    basis = np.ones((1, 1))

    def __init__(self, y, weight):
        self.y, self.weight = y.astype(float), weight

    def terms(self, block, S):
        s, y, w = S[:, 0], self.y[block], self.weight[block]
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

    def __init__(self, y, weight, K, contrasts):
        self.y, self.weight = y, weight
        self.basis = np.linalg.svd(np.ones((1, K)))[2][1:].T if contrasts else np.eye(K)
        self.outputs = self.basis.shape[1]

    def terms(self, block, S):
        y, w = self.y[block], self.weight[block]
        rows = np.arange(len(y))
        eta = S @ self.basis.T  # (n, K)
        eta -= eta.max(axis=1, keepdims=True)
        p = np.exp(eta)
        total = p.sum(axis=1)
        value = w @ (np.log(total) - eta[rows, y])
        p /= total[:, None]
        slope = p.copy()
        slope[rows, y] -= 1
        return float(value), (w[:, None] * slope) @ self.basis, (p, w[:, None])

    def bend(self, state, T):
        p, w = state
        V = p * (T @ self.basis.T)
        V -= p * V.sum(axis=1, keepdims=True)
        return (w * V) @ self.basis
