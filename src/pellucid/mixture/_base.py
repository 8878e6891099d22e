"""Expectation and maximisation: the loop that all mixtures share."""

import warnings
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.base import DensityMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid._math import log_sum_exp
from pellucid.base import Estimator, validate_parameters
from pellucid.callbacks import steps
from pellucid.mixture._expectation import expect, responsibilities, weigh
from pellucid.mixture._start import STARTS, begun
from pellucid.reduction import Rows
from pellucid.reduction.validation import validate_rows

__all__ = ["BaseMixture"]

BLOCK_BYTES = 1 << 23  # a block is some thirty short calls, which want the interpreter's lock


class BaseMixture(DensityMixin, Estimator):
    """EM over blocks of rows, and what follows from log π_k + log p(x_n | θ_k).

    A subclass says with which weights and emission it starts (``_first``), how it learns from sums
    (``_maximise``), and how it shows and takes back both (``_publish`` and ``_learned``).
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0.0, None, closed="left")],
        "max_iter": [Interval(Integral, 0, None, closed="left")],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "init_params": [StrOptions({"kmeans", *STARTS})],
        "random_state": ["random_state"],
        "warm_start": ["boolean"],
        "verbose": ["verbose"],
        "verbose_interval": [Interval(Integral, 1, None, closed="left")],
    }
    _takes_missing = False

    @validate_parameters
    def fit(self, X, y=None, sample_weight=None):
        """Fit to the rows of X (N, D), or of all ``rows_of`` takes; y is not looked at.

        EM, and k-means if it starts that, run over all of them, wherever they are; another start
        is made from some of those that do not lie in memory.
        """
        rows = validate_rows(
            self, X, sample_weight=sample_weight, **self._accepts(), ensure_min_samples=2
        )
        if not rows.longer_than(self.n_components - 1):
            raise ValueError(
                f"Expected n_samples >= n_components but got n_components = {self.n_components}, "
                f"n_samples = {rows.n_rows}"
            )
        rows = self._in_blocks(rows)
        random_state = check_random_state(self.random_state)
        again = self.warm_start and hasattr(self, "converged_")
        runs = []
        for _ in range(1 if again else self.n_init):
            start = self._learned() if again else self._start(rows, random_state)
            runs.append(self._run(rows, *start, self.lower_bound_ if again else -np.inf))
        weights, emission, bounds, converged = max(runs, key=lambda run: run[2][-1:])
        self.converged_, self.n_iter_ = converged, len(bounds)
        self.lower_bounds_ = bounds
        self.lower_bound_ = bounds[-1] if bounds else -np.inf
        self._publish(weights, emission, rows.dtype)
        if not converged and self.max_iter > 0:
            warnings.warn(
                "Best performing initialization did not converge. Try different init parameters, "
                "or increase max_iter, tol, or check for degenerate data.",
                ConvergenceWarning,
            )
        return self

    def _run(self, rows, weights, emission, bound):
        """EM from one start: (weights, emission, the bound at each step, whether it converged)."""
        bounds = []
        for _ in steps(self, self.max_iter, "iteration"):
            before = bound
            counts, total, value = rows.reduce(self._expect, emission, weights.log)
            weights, emission = weights.learn(counts), emission.m_step(total)
            bound = float(self._bound(value, counts.sum(), weights, emission))
            bounds.append(bound)
            if abs(bound - before) < self.tol:
                return weights, emission, bounds, True
        return weights, emission, bounds, False

    _expect = staticmethod(expect)

    def _bound(self, log_prob, n_rows, weights, emission):
        """The mean of log p(x_n), of which each step is a lower bound."""
        return log_prob / n_rows

    def _start(self, rows, random_state):
        """The M-step at the responsibilities of ``init_params``."""
        weights, emission = self._first(rows)
        K, filled = self.n_components, emission.starts_filled
        first = begun(self.init_params, rows, K, random_state, filled)
        counts, total = first.in_blocks(*self._block_size()).reduce(weigh, emission, K)
        return weights.learn(counts), emission.m_step(total)

    def fit_predict(self, X, y=None, sample_weight=None):
        """``fit(X).predict(X)``."""
        return self.fit(X, y, sample_weight).predict(X)

    def predict(self, X):
        """The component most responsible for each row (N,)."""
        return self._map(X, lambda block, *learned: _log_joint(block, *learned).argmax(axis=1))

    def predict_proba(self, X):
        """The responsibilities p(k | x_n)                                               (N, K)"""
        found = self._map(
            X,
            lambda block, weights, emission: responsibilities(
                emission.log_density(block), weights.log
            )[0],
        )
        return found.astype(self.weights_.dtype, copy=False)

    def score_samples(self, X):
        """log p(x_n)                                                                      (N,)"""
        found = self._map(X, lambda block, *learned: log_sum_exp(_log_joint(block, *learned)))
        return found.astype(self.weights_.dtype, copy=False)

    def score(self, X, y=None):
        """The mean of log p(x_n)."""
        return self.score_samples(X).mean()

    def sample(self, n_samples=1):
        """Draw ``n_samples`` rows, sorted by component: X (N, D) and the components (N,)."""
        check_is_fitted(self)
        if n_samples < 1:
            raise ValueError(
                f"Invalid value for 'n_samples': {n_samples} . The sampling requires at least one "
                "sample."
            )
        random_state = check_random_state(self.random_state)
        weights, emission = self._learned()
        counts = random_state.multinomial(n_samples, weights.mean)
        k = np.repeat(np.arange(len(counts)), counts)
        return emission.sample(k, random_state), k

    def aic(self, X):
        """Akaike's criterion, -2 log p(X) + 2 · parameters: the lower, the better."""
        return -2 * self.score(X) * len(X) + 2 * self._n_parameters()

    def bic(self, X):
        """Schwarz's criterion, -2 log p(X) + log N · parameters: the lower, the better."""
        return -2 * self.score(X) * len(X) + self._n_parameters() * np.log(len(X))

    def _n_parameters(self):
        weights, emission = self._learned()
        return int(emission.n_parameters + len(weights.mean) - 1)

    def _map(self, X, function):
        check_is_fitted(self)
        rows = self._in_blocks(Rows(self._validate(X)))
        return np.concatenate(rows.map(function, *self._learned()))

    def _validate(self, X):
        return validate_data(self, X, reset=False, **self._accepts())

    def _accepts(self):
        gaps = "allow-nan" if self._takes_missing else True
        return {"dtype": [np.float64, np.float32], "ensure_all_finite": gaps}

    def _in_blocks(self, rows):
        return rows.in_blocks(*self._block_size())

    def _block_size(self):
        """Bytes a row, and a block: it outweighs the densities that are learned from it."""
        K, D = self.n_components, self.n_features_in_
        products = self._n_products(K, D)
        return 8 * (D + 4 * K + products), max(BLOCK_BYTES, 64 * K * products)

    def _n_products(self, K, D):
        """How many numbers are made of a row, besides its densities."""
        return 0

    def _check_shapes(self, weights, table):
        """Of a file: the names of an array (K,) and of one (K, D)."""
        K, D = self.n_components, self.n_features_in_
        shapes = np.shape(getattr(self, weights)), np.shape(getattr(self, table))
        if shapes != ((K,), (K, D)):
            raise ValueError(f"{weights} and {table} of {K} components have shapes {shapes}")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self._takes_missing
        return tags


def _log_joint(X, weights, emission):
    """log π_k + log p(x_n | θ_k)                                                        (N, K)"""
    return emission.log_density(X) + weights.log
