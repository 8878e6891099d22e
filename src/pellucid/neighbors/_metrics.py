"""Distances, one branch a metric, as the kernels take them.

    euclidean    (Σ_d (x_d - y_d)²)^½              manhattan    Σ_d |x_d - y_d|
    chebyshev    max_d |x_d - y_d|                 minkowski    (Σ_d w_d |x_d - y_d|^p)^(1/p)
    hamming      Σ_d [x_d ≠ y_d] / D               canberra     Σ_d |x_d - y_d| / (|x_d| + |y_d|)
    seuclidean   (Σ_d (x_d - y_d)² / V_d)^½        mahalanobis  ‖L (x - y)‖ for V⁻¹ = LᵀL
    haversine    2 asin √(sin² (φ - φ')/2 + cos φ cos φ' sin² (λ - λ')/2) for x = (φ, λ)

Searches compare *reduced* distances, which order points alike and cost less: the square of the
Euclidean, the power p of Minkowski's.  A metric of one's own is compiled and passed as a pointer.
"""

import functools
import inspect
from collections import namedtuple

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

from pellucid._compile import kernel

__all__ = [
    "BALL_TREE",
    "KD_TREE",
    "Metric",
    "add",
    "distances",
    "length",
    "metric",
    "reduced",
    "restored",
    "slack",
]

(EUCLIDEAN, MANHATTAN, CHEBYSHEV, MINKOWSKI, HAMMING, CANBERRA, MAHALANOBIS, HAVERSINE,
 OWN) = range(9)  # fmt: skip
KINDS = {
    "euclidean": EUCLIDEAN,
    "l2": EUCLIDEAN,
    "minkowski": MINKOWSKI,
    "p": MINKOWSKI,
    "manhattan": MANHATTAN,
    "cityblock": MANHATTAN,
    "l1": MANHATTAN,
    "chebyshev": CHEBYSHEV,
    "infinity": CHEBYSHEV,
    "hamming": HAMMING,
    "canberra": CANBERRA,
    "seuclidean": MINKOWSKI,
    "mahalanobis": MAHALANOBIS,
    "haversine": HAVERSINE,
    "pyfunc": OWN,
}
BALL_TREE = list(KINDS)
KD_TREE = [name for name, kind in KINDS.items() if kind <= MINKOWSKI and name != "seuclidean"]

ROUNDING = 4 * np.finfo(np.float64).eps  # of a distance, for each term of the sum

# ``slack``: the share of a distance that rounding may have added or taken.  In place of a metric,
# None is the Euclidean one, of which kernels are compiled that know no other.
Metric = namedtuple("Metric", "kind p weights slack own")
SIGNATURE = types.float64(types.CPointer(types.float64), types.CPointer(types.float64), types.intp)


def metric(name, D, func=None, **parameters):
    """The metric of this name, or a function ``f(x, y)``, for points of D coordinates.

    ``parameters`` are those of the function, or p and w of Minkowski's, V and VI of others.
    """
    kind, func = (OWN, name) if callable(name) else (KINDS[name], func)
    if kind == OWN and func is None:
        raise ValueError("metric='pyfunc' wants the function as func=f")
    p, w = (2, None) if kind == OWN else (parameters.pop("p", 2), parameters.pop("w", None))
    if name in ("seuclidean", "mahalanobis") and not {"V", "VI"} & parameters.keys():
        raise TypeError(f"the metric {name!r} wants V, of the points")
    if name == "seuclidean":
        w = 1 / np.array(parameters.pop("V"), np.float64)
    root = _root(D, parameters) if kind == MAHALANOBIS else None  # (D, D)
    if parameters and kind != OWN:
        raise TypeError(f"the metric {name!r} does not take {sorted(parameters)}")
    if kind == HAVERSINE and D != 2:
        raise ValueError("Haversine distance only valid in 2 dimensions")
    weights = np.ones(D) if w is None else np.array(w, np.float64)
    if weights.shape != (D,):
        raise ValueError(
            f"the size of w must match the number of features ({D}). "
            f"Currently len(w)={len(weights)}."
        )
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("w cannot contain negative weights, nor any that is not finite")
    if kind == MINKOWSKI and (w is None or np.isinf(p)):
        kind = {1: MANHATTAN, 2: EUCLIDEAN, np.inf: CHEBYSHEV}.get(p, MINKOWSKI)
    slack = 1e-7 if kind == HAVERSINE else ROUNDING * (D + 2)
    if kind == MAHALANOBIS:
        weights, slack = root.reshape(-1), slack * np.linalg.cond(root)
    own = compiled(func, **parameters) if kind == OWN else compiled(_nothing)
    return Metric(np.int64(kind), float(p), weights, float(slack), own)


def _root(D, parameters):
    """L of V⁻¹ = LᵀL for the metric's V, or VI = V⁻¹: an upper triangle (D, D)."""
    V, VI = parameters.pop("V", None), parameters.pop("VI", None)
    VI = np.array(np.linalg.inv(V) if VI is None else VI, np.float64)
    if VI.shape != (D, D):
        raise ValueError(f"V or VI must be of shape ({D}, {D}), got {VI.shape}")
    try:
        return np.ascontiguousarray(np.linalg.cholesky(VI).T)
    except np.linalg.LinAlgError:
        raise ValueError("V of the metric 'mahalanobis' must be positive definite") from None


