"""Which search serves: what each can do, and which is the fastest of those that can."""

import warnings

import numpy as np
import scipy.sparse as sp

from pellucid.neighbors._metrics import KINDS, metric
from pellucid.neighbors.ball_tree import BallTree
from pellucid.neighbors.kd_tree import KDTree

__all__ = ["SCANS", "TREES", "VALID_METRICS", "VALID_METRICS_SPARSE", "choose", "effective"]

TREES = {"kd_tree": KDTree, "ball_tree": BallTree}
PAIRWISE = ["braycurtis", "canberra", "correlation", "cosine", "dice", "jaccard", "mahalanobis",
            "nan_euclidean", "rogerstanimoto", "russellrao", "seuclidean", "sokalsneath",
            "sqeuclidean", "yule"]  # fmt: skip
SCANS = [name for name in KINDS if name not in PAIRWISE]  # what our kernels take alone
VALID_METRICS = {
    "kd_tree": KDTree.valid_metrics,
    "ball_tree": BallTree.valid_metrics,
    "brute": [*(name for name in SCANS if name != "pyfunc"), *PAIRWISE, "precomputed"],
}
VALID_METRICS_SPARSE = {
    "kd_tree": [],
    "ball_tree": [],
    "brute": ["precomputed", "l1", "l2", "cosine", "manhattan", "cityblock", "euclidean"],
}


def effective(name, p, parameters):
    """A metric and its parameters, Minkowski's by the names of its special cases."""
    parameters = dict(parameters or {})
    if name not in ("minkowski", "p"):
        return name, parameters
    if "p" in parameters:
        warnings.warn(
            "Parameter p is found in metric_params. The corresponding parameter from __init__ is "
            "ignored.",
            SyntaxWarning,
            stacklevel=4,
        )
    p, w = parameters.pop("p", p), parameters.pop("w", None)
    if w is None and p in (1, 2, np.inf):
        return {1: "manhattan", 2: "euclidean", np.inf: "chebyshev"}[p], parameters
    return "minkowski", {"p": p, "w": w, **parameters}


def choose(algorithm, X, name, parameters, k):
    """The search for k neighbours among X: one that can do it, as asked for, or the fastest."""
    able = [a for a in VALID_METRICS if callable(name) or name in VALID_METRICS[a]]
    if callable(name):
        able.remove("kd_tree")
    if algorithm not in ("auto", *able) or not able:
        raise ValueError(
            f"Metric {name!r} not valid for {algorithm}, which can do {VALID_METRICS[algorithm]}"
            + (", or a function of two points" if algorithm != "kd_tree" else "")
        )
    if sp.issparse(X):
        if not callable(name) and name not in VALID_METRICS_SPARSE["brute"]:
            raise ValueError(
                f"Metric {name!r} not valid for sparse input. "
                f"It can be one of {VALID_METRICS_SPARSE['brute']}."
            )
        if algorithm not in ("auto", "brute"):
            warnings.warn("cannot use tree with sparse input: using brute force", stacklevel=4)
        return "brute"
    if name == "minkowski" and parameters["p"] < 1:
        if algorithm not in ("auto", "brute"):
            raise ValueError(
                f'algorithm="{algorithm}" does not support 0 < p < 1 for the Minkowski metric. To '
                'resolve this problem either set p >= 1 or algorithm="brute".'
            )
        warnings.warn(
            "Mind that for 0 < p < 1, Minkowski metrics are not distance metrics. Continuing the "
            "execution with `algorithm='brute'`.",
            stacklevel=4,
        )
        return "brute"
    return _fastest(able, X, name, parameters, k) if algorithm == "auto" else algorithm


# Time of a query for 5 neighbours by a kd_tree, as a part of that by brute force, for normal
# points, which fill all of their dimensions: the hardest for a tree.  Measured on one core.
#
#                 N   D: 4     6     8    10    12    15
#     euclidean  1 000  0.50  0.69  1.09  1.32  1.51  1.62
#                3 000  0.30  0.57  0.89  1.49  1.92  2.27
#               10 000  0.09  0.22  0.51  0.86  1.38  2.34
#               30 000  0.07  0.15  0.29  0.70  1.21  1.91
#              100 000  0.08  0.14  0.30  0.60  1.16  2.87
#     manhattan  1 000  0.72  1.42  1.66  1.77  1.76
#                3 000  0.43  0.86  1.38  1.64  1.83
#               10 000  0.20  0.52  1.02  1.59  1.85
#               30 000  0.12  0.29  0.55  1.04  1.51
#              100 000  0.09  0.19  0.45  0.67  1.36
#     chebyshev  1 000              1.07  1.23  1.39  1.67
#                3 000              0.63  0.81  1.17  1.20
#               10 000              0.35  0.54  0.69  1.02
#               30 000              0.20  0.27  0.43  0.60
#              100 000              0.14  0.21  0.24  0.43
#
# So a tree is asked up to D = a + b log10(N / 1000) columns, for these a and b.
WIDEST = {
    "euclidean": (7.9, 2.1),
    "l2": (7.9, 2.1),
    "manhattan": (5.0, 3.0),
    "l1": (5.0, 3.0),
    "cityblock": (5.0, 3.0),
    "chebyshev": (7.5, 7.0),
    "infinity": (7.5, 7.0),
}
WIDEST_OTHERS = (12.0, 7.0)  # Minkowski of p = 3: 0.98 at 1 000 x 12; a tree finds fewer


def _fastest(able, X, name, parameters, k):
    N, D = X.shape
    if "ball_tree" not in able or k >= N // 2:
        return "brute"
    few, more = WIDEST.get(name, WIDEST_OTHERS)
    if not callable(name) and few + more * max(np.log10(N / 1000), 0) < D:
        return "brute"
    if "kd_tree" in able:
        return "kd_tree"
    try:
        metric(name, D, **parameters)
    except TypeError:  # a function that does not compile can still be called
        return "brute"
    return "ball_tree"
