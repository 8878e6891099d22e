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


# Microseconds a query for 5 neighbours of normal points, which fill all of their dimensions: the
# hardest for a tree.  Measured on two cores.
#
#     N        D     kd_tree  ball_tree  brute
#     1 000    5           5         13      7
#     1 000    15         12         23      8
#     10 000   2           3         24     82
#     10 000   5          16        149    103
#     10 000   10        132        271    103
#     10 000   15        257        295    109
#     100 000  2           4          -    845
#     100 000  5          69          -   1156
#     100 000  10        548          -    960
#     100 000  15       3123          -   1079
#
# Products of matrices help the Euclidean distance alone: the others leave the trees a little later.
WIDEST = {"euclidean": 10, "l2": 10}
WIDEST_OTHERS = 15


def _fastest(able, X, name, parameters, k):
    N, D = X.shape
    if "ball_tree" not in able or k >= N // 2:
        return "brute"
    if not callable(name) and WIDEST.get(name, WIDEST_OTHERS) < D:
        return "brute"
    if "kd_tree" in able:
        return "kd_tree"
    try:
        metric(name, D, **parameters)
    except TypeError:  # a function that does not compile can still be called
        return "brute"
    return "ball_tree"
