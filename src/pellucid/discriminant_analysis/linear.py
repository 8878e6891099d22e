"""Linear discriminant analysis: one normal distribution a class, one covariance for all."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from scipy import linalg
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid.base import validate_parameters
from pellucid.discriminant_analysis._base import DiscriminantAnalysis
from pellucid.discriminant_analysis._covariance import (
    class_means,
    covariances,
    principal_axes,
    scatters,
    triangle,
)

__all__ = ["LinearDiscriminantAnalysis"]


class LinearDiscriminantAnalysis(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, DiscriminantAnalysis
):
    """Normal classes with one covariance: linear boundaries, and the axes that part the means.

        p(x | k) = N(x; μ_k, Σ)    →    log p(k | x) = xᵀΣ⁻¹μ_k - ½ μ_kᵀΣ⁻¹μ_k + log π_k + const
        axes w:  max wᵀ S_B w / wᵀ Σ w    (Fisher)

    where Σ is the covariance within classes and S_B that of the class means.  Sphering Σ makes the
    axes the principal ones of the class means; at most K - 1 of them are not zero.

    Parameters
    ----------
    solver : {'svd', 'lsqr', 'eigen'}
        'svd' spheres and has no need of Σ⁻¹; 'lsqr' solves Σ w = μ_k and has no ``transform``;
        'eigen' solves Fisher's problem.  They agree where Σ has full rank; the last two shrink.
    shrinkage : None, 'auto' or float in [0, 1]
        Pull Σ of each class towards a multiple of I; 'auto' by Ledoit & Wolf.
    priors : array (K,) or None
        π; None takes the shares of the classes.
    n_components : int or None
        The number of axes for ``transform``.
    store_covariance : bool
        Keep ``covariance_`` with solver 'svd' too.
    tol : float
        For 'svd': singular values up to this, of columns scaled to variance one, count as zero.
    covariance_estimator : object with ``fit`` and ``covariance_``, or None
        For 'lsqr' and 'eigen', in the place of shrinkage.

    Attributes
    ----------
    classes_, priors_ : arrays (K,)
    means_ : array (K, D)
    xbar_ : array (D,)
        Σ_k π_k μ_k, with solver 'svd'.
    covariance_ : array (D, D)
        Σ_k π_k Σ_k.
    coef_ : array (K, D), or (1, D) with two classes
    intercept_ : array (K,) or (1,)
    scalings_ : array (D, R)
        The axes, with 'svd' and 'eigen'.
    explained_variance_ratio_ : array
        Share of each axis in the variance of the sphered means, with 'svd' and 'eigen'.

    References
    ----------
    Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936).
    Hastie, Tibshirani & Friedman, The Elements of Statistical Learning (2009), section 4.3.
    Ledoit & Wolf, A well-conditioned estimator for large-dimensional covariance matrices (2004).
    """

    _parameter_constraints: ClassVar[dict] = {
        "solver": [StrOptions({"svd", "lsqr", "eigen"})],
        "shrinkage": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="both"), None],
        "priors": ["array-like", None],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "store_covariance": ["boolean"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "covariance_estimator": [HasMethods("fit"), None],
    }
    _no_estimator_with_svd = (
        "covariance estimator is not supported with svd solver. Try another solver"
    )

    def __init__(
        self,
        solver="svd",
        shrinkage=None,
        priors=None,
        n_components=None,
        store_covariance=False,
        tol=1e-4,
        covariance_estimator=None,
    ):
        self.solver = solver
        self.shrinkage = shrinkage
        self.priors = priors
        self.n_components = n_components
        self.store_covariance = store_covariance
        self.tol = tol
        self.covariance_estimator = covariance_estimator

    @validate_parameters
    def fit(self, X, y=None):
        """Fit to the rows of X (N, D) and their classes y (N,), or to all that ``rows_of`` takes.

        A first pass finds the classes, a second their means, a third what is about the means.
        """
        rows, counts, means = self._learn_classes(X, y)
        self._check_covariance_choice()
        K, D = means.shape
        if counts.sum() == K:
            raise ValueError("The number of samples must be more than the number of classes.")
        most = min(K - 1, D)
        if self.n_components is not None and self.n_components > most:
            raise ValueError("n_components cannot be larger than min(n_features, n_classes - 1).")
        self._n_features_out = self.n_components or most
        solve = {"svd": self._sphere, "lsqr": self._least_squares, "eigen": self._fisher}
        with np.errstate(divide="ignore"):  # a class of prior zero
            coef, intercept = solve[self.solver](rows, counts, means)  # (K, D), (K,)
        self.means_ = means
        if K == 2:
            coef, intercept = coef[1:] - coef[:1], intercept[1:] - intercept[:1]
        self.coef_, self.intercept_ = coef, intercept
        for name in IN_THE_TYPE_OF_X & vars(self).keys():
            setattr(self, name, getattr(self, name).astype(rows.dtype))
        return self

    def transform(self, X):
        """The rows on the axes, the one that parts the means most first, (N, R)."""
        if self.solver == "lsqr":
            raise NotImplementedError(
                "transform not implemented for 'lsqr' solver (use 'svd' or 'eigen')."
            )
        check_is_fitted(self, "means_")
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        if self.solver == "svd":
            X = X - self.xbar_
        return X @ self.scalings_[:, : self._n_features_out]

    def _scores(self, X):
        scores = X @ self.coef_.T + self.intercept_
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def _sphere(self, rows, counts, means):
        """Make the covariance within classes I; then the principal axes of the class means."""
        N, (K, D) = counts.sum(), means.shape
        within, covariance = np.zeros((2, D, D))
        for prior, count, S in zip(self.priors_, counts, scatters(rows, means), strict=True):
            within += S
            covariance += prior * S / count
        if self.store_covariance:
            self.covariance_ = covariance
        scale = np.sqrt(np.diag(within) / N)
        scale[scale == 0] = 1
        unit = scale * np.sqrt(N)
        s, V = principal_axes(
            within / np.outer(unit, unit),
            lambda: triangle(rows, means, unit, range(K)),
            N,
            self.tol,
        )
        if len(s) == 0:
            raise linalg.LinAlgError("No feature varies within the classes; nothing to sphere.")
        sphere = V / scale[:, None] / s  # (D, R)
        self.xbar_ = self.priors_ @ means
        between = (means - self.xbar_) @ sphere  # (K, R)
        _, s, Vt = linalg.svd(
            np.sqrt(N * self.priors_ / (K - 1))[:, None] * between, full_matrices=False
        )
        self._explain(s**2)
        axes = Vt[s > self.tol * s[0]].T
        self.scalings_ = sphere @ axes  # (D, at most K - 1)
        on_axes = between @ axes
        coef = on_axes @ self.scalings_.T
        intercept = np.log(self.priors_) - np.sum(on_axes**2, axis=1) / 2
        return coef, intercept - coef @ self.xbar_

    def _least_squares(self, rows, counts, means):
        """Σ w_k = μ_k, the shortest w_k where there are many."""
        self.covariance_ = self._pool(rows, counts, means)
        coef = linalg.lstsq(self.covariance_, means.T)[0].T
        return coef, np.log(self.priors_) - np.sum(means * coef, axis=1) / 2

    def _fisher(self, rows, counts, means):
        """S_B w = λ Σ w, largest λ first, wᵀ Σ w = 1: then Σ⁻¹ = Σ_r w_r w_rᵀ."""
        self.covariance_ = self._pool(rows, counts, means)
        together = rows.then(_all_one)
        (total,) = self._covariances(together, *class_means(together, 1))
        try:
            eigenvalues, W = linalg.eigh(total - self.covariance_, self.covariance_)
        except linalg.LinAlgError as error:
            raise linalg.LinAlgError(
                "The covariance within classes is not positive definite: shrink it, or take "
                "solver='svd'."
            ) from error
        self._explain(eigenvalues[::-1])
        self.scalings_ = W[:, ::-1]
        coef = means @ W @ W.T
        return coef, np.log(self.priors_) - np.sum(means * coef, axis=1) / 2

    def _pool(self, rows, counts, means):
        """Σ = Σ_k π_k Σ_k."""
        each = self._covariances(rows, counts, means)
        return sum(prior * S for prior, S in zip(self.priors_, each, strict=True))

    def _covariances(self, rows, counts, means):
        return covariances(rows, counts, means, self.shrinkage, self.covariance_estimator)

    def _explain(self, variances):
        share = variances / variances.sum() if variances.any() else variances
        self.explained_variance_ratio_ = share[: self._n_features_out]


def _all_one(X, labels):
    """One class of all rows."""
    return X, np.zeros_like(labels)


IN_THE_TYPE_OF_X = {
    "coef_",
    "explained_variance_ratio_",
    "intercept_",
    "means_",
    "priors_",
    "scalings_",
    "xbar_",
}
