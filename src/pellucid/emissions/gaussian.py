"""Normal densities with a covariance of any of four kinds."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from sklearn.utils import check_random_state

from pellucid._compile import kernel
from pellucid.emissions import gaussian_missing as missing
from pellucid.emissions._columns import columns
from pellucid.emissions.base import Emission
from pellucid.emissions.gaussian_covariances import COVARIANCES, few
from pellucid.emissions.gaussian_moments import FAR, moments

__all__ = ["Gaussian"]

SMALL = 32  # numbers in the means; with more, a product of matrices is worth its tables


@dataclass(frozen=True, eq=False)
class Gaussian(Emission):
    """Normal densities.

        log p(x | k) = - ½ log|2πΣ_k| - ½ (x - μ_k)ᵀ Σ_k⁻¹ (x - μ_k)
        μ_k = Σ_n w_nk x_n / w_k,    Σ_k = Σ_n w_nk (x_n - μ_k)(x_n - μ_k)ᵀ / w_k + εI

    Parameters
    ----------
    covariance_type : {'full', 'tied', 'diag', 'spherical'}
        Σ_k a matrix; one matrix for all k; a variance for each column; one for all columns.
    reg_covar : float
        ε, which keeps Σ_k positive where rows coincide.
    mean : array (K, D)
    covariance : array (K, D, D), (D, D), (K, D) or (K,), by its type
    precision_root : array of the covariance's shape, optional
        P_k with P_k P_kᵀ = Σ_k⁻¹, upper triangular; follows from the covariance.

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 9.2.
    """

    covariance_type: str = "full"
    reg_covar: float = 1e-6
    mean: np.ndarray | None = None
    covariance: np.ndarray | None = None
    precision_root: np.ndarray | None = None
    takes_missing: ClassVar[bool] = True
    starts_filled: ClassVar[bool] = True

    def __post_init__(self):
        if self.covariance is not None and self.precision_root is None:
            object.__setattr__(self, "precision_root", self.form.root(self.covariance))

    def log_density(self, X):
        """log N(x_n; μ_k, Σ_k)                                                         (N, K)"""
        X = np.asarray(X, dtype=np.float64)
        if np.isnan(X).any():
            return missing.log_density(self, X)
        if self.covariance_type in ("diag", "spherical") and self.mean.size <= SMALL:
            return self._in_one_pass(X)
        far = self.far
        if far.all() or (self.covariance_type == "full" and few(*self.mean.shape)):
            return self._one_by_one(X, np.ones_like(far)).T
        centre, natural = self._natural
        Z = columns(X, centre)  # (D, N)
        with np.errstate(over="ignore", invalid="ignore"):
            out = natural @ self.form.features(Z, self.precision_root)  # (K, N)
            far = far if np.isfinite(out.sum()) else np.ones_like(far)
        if far.any():
            out[far] = self._one_by_one(X, far)
        return out.T

    def statistics(self, X, weight):
        """``Moments`` of the rows: Σ_n w_nk, the means and the scatters about them.

        Those of NaN are expected values, given the coordinates that were seen.
        """
        X = np.asarray(X, dtype=np.float64)
        if np.isnan(X).any():
            return missing.statistics(self, X, weight)
        return moments(X, weight, self.covariance_type, self.reg_covar)

    def m_step(self, total):
        """The means and covariances of ``total``; a density without any weight stays as it was."""
        mean, covariance, empty = total.mean, total.covariance(self.reg_covar), total.weight <= 0
        if self.mean is not None and empty.any():
            mean = np.where(empty[:, None], self.mean, mean)
            if self.covariance_type != "tied":
                covariance[empty] = self.covariance[empty]
        return replace(self, mean=mean, covariance=covariance, precision_root=None)

    def sample(self, k, random_state):
        """One row from N(μ_k, Σ_k) for each k[n]                                        (N, D)"""
        k, random_state = np.asarray(k), check_random_state(random_state)
        X = np.empty((len(k), self.mean.shape[1]))
        for j in np.unique(k):
            n_rows = np.count_nonzero(k == j)
            X[k == j] = self.form.draw(self.mean[j], self.covariance, j, n_rows, random_state)
        return X

    def n_products(self, K, D):
        return self.form.n_products(K, D)

    @property
    def n_parameters(self):
        K, D = self.mean.shape
        return K * D + self.form.n_free(K, D)

    @property
    def precision(self):
        """Σ_k⁻¹, shaped as the covariance is."""
        return self.form.precision(self.precision_root)

    @property
    def form(self):
        """What is particular to this type of covariance."""
        return COVARIANCES[self.covariance_type]

    @cached_property
    def _peak(self):
        """log N(μ_k; μ_k, Σ_k)                                                            (K,)"""
        K, D = self.mean.shape
        log_det = self.form.log_det(self.precision_root, D)
        return np.broadcast_to(log_det - D / 2 * np.log(2 * np.pi), K)

    @cached_property
    def _natural(self):
        """The middle of the means, and η about it."""
        centre = self.mean.mean(axis=0)
        steps = (self.mean - centre).T
        return centre, self.form.natural(steps, self.precision_root, self._peak)

    @cached_property
    def far(self):
        """Which means are so far from the middle, for their spread, that η·φ loses digits (K,)"""
        steps = self.mean - self.mean.mean(axis=0)
        white = [
            self.form.whiten(step[:, None], self.precision_root, k) for k, step in enumerate(steps)
        ]
        return ~(np.sum(np.square(white), axis=(1, 2)) < FAR)

    def _one_by_one(self, X, which):
        """The log densities of some, each about its own mean                           (K', N)"""
        out = np.empty((np.count_nonzero(which), len(X)))
        for row, k in zip(out, np.flatnonzero(which), strict=True):
            Y = self.form.whiten(columns(X, self.mean[k]), self.precision_root, k)
            with np.errstate(over="ignore"):  # so far away, the density is zero
                row[:] = self._peak[k] - np.einsum("dn,dn->n", Y, Y) / 2
        return out

    def _in_one_pass(self, X):
        """The log densities of few diagonal Σ                                          (N, K)"""
        K, D = self.mean.shape
        mean, root = np.empty((2, K, D))  # as the kernel was compiled for
        mean[:], root[:] = self.mean, self.precision_root.reshape(K, -1)
        out = np.empty((len(X), K))
        _diagonal(np.ascontiguousarray(X), mean, root, self._peak.copy(), out)
        return out

    def _check_state(self):
        if self.covariance_type not in COVARIANCES:
            raise ValueError(f"there is no covariance type {self.covariance_type!r}")
        if self.mean is None:
            return
        if np.ndim(self.mean) != 2:
            raise ValueError(f"the means have shape {np.shape(self.mean)}, not (K, D)")
        shape = self.form.shape(*np.shape(self.mean))
        for name in ("covariance", "precision_root"):
            if np.shape(getattr(self, name)) != shape:
                raise ValueError(f"{name} has shape {np.shape(getattr(self, name))}, not {shape}")


@kernel(borrows=True)
def _diagonal(X, mean, root, peak, out):
    """log N(x_n; μ_k, Σ_k) of diagonal Σ, as the formula says: no table is made on the way."""
    for n in range(len(X)):
        for k in range(len(mean)):
            squares = 0.0
            for d in range(mean.shape[1]):
                y = (X[n, d] - mean[k, d]) * root[k, d]
                squares += y * y
            out[n, k] = peak[k] - squares / 2
