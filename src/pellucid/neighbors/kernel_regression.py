"""Kernel regression: the average of the targets near by, the nearer the more."""

from numbers import Real
from typing import ClassVar

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pellucid.base import Estimator, finite_targets, validate_parameters
from pellucid.callbacks import steps
from pellucid.neighbors._smoothing import COMPACT, ENDLESS, NONE, STEEP, kernel_sums, rule_of_thumb

__all__ = ["KernelRegression"]

GRID = 20  # bandwidths tried before the best is refined


class KernelRegression(MultiOutputMixin, RegressorMixin, Estimator):
    """The average of the targets near by, the nearer the more: Nadaraya and Watson's regression.

        ŷ(x) = Σ_n s_n k(‖x - x_n‖ / h) y_n / Σ_n s_n k(‖x - x_n‖ / h)

    for a kernel k, a bandwidth h and sample weights s.  Where no example lies within the reach of
    a kernel, ŷ is the target of the nearest example (the average of those that are equally near):
    the limit of the gaussian's ŷ far away, and of the kernels that fall to zero at their edge.

    The leave-one-out bandwidth is the one by which each example is best told from the others:

        min_h Σ_n s_n ‖y_n - ŷ_{-n}(x_n)‖²,    y_n - ŷ_{-n}(x_n) = (y_n - ŷ(x_n)) / (1 - H_nn)

    with H_nm = s_m k_nm / Σ_j s_j k_nj the matrix that takes y to ŷ.  ŷ_{-n} is read off the same
    kernel matrix without its diagonal: the right-hand side is 0/0 where only x_n itself is near.

    Parameters
    ----------
    kernel : {'gaussian', 'tophat', 'epanechnikov', 'exponential', 'linear', 'cosine'} or callable
        exp(-u²/2); 1, 1 - u², exp(-u), 1 - u and cos(πu/2), all but the fourth for u < 1 alone; or
        a function of an array of distances u ≥ 0, in bandwidths, that returns weights k ≥ 0.
    bandwidth : float or {'scott', 'silverman', 'leave-one-out'}, default=1.0
        h, in the units of X; σ N^{-1/(D+4)}; σ (N (D+2)/4)^{-1/(D+4)}, σ² being the mean variance
        of the features; or by the least leave-one-out error, sought on a grid of log h from a tenth
        of a typical distance between neighbours to the size of the table, then refined.  That takes
        some thirty passes over all pairs of examples.

    Attributes
    ----------
    bandwidth_ : float
    leave_one_out_error_ : float
        The mean of ‖y_n - ŷ_{-n}(x_n)‖², weighted by s; only for ``bandwidth='leave-one-out'``.
    X_fit_ : ndarray of shape (N, D)
        The examples whose weight is not zero.
    y_fit_ : ndarray of shape (N,) or (N, K)
    weight_fit_ : ndarray of shape (N,)
        s, the largest being one.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Nadaraya, E. A. (1964). On Estimating Regression. Theory of Probability & Its Applications 9.
    Watson, G. S. (1964). Smooth Regression Analysis. Sankhyā A 26, 359-372.
    Härdle, W. (1990). Applied Nonparametric Regression, chapter 5. Cambridge University Press.
    """

    _parameter_constraints: ClassVar[dict] = {
        "kernel": [StrOptions({*COMPACT, *ENDLESS} - {"nearest"}), callable],
        "bandwidth": [
            Interval(Real, 0, None, closed="neither"),
            StrOptions({"scott", "silverman", "leave-one-out"}),
        ],
    }

    def __init__(self, kernel="gaussian", *, bandwidth=1.0):
        self.kernel = kernel
        self.bandwidth = bandwidth

    @validate_parameters
    def fit(self, X, y, sample_weight=None):
        """Keep the rows of X (N, D) and y (N,) or (N, K), and choose the bandwidth."""
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, multi_output=True)
        y = y if y.dtype == np.float32 else finite_targets(y)
        s = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        s = s / s.max() if s.any() else s
        self.X_fit_, self.weight_fit_ = X[s > 0], s[s > 0]
        self.y_fit_ = y[s > 0]
        if len(self.X_fit_) == 0:
            raise ValueError("Sample weights must contain at least one non-zero number.")
        self.bandwidth_ = self._choose_bandwidth()
        return self

    def predict(self, X):
        """ŷ of the rows of X: (M,), or (M, K) for y of shape (N, K)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        predicted = self._averages(X, self.bandwidth_)
        return predicted.reshape(len(X), *self.y_fit_.shape[1:]).astype(self.y_fit_.dtype)

    def _averages(self, X, h, own=None):
        """Σ_n s_n k_mn y_n / Σ_n s_n k_mn, (M, K): both sums in one pass over the examples."""
        with np.errstate(over="ignore"):
            Z, E, s = X / h, self.X_fit_ / h, self.weight_fit_[:, None]
        values = np.hstack([s * self._targets(), s])  # (N, K + 1)
        kernel = self._weights_of_callable if callable(self.kernel) else self.kernel
        top, sums = kernel_sums(Z, E, values, kernel, own)
        alone = np.flatnonzero(sums[:, -1] == 0)
        if len(alone):
            own = own if own is None else own[alone]
            top[alone], sums[alone] = kernel_sums(Z[alone], E, values, "nearest", own)
        if top.min() == NONE:
            raise ValueError(
                f"some distances, in bandwidths of {h:.3g}, pass the largest float; rescale X"
            )
        return sums[:, :-1] / sums[:, -1:]

    def _check_state(self):
        if hasattr(self, "X_fit_") and not (
            len(self.X_fit_) == len(self.y_fit_) == len(self.weight_fit_)
        ):
            raise ValueError(
                f"{len(self.X_fit_)} examples have {len(self.y_fit_)} targets "
                f"and {len(self.weight_fit_)} weights"
            )

    def _targets(self):
        return self.y_fit_.reshape(len(self.y_fit_), -1)  # (N, K)

    def _weights_of_callable(self, u2):
        k = np.asarray(self.kernel(np.sqrt(u2)), dtype=np.float64)
        if k.shape != u2.shape or not ((k >= 0) & (k < np.inf)).all():
            raise ValueError("kernel must return a finite weight k ≥ 0 for each distance")
        return k

    def _choose_bandwidth(self):
        N, D = self.X_fit_.shape
        if self.bandwidth == "leave-one-out":
            return self._least_leave_one_out_error()
        if not isinstance(self.bandwidth, str):
            return float(self.bandwidth)
        spread = np.sqrt(np.mean(np.var(self.X_fit_, axis=0)))
        return float(rule_of_thumb(self.bandwidth, N, D) * (spread if spread > 0 else 1))

    def _least_leave_one_out_error(self):
        """Search a grid of log h, then between the neighbours of its best point (Brent 1973).

        h is in units of the table's largest side, so that the search is the same in all units.
        """
        if len(self.X_fit_) < 2:
            raise ValueError("bandwidth='leave-one-out' wants two examples or more, got 1 sample")
        side = np.ptp(self.X_fit_, axis=0).max() or 1.0

        def error(log_h):
            return self._leave_one_out_error(side * np.exp(log_h))

        grid = np.linspace(*self._log_range(side), GRID)
        errors = [error(grid[i]) for i in steps(self, GRID, "bandwidth")]
        best = int(np.argmin(errors))
        near = grid[max(best - 1, 0)], grid[min(best + 1, GRID - 1)]
        refined = minimize_scalar(error, bounds=near, method="bounded", options={"xatol": 1e-3})
        found = [(errors[best], grid[best]), (refined.fun, refined.x)]
        self.leave_one_out_error_, log_h = map(float, min(found))
        return float(side * np.exp(log_h))

    def _leave_one_out_error(self, h):
        left_out = self._averages(self.X_fit_, h, np.arange(len(self.X_fit_)))  # (N, K)
        squares = np.sum((self._targets() - left_out) ** 2, axis=1)
        return float(np.average(squares, weights=self.weight_fit_))

    def _log_range(self, side):
        """From a tenth of the median distance between neighbours to their box's diagonal."""
        places = np.unique(self.X_fit_ / side, axis=0)
        N, D = places.shape
        if N == 1:
            return 0.0, 0.0  # any bandwidth gives the same
        top, _ = kernel_sums(places, places, np.empty((N, 0)), "nearest", np.arange(N))
        return np.log(0.1) - np.median(top) / (2 * STEEP), np.log(D) / 2
