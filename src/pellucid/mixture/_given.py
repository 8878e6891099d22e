"""The parameters that a user starts EM from, checked."""

import numpy as np
from sklearn.utils import check_array

__all__ = [
    "check_positive_definite",
    "check_shape",
    "given_covariance",
    "given_means",
    "given_weights",
]


def given_weights(weights, K):
    """π, at least zero and one in sum (K,)."""
    weights = check_array(weights, dtype=np.float64, ensure_2d=False)
    check_shape(weights, (K,), "weights")
    if (weights < 0).any() or (weights > 1).any():
        raise ValueError(
            "The parameter 'weights' should be in the range [0, 1], but got max value "
            f"{weights.min():.5f}, min value {weights.max():.5f}"
        )
    if not np.isclose(weights.sum(), 1):
        raise ValueError(
            "The parameter 'weights' should be normalized, but got sum(weights) = "
            f"{weights.sum():.5f}"
        )
    return weights / weights.sum()


def given_means(means, K, D):
    means = check_array(means, dtype=np.float64)
    check_shape(means, (K, D), "means")
    return means


def given_covariance(precision, kind, K, D):
    """Σ of its inverse, shaped as its type is."""
    shapes = {"full": (K, D, D), "tied": (D, D), "diag": (K, D), "spherical": (K,)}
    precision = check_array(precision, dtype=np.float64, ensure_2d=False, allow_nd=True)
    check_shape(precision, shapes[kind], f"{kind} precision")
    check_positive_definite(precision, f"{kind} precision")
    return np.linalg.inv(precision) if kind in ("full", "tied") else 1 / precision


def check_positive_definite(given, name):
    """Refuse numbers that are not positive, or matrices that are not positive definite."""
    if given.ndim < 2 or name.startswith("diag"):
        if not (given > 0).all():
            raise ValueError(f"'{name}' should be positive")
        return
    symmetric = np.allclose(given, np.swapaxes(given, -1, -2))
    if not symmetric or not (np.linalg.eigvalsh(given) > 0).all():
        raise ValueError(f"'{name}' should be symmetric, positive-definite")


def check_shape(array, shape, name):
    """Refuse an array of another shape."""
    if array.shape != shape:
        raise ValueError(
            f"The parameter '{name}' should have the shape of {shape}, but got {array.shape}"
        )
