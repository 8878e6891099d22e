"""Quadratic discriminant analysis: one normal distribution a class, each with its covariance."""

from functools import partial
from numbers import Real
from typing import ClassVar

import numpy as np
from scipy import linalg
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from pellucid.base import validate_parameters
from pellucid.discriminant_analysis._base import DiscriminantAnalysis
from pellucid.discriminant_analysis._covariance import (
    covariances,
    principal_axes,
    scatters,
    triangle,
)
from pellucid.reduction import blocks, map_blocks

__all__ = ["QuadraticDiscriminantAnalysis"]


class QuadraticDiscriminantAnalysis(DiscriminantAnalysis):
    """Normal classes, each with a covariance of its own: quadratic boundaries.

        log p(x, k) = log π_k - ½ log|Σ_k| - ½ (x - μ_k)ᵀ Σ_k⁻¹ (x - μ_k) + const
        Σ_k = R_k diag(s_k) R_kᵀ

    Parameters
    ----------
    solver : {'svd', 'eigen'}
        Axes from the rows of a class or from their covariance; 'eigen' alone shrinks.
    shrinkage : None, 'auto' or float in [0, 1]
        Pull Σ_k towards a multiple of I; 'auto' by Ledoit & Wolf.
    priors : array (K,) or None
        π; None takes the shares of the classes.
    reg_param : float in [0, 1]
        For 'svd': (1 - r) s_k + r in the place of s_k.
    store_covariance : bool
        Keep ``covariance_``.
    tol : float
        A variance s up to this makes Σ_k singular.
    covariance_estimator : object with ``fit`` and ``covariance_``, or None
        For 'eigen', in the place of shrinkage.

    Attributes
    ----------
    classes_, priors_ : arrays (K,)
    means_ : array (K, D)
    rotations_ : list of K arrays (D, D), the R_k
    scalings_ : list of K arrays (D,), the s_k, largest first
    covariance_ : list of K arrays (D, D), if ``store_covariance``

    References
    ----------
    Hastie, Tibshirani & Friedman, The Elements of Statistical Learning (2009), section 4.3.
    Friedman, Regularized discriminant analysis, JASA 84 (1989).
    """

    _parameter_constraints: ClassVar[dict] = {
        "solver": [StrOptions({"svd", "eigen"})],
        "shrinkage": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="both"), None],
        "priors": ["array-like", None],
        "reg_param": [Interval(Real, 0, 1, closed="both")],
        "store_covariance": ["boolean"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "covariance_estimator": [HasMethods("fit"), None],
    }
    _no_estimator_with_svd = (
        "covariance_estimator is not supported with solver='svd'. Try solver='eigen' instead."
    )

    def __init__(
        self,
        *,
        solver="svd",
        shrinkage=None,
        priors=None,
        reg_param=0.0,
        store_covariance=False,
        tol=1e-4,
        covariance_estimator=None,
    ):
        self.solver = solver
        self.shrinkage = shrinkage
        self.priors = priors
        self.reg_param = reg_param
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
        solve = {"svd": self._by_rows, "eigen": self._by_covariance}[self.solver]
        if (counts == 1).any():
            alone = self.classes_[np.argmax(counts == 1)]
            raise ValueError(f"y has only 1 sample in class {alone}, covariance is ill defined.")
        scalings, rotations = [], []
        for k, (s, R) in enumerate(solve(rows, counts, means)):
            if np.sum(s > self.tol) < means.shape[1]:
                raise self._not_full_rank(self.classes_[k], int(counts[k]), means.shape[1])
            scalings.append(s)
            rotations.append(R)
        self.means_ = means.astype(rows.dtype)
        self.scalings_, self.rotations_ = scalings, rotations
        if self.store_covariance:
            self.covariance_ = [R * s @ R.T for s, R in zip(scalings, rotations, strict=True)]
        return self

    def _by_rows(self, rows, counts, means):
        """s and R of each class from the singular values of its centred rows over √N."""
        for k, S in enumerate(scatters(rows, means)):
            s, R = principal_axes(
                S / counts[k],
                partial(triangle, rows, means, np.sqrt(counts[k]), [k]),
                counts[k],
                least=-1,
            )
            yield (1 - self.reg_param) * s**2 + self.reg_param, R

    def _by_covariance(self, rows, counts, means):
        """s and R of each class from the eigenvalues of its covariance."""
        for S in covariances(rows, counts, means, self.shrinkage, self.covariance_estimator):
            s, R = linalg.eigh(S)
            yield s[::-1], R[:, ::-1]

    def _scores(self, X):
        spheres = [R / np.sqrt(s) for s, R in zip(self.scalings_, self.rotations_, strict=True)]
        with np.errstate(divide="ignore"):  # a class of prior zero
            peaks = np.log(self.priors_) - [np.sum(np.log(s)) / 2 for s in self.scalings_]
        scores = np.empty((len(X), len(spheres)))  # (N, K)

        def fill(block):
            for k, sphere in enumerate(spheres):
                Z = (X[block] - self.means_[k]) @ sphere  # of covariance I in class k
                scores[block, k] = peaks[k] - np.einsum("nd,nd->n", Z, Z) / 2

        map_blocks(fill, blocks(len(X), X[:1].nbytes))
        return scores[:, 1] - scores[:, 0] if len(spheres) == 2 else scores

    def _not_full_rank(self, name, n_rows, n_features):
        what = f"The covariance matrix of class {name} is not full rank. "
        if self.solver == "svd" and n_rows < n_features:
            return linalg.LinAlgError(
                what + "When using `solver='svd'` the number of samples in each class should be "
                f"more than the number of features, but class {name} has {n_rows} samples and "
                f"{n_features} features. Try using `solver='eigen'` and setting the parameter "
                "`shrinkage` for regularization."
            )
        remedy = "reg_param" if self.solver == "svd" else "shrinkage"
        return linalg.LinAlgError(
            what + f"Increase the value of `{remedy}` to reduce the collinearity."
        )
