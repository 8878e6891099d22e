"""Costs of nodes: plain functions of sums over their examples, which the split search calls.

For classes the sums are n_k, the weights of the K classes; for numbers they are, with K = 3, Σ w,
Σ w y and Σ w t(y).  A criterion is compiled with a loop over many nodes around it and reaches the
search as a pointer, so that one of your own is as fast as those here.
"""

import functools

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

__all__ = ["CLASSES", "NUMBERS", "Criterion", "criterion", "named"]

NUMBERS_AT = types.CPointer(types.float64)
SIGNATURE = types.void(NUMBERS_AT, types.intp, types.intp, NUMBERS_AT)


@intrinsic
def ahead(context, pointer, count):
    """The pointer to what lies ``count`` numbers after another."""

    def generate(context, builder, signature, arguments):
        return builder.gep(arguments[0], [arguments[1]])

    return NUMBERS_AT(NUMBERS_AT, types.intp), generate


class Criterion:
    """A compiled cost; call it to see what it gives for an array of sums."""

    def __init__(self, cost):
        self.cost = cost
        self.__doc__ = cost.__doc__
        one = numba.njit(forceinline=True)(cost)

        def costs(sums, count, K, out):
            for node in range(count):
                out[node] = one(ahead(sums, node * K), K)

        self.compiled = numba.cfunc(SIGNATURE, _nrt=False, error_model="numpy")(costs)

    def __call__(self, sums):
        return self.cost(sums, len(sums))

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return self.cost.__name__


def criterion(cost):
    """Make a function ``cost(s, K)`` into a criterion for trees.

    s : the sums of a node, which can be indexed from 0 to K - 1 and nothing else
        For a classifier the weights of the K classes; for a regressor, with K = 3, Σ w, Σ w y and
        Σ w y², for y less one of its values, near the mean.
    returns : float
        W I, the impurity of the node times its weight.  A split is chosen to lower its sum over
        both sides.
    """
    return Criterion(cost)


def gini(n, K):
    """W I = W (1 - Σ_k p_k²) = W - Σ_k n_k² / W, for p_k = n_k / W."""
    W = squares = 0.0
    for k in range(K):
        W += n[k]
        squares += n[k] * n[k]
    return W - squares / W


def entropy(n, K):
    """W I = -W Σ_k p_k log₂ p_k = W log₂ W - Σ_k n_k log₂ n_k."""
    W = bits = 0.0
    for k in range(K):
        if n[k] > 0:
            W += n[k]
            bits -= n[k] * np.log2(n[k])
    return bits + W * np.log2(W)


def squared_error(s, K):
    """W I = Σ w (y - ȳ)² = Σ w y² - (Σ w y)² / W."""
    return s[2] - s[1] * s[1] / s[0]


def poisson(s, K):
    """W I = Σ w (y log y - y log ȳ), half the deviance; infinite where all y are zero."""
    if s[1] <= 1e-10 * s[0]:  # nothing but what rounding has left
        return np.inf
    return s[2] - s[1] * np.log(s[1] / s[0])


CLASSES = {"gini": gini, "entropy": entropy, "log_loss": entropy}
NUMBERS = {"squared_error": squared_error, "absolute_error": squared_error, "poisson": poisson}


@functools.cache
def named(name):
    """The built-in criterion of this name, compiled."""
    return Criterion((CLASSES | NUMBERS)[name])
