"""What coordinate descent asks of X and y, for each form of X.

A design has ``yy`` = ‖y‖²; ``include`` takes columns into its working set; ``state`` tells where w
stands; ``descend`` improves the working set's part of w, in place.  All of it is about X and y with
their weighted means taken off and their rows multiplied by the roots of their weights.
"""

import warnings

import numpy as np
from scipy.sparse import csc_array, issparse

from pellucid.linear_model._centering import moments, weighted_mean
from pellucid.linear_model._coordinate_descent import descend_columns, descend_gram
from pellucid.linear_model._sgd import unsigned
from pellucid.reduction import Rows

__all__ = ["DenseDesign", "GramDesign", "SparseDesign", "centred_designs"]

FORWARD = 0.3  # part of the gap that may be left before the working set grows
GRAM_COLUMNS = 500  # as many as make the Gram matrix of all columns the shortest way
GRAM_ZEROS = 10**9  # as many products as may be wasted on zeros for it
SWEEPS_WORTH = 20  # columns whose Gram matrix costs as much as one sweep over them
NONE = np.empty(0)


def centred_designs(X, Y, sample_weight=None, centre=True, precompute=False):
    """A design for each column of Y (N, K), and the means of X (D,) and Y (K,).

    Weights are scaled to a mean of one.
    """
    N, D = X.shape
    weight = None if sample_weight is None else sample_weight * (N / np.sum(sample_weight))
    x_mean = weighted_mean(X, weight) if centre else np.zeros(D)
    y_mean = weighted_mean(Y, weight) if centre else np.zeros(Y.shape[1])
    if not isinstance(precompute, bool):
        gram = _checked_gram(precompute, X, x_mean, weight)
        precompute = gram is None
    else:
        gram = None
    few = D <= GRAM_COLUMNS and (N * D * D <= GRAM_ZEROS or not issparse(X))
    if gram is not None or precompute or few:
        S = moments(Rows(X, Y, weight), centre).scatter  # (D + K, D + K)
        gram = np.ascontiguousarray(S[:D, :D]) if gram is None else gram
        targets = range(D, len(S))
        return [GramDesign(gram, S[:D, k].copy(), S[k, k]) for k in targets], x_mean, y_mean
    targets = (Y - y_mean).T.astype(np.float64)  # (K, N)
    if issparse(X):
        X = csc_array(X)
        return [SparseDesign(X, y, x_mean, weight) for y in targets], x_mean, y_mean
    root = None if weight is None else np.sqrt(weight)
    targets = targets if root is None else targets * root
    return [DenseDesign(X, y, x_mean, root) for y in targets], x_mean, y_mean


def _checked_gram(gram, X, mean, weight):
    """A Gram matrix from outside, if it is this X's; None, if it is that of X not yet centred."""
    gram = np.array(gram, dtype=np.float64, order="C")
    if not np.allclose(mean, 0, atol=1e-6 * np.abs(X).max()):
        warnings.warn(
            "Gram matrix was provided but X was centered to fit intercept: recomputing Gram matrix."
        )
        return None
    squares = X.multiply(X) if issparse(X) else np.square(X)
    diagonal = weighted_mean(squares, weight) * X.shape[0]
    if gram.shape != (len(diagonal), len(diagonal)) or not np.allclose(
        np.diag(gram), diagonal, rtol=1e-4
    ):
        raise ValueError(
            "Gram matrix passed in via 'precompute' parameter did not pass validation: its "
            "diagonal is not that of X.T @ X - please check that it was computed properly."
        )
    return gram


class GramDesign:
    """All columns by G = XᵀX (D, D), q = Xᵀy (D,) and yy = ‖y‖²."""

    def __init__(self, gram, xy, yy):
        self.gram, self.xy, self.yy = gram, xy, yy

    def include(self, columns):
        """All of them are always there."""

    def state(self, w):
        """‖r‖², rᵀy and Xᵀr"""
        c = self.xy - self.gram @ w
        return self.yy - (self.xy + c) @ w, self.yy - self.xy @ w, c

    def descend(self, w, gap, tol, rule):
        """Sweep until no coordinate moves by more than ``tol`` and the gap is small."""
        return descend_gram(self.gram, self.xy, self.yy, w, tol * self.yy, tol, *rule)