@functools.lru_cache(maxsize=64)
def compiled(function, **parameters):
    """``function(x, y, **parameters)`` of two points, compiled to take their addresses."""
    body = numba.njit(getattr(function, "py_func", function))
    arguments = inspect.signature(function).bind(None, None, **parameters).args[2:]

    def measured(x, y, D):
        return body(numba.carray(x, D), numba.carray(y, D), *arguments)

    try:
        return numba.cfunc(SIGNATURE)(measured)
    except numba.errors.NumbaError as error:
        raise TypeError(
            f"the metric {function!r} cannot be compiled; write it with numbers, loops and NumPy, "
            f"or search with algorithm='brute', which calls it as it is.  Numba says: {error}"
        ) from error


def _nothing(x, y):
    return 0.0


@intrinsic
def _pointer(context, address):
    """An address as the pointer to float64 that a metric of one's own takes."""

    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.float64)(types.uintp), generate


@kernel(error_model="numpy", borrows=True, forceinline=True)
def distances(metric, x, columns, first, n, point, out):
    """Fill in the reduced distances of x (D,) to n points, whose columns lie one by one.

    The loops run along columns, so that one instruction serves several points.  ``first`` is where
    the first column begins; ``point`` (D,) is room for one point.
    """
    if metric is None or metric.kind == EUCLIDEAN:
        squares(x, columns, first, n, out)
    else:
        others(metric, x, columns, first, n, point, out)


@kernel(error_model="numpy", borrows=True, forceinline=True)
def squares(x, columns, first, n, out):
    """The commonest, by itself: small enough to be compiled into the searches."""
    size = np.uintp(n)
    for d in range(np.uintp(len(x))):
        a, at = x[d], np.uintp(first) + d * size
        for i in range(size):
            gap = columns[at + i] - a
            out[i] = gap * gap if d == 0 else out[i] + gap * gap


@kernel(error_model="numpy", borrows=True)
def others(metric, x, columns, first, n, point, out):
    kind, D, first, n = metric.kind, len(x), np.intp(first), np.intp(n)
    for i in range(n):
        out[i] = 0
    for d in range(D):
        a, at = x[d], np.uintp(first + d * n)
        if kind == MANHATTAN:
            for i in range(n):
                out[i] += abs(columns[at + np.uintp(i)] - a)
        elif kind == CHEBYSHEV:
            for i in range(n):
                gap = abs(columns[at + np.uintp(i)] - a)
                out[i] = gap if gap > out[i] else out[i]
        elif kind == MINKOWSKI:
            w, p = metric.weights[d], metric.p
            for i in range(n):
                out[i] += w * abs(columns[at + np.uintp(i)] - a) ** p
        elif kind == HAMMING:
            for i in range(n):
                out[i] += (columns[at + np.uintp(i)] != a) / D
        elif kind == CANBERRA:
            for i in range(n):
                b = columns[at + np.uintp(i)]
                out[i] += abs(b - a) / (abs(a) + abs(b)) if a != b else 0.0
        elif kind == MAHALANOBIS:
            for i in range(n):
                total = 0.0
                for e in range(d, D):
                    total += metric.weights[d * D + e] * (columns[first + e * n + i] - x[e])
                out[i] += total * total
    if kind == HAVERSINE:
        for i in range(n):
            across = np.sin((columns[first + i] - x[0]) / 2) ** 2
            along = np.sin((columns[first + n + i] - x[1]) / 2) ** 2
            out[i] = across + np.cos(x[0]) * np.cos(columns[first + i]) * along
    elif kind == OWN:
        here, there = np.uintp(x.ctypes.data), np.uintp(point.ctypes.data)
        for i in range(n):
            for d in range(D):
                point[d] = columns[first + d * n + i]
            out[i] = metric.own(_pointer(here), _pointer(there), D)


@kernel(error_model="numpy", borrows=True, forceinline=True)
def add(metric, total, d, gap):
    """The reduced distance so far, and a gap ≥ 0 in coordinate d."""
    if metric is None or metric.kind == EUCLIDEAN:
        return total + gap * gap
    if metric.kind == MANHATTAN:
        return total + gap
    if metric.kind == CHEBYSHEV:
        return gap if gap > total else total
    return total + metric.weights[d] * gap**metric.p


@kernel(error_model="numpy")
def length(metric, gap):
    """The reduced distance of two points that are ``gap`` (D,) ≥ 0 apart."""
    total = 0.0
    for d in range(len(gap)):
        total = add(metric, total, d, gap[d])
    return total


@kernel(error_model="numpy", borrows=True, forceinline=True)
def reduced(metric, distance):
    """The reduced distance of a distance."""
    if metric is None or metric.kind == EUCLIDEAN or metric.kind == MAHALANOBIS:
        return distance * distance
    if metric.kind == MINKOWSKI:
        return distance**metric.p
    if metric.kind == HAVERSINE:
        return np.sin(min(distance, np.pi) / 2) ** 2
    return distance


@kernel(error_model="numpy", borrows=True, forceinline=True)
def restored(metric, value):
    """The distance of a reduced distance."""
    if metric is None or metric.kind == EUCLIDEAN or metric.kind == MAHALANOBIS:
        return np.sqrt(value)
    if metric.kind == MINKOWSKI:
        return value ** (1 / metric.p)
    if metric.kind == HAVERSINE:
        return 2 * np.arcsin(np.sqrt(min(value, 1.0)))
    return value


@kernel(borrows=True, forceinline=True)
def slack(metric, D):
    """The share of a distance that rounding may have added or taken."""
    if metric is None:
        return ROUNDING * (D + 2)
    return metric.slack
