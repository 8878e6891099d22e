"""What trees of points share: from data to nodes, and what they can be asked."""

from numbers import Integral
from typing import ClassVar

import numpy as np
from sklearn.utils.validation import check_array

from pellucid.base import Estimator
from pellucid.neighbors._build import Points, arrange, nodes_of
from pellucid.neighbors._density import KERNELS, log_density
from pellucid.neighbors._metrics import EUCLIDEAN
from pellucid.neighbors._metrics import metric as metric_of
from pellucid.neighbors._query import nearest, within
from pellucid.reduction import blocks, map_blocks

__all__ = ["PointTree", "in_order", "nobody", "ragged", "row_blocks"]

NODE = np.dtype(
    [("idx_start", np.int64), ("idx_end", np.int64), ("is_leaf", np.int64), ("radius", np.float64)]
)


class PointTree(Estimator):
    """Base of the trees; a subclass says how a node bounds its points."""

    valid_metrics: ClassVar[list[str]]

    def __init__(self, X, leaf_size=40, metric="minkowski", **kwargs):
        self.X = check_array(X, dtype=[np.float64, np.float32], order="C")
        if not isinstance(leaf_size, Integral) or leaf_size < 1:
            raise ValueError("leaf_size must be greater than or equal to 1")
        if ("pyfunc" if callable(metric) else metric) not in self.valid_metrics:
            raise ValueError(
                f"metric {metric!r} is not valid for {type(self).__name__}; "
                f"it can be one of {self.valid_metrics}"
            )
        self.leaf_size = int(leaf_size)
        self.metric = metric
        self.metric_params = kwargs
        if self._metric().p < 1:
            raise ValueError("p must be at least 1 for Minkowski's distance to be a metric")
        points = arrange(self.X, self.leaf_size)
        self._points = points._asdict()
        self._bounds, self._radii = self._bound(points, self._metric())

    @property
    def data(self):
        """The points (N, D), as they were given."""
        return self.X

    def __repr__(self):
        N, D = self.X.shape
        return f"{type(self).__name__}({N} points in {D} dimensions, metric={self.metric!r})"

    def __sklearn_clone__(self):
        return self  # nothing in it ever changes

    def query(
        self,
        X,
        k=1,
        return_distance=True,
        dualtree=False,
        breadth_first=False,
        sort_results=True,
    ):
        """The k nearest points to each row of X (N, D).

        X : array of shape (N, D)
        k : int
        return_distance : bool
        dualtree, breadth_first, sort_results : bool
            Any gives the same answer, the nearest first, by the same search.
        returns : distances (N, k), float64, unless they are not wanted; and indices (N, k)
        """
        X = self._rows(X)
        if k > len(self.data):
            raise ValueError("k must be less than or equal to the number of training points")
        far, who = self.nearest(X, k, nobody(X))
        return (far, who) if return_distance else who

    def query_radius(self, X, r, return_distance=False, count_only=False, sort_results=False):
        """The points no farther than r from each row of X (N, D).

        X : array of shape (N, D)
        r : float or array of shape (N,)
        return_distance, count_only : bool
        sort_results : bool
            Whether the nearest come first; else the lowest index does.
        returns : counts (N,); or indices, an array of arrays (N,), and distances if wanted
        """
        if count_only and return_distance:
            raise ValueError("count_only and return_distance cannot both be true")
        if sort_results and not return_distance:
            raise ValueError("return_distance must be True if sort_results is True")
        X, r = self._rows(X), np.asarray(r, np.float64)
        if r.shape not in ((), (len(X),)):
            raise ValueError("r must be broadcastable to X.shape")
        counts, who, far = self.within(X, r, nobody(X), keep=not count_only)
        if count_only:
            return counts
        who, far = in_order(counts, who, far, by_distance=sort_results)
        return (
            (ragged(counts, who), ragged(counts, far)) if return_distance else ragged(counts, who)
        )

    def two_point_correlation(self, X, r, dualtree=False):
        """How many pairs of a row of X (M, D) and a point are no farther than each of r (R,).

        dualtree : bool
            Any gives the same answer, by the same search.
        """
        r = np.atleast_1d(np.asarray(r, np.float64))
        return np.array([self.query_radius(X, one, count_only=True).sum() for one in r])

    def kernel_density(
        self,
        X,
        h,
        kernel="gaussian",
        atol=0,
        rtol=1e-8,
        breadth_first=True,
        return_log=False,
    ):
        """Σ_n k(d(x, x_n) / h) / (h^D C) of each row x of X (M, D), or its log.

        h : float
            The bandwidth.
        kernel, atol, rtol, breadth_first
            As of ``KernelDensity``, whose density is this over the number of points.
        """
        if kernel not in KERNELS:
            raise ValueError(f"kernel = '{kernel}' not recognized; it can be one of {KERNELS}")
        if not h > 0:
            raise ValueError(f"the bandwidth h must be positive, got {h}")
        out = log_density(self, self._rows(X), np.ones(len(self.X)), kernel, h, rtol, atol)
        return out if return_log else np.exp(out)

    def get_arrays(self):
        """The data, the rows in the order of the leaves, the nodes, and what bounds them."""
        points = Points(**self._points)
        nodes = np.empty(len(points.starts), NODE)
        nodes["idx_start"], nodes["idx_end"] = points.starts, points.ends
        nodes["is_leaf"] = np.arange(len(nodes)) >= len(nodes) // 2
        nodes["radius"] = self._radii
        return self.X, points.index, nodes, self._bounds.swapaxes(0, 1)

    def nearest(self, X, k, own):
        """Distances to the k nearest points and their indices; row n does not find ``own[n]``."""
        tree, metric, D, largest = self._search()
        far, who = np.empty((len(X), k)), np.empty((len(X), k), np.int64)

        def search(b):
            room = np.empty((2, max(D, largest))), np.empty(64, np.int64), np.empty(64)
            nearest(tree, metric, in_double(X[b]), own[b], far[b], who[b], *room)

        if k:
            map_blocks(search, row_blocks(X))
        return far, who

    def within(self, X, r, own, keep=True):
        """How many points are no farther than r from each row, which they are, and how far."""
        tree, metric, D, largest = self._search()
        radii, counts = np.broadcast_to(r, len(X)).astype(float), np.empty(len(X), np.int64)

        def search(b):
            room = np.empty((2, max(D, largest)))
            return within(tree, metric, in_double(X[b]), radii[b], own[b], counts[b], room, keep)

        who, far = (
            np.concatenate(part) for part in zip(*map_blocks(search, row_blocks(X)), strict=True)
        )
        return counts, who, far

    def _bound(self, points, metric):
        """The bounds (M, 2, D) or (M, 1, D) of the nodes, and their radii (M,)."""
        raise NotImplementedError

    def _metric(self):
        return metric_of(self.metric, self.X.shape[1], **self.metric_params)

    def _search(self):
        """The tree and its metric, as the kernels take them; D; and the size of a leaf at most."""
        points, metric = Points(**self._points), self._metric()
        tree = *points, self._bounds, self._bounds.reshape(-1), self._radii
        N, D = self.X.shape
        largest = -(-N // (len(points.starts) // 2 + 1))  # halves differ by one at most
        return tree, None if metric.kind == EUCLIDEAN else metric, D, largest

    def _rows(self, X):
        plain = isinstance(X, np.ndarray) and X.dtype == np.float64 and X.ndim == 2 and X.size
        if not plain or not np.isfinite(X).all():  # the check takes longer than one row's search
            X = check_array(X, dtype=np.float64)
        if X.shape[1] != self.X.shape[1]:
            raise ValueError("query data dimension must match training data dimension")
        return X

    def _check_state(self):
        """Every node's points are where they must be, and every point is one of the data."""
        N, D = self.X.shape
        _, starts, ends = nodes_of(N, self.leaf_size)
        points, M = Points(**self._points), len(starts)
        if not (np.array_equal(points.starts, starts) and np.array_equal(points.ends, ends)):
            raise ValueError("the nodes of a tree of points do not halve them")
        if not np.array_equal(np.sort(points.index), np.arange(N)):
            raise ValueError("the index of a tree of points is no permutation of them")
        kinds = [
            (points.columns, self.X.dtype, (N * D,)),
            (points.lowest, "i8", (M,)),
            (self._bounds, "f8", (M, self._bounds.shape[1], D)),
            (self._radii, "f8", (M,)),
        ]
        if any(a.dtype != dtype or a.shape != shape for a, dtype, shape in kinds):
            raise ValueError("the arrays of a tree of points are not of its size")


def row_blocks(X):
    """Blocks of rows to be searched for: a call of a kernel takes as long as a hundred of them."""
    return blocks(len(X), 1, 1024)


def nobody(X):
    """``own`` of rows that are no points of the tree."""
    return np.full(X.shape[0], -1)


def in_double(X):
    return np.ascontiguousarray(X, dtype=np.float64)


def in_order(counts, who, far, by_distance):
    """Sort what was found for each row, by index, or by distance and then by index."""
    row = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((who, far, row) if by_distance else (who, row))
    return who[order], far[order]


def ragged(counts, values):
    """An array of the arrays of each row."""
    out = np.empty(len(counts), object)
    out[:] = np.split(values, np.cumsum(counts[:-1]))
    return out