class ColumnDesign:
    """A design that looks at X itself to tell where w stands; and only once, if w has not moved."""

    at: np.ndarray = NONE

    def state(self, w):
        """‖r‖², rᵀy and Xᵀr"""
        if not np.array_equal(w, self.at):
            self.at, self.found = w.copy(), self._state(w)
        rr, ry, c = self.found
        return rr, ry, c.copy()


class DenseDesign(ColumnDesign):
    """Columns of a dense X, centred and weighted as they are taken into the working set.

    Of few columns and many rows, the Gram matrix is computed once so many sweeps have been made
    that it would have cost less.
    """

    def __init__(self, X, y, mean, root_weight=None):
        self.X, self.y, self.mean, self.root = X, y, mean, root_weight
        self.yy = y @ y
        self.chosen = np.empty(0, np.intp)  # (K,)
        self.store = np.empty((0, len(y)), X.dtype)  # (K or more, N)
        self.gram = np.empty((0, 0))  # (K, K), or smaller while not wanted
        self.sweeps = 0

    def include(self, columns):
        new, K = np.setdiff1d(columns, self.chosen), len(self.chosen)
        self.chosen = np.concatenate([self.chosen, new])
        if len(self.chosen) > len(self.store):
            known = self.store[:K]
            self.store = np.empty((2 * len(self.chosen), len(self.y)), self.X.dtype)
            self.store[:K] = known
        Z = self.store[K : len(self.chosen)]  # (k, N)
        Z[:] = np.take(self.X, new, axis=1).T
        if self.mean.any():
            Z -= self.X[0, new][:, None]  # first, so that a constant column is zero to the last bit
            Z -= (self.mean[new] - self.X[0, new])[:, None]
        if self.root is not None:
            Z *= self.root

    def _state(self, w):
        known = self.store[: len(self.chosen)]
        r = self.y - w[self.chosen].astype(self.X.dtype) @ known  # (N,)
        v = r if self.root is None else self.root * r
        c = (v.astype(self.X.dtype) @ self.X).astype(np.float64) - self.mean * v.sum()
        return r @ r, r @ self.y, c

    def descend(self, w, gap, tol, rule):
        known, v = self.store[: len(self.chosen)], w[self.chosen]
        if len(v) < min(len(self.y) // 4, SWEEPS_WORTH * self.sweeps):
            xy = (known @ self.y.astype(self.X.dtype)).astype(np.float64)
            sweeps = descend_gram(self._gram(known), xy, self.yy, v, FORWARD * gap, np.inf, *rule)
        else:
            starts, every = np.arange(len(v) + 1) * len(self.y), np.arange(len(v))
            parts = known.ravel(), np.empty(0, np.uint32), starts, every, NONE, np.zeros(len(v))
            sweeps = descend_columns(*parts, self.y, self.yy, v, FORWARD * gap, *rule)
        w[self.chosen] = v
        self.sweeps += sweeps
        return sweeps

    def _gram(self, columns):
        known, K = len(self.gram), len(columns)
        if known < K:
            gram = np.empty((K, K))
            gram[:known, :known] = self.gram
            gram[known:] = columns[known:] @ columns.T
            gram[:known, known:] = gram[known:, :known].T
            self.gram = gram
        return self.gram


class SparseDesign(ColumnDesign):
    """Columns of a sparse X (CSC) as they are stored, with weights and centring on the side."""

    def __init__(self, X, y, mean, weight=None):
        self.X, self.y, self.mean = X, y, mean
        self.weight = NONE if weight is None else weight
        self.yy = y @ self._weighted(y)
        self.chosen = np.empty(0, np.intp)

    def include(self, columns):
        self.chosen = np.union1d(self.chosen, columns)

    def _state(self, w):
        r = self.y - (self.X @ w.astype(self.X.dtype) - self.mean @ w)  # (N,)
        v = self._weighted(r)
        return r @ v, v @ self.y, self.X.T @ v.astype(self.X.dtype) - self.mean * v.sum()

    def descend(self, w, gap, tol, rule):
        v = w[self.chosen]
        rows, starts = unsigned(self.X.indices), self.X.indptr.astype(np.int64)
        parts = self.X.data, rows, starts, self.chosen, self.weight, self.mean[self.chosen]
        sweeps = descend_columns(*parts, self.y, self.yy, v, FORWARD * gap, *rule)
        w[self.chosen] = v
        return sweeps

    def _weighted(self, r):
        return self.weight * r if len(self.weight) else r
