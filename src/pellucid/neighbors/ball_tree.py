"""The ball tree: nodes bound their points by balls."""

from typing import ClassVar

import numpy as np

from pellucid._compile import kernel
from pellucid.neighbors._build import levels_up
from pellucid.neighbors._metrics import BALL_TREE, distances, restored
from pellucid.neighbors._point_tree import PointTree
from pellucid.reduction import blocks, map_blocks

__all__ = ["BallTree"]


class BallTree(PointTree):
    """A tree of points in balls, which finds the nearest of them by any metric.

        distance(x, y) ≥ distance(x, c) - r    for every y no farther than r from the centre c

    by the triangle inequality alone, so that a function of one's own serves as well, if it is a
    metric.  A node is halved at the median of its widest coordinate (Omohundro 1989); c is the mean
    of its points.  The nearer child is searched first, and a ball that lies farther than the k-th
    point found so far not at all.  Of points that are equally far the one with the lower index is
    nearer.  The answer is the same for any ``leaf_size`` and any number of threads.

    Parameters
    ----------
    X : array-like of shape (N, D)
    leaf_size : int, default=40
        Leaves hold so many points to twice as many.  Any gives the same answer.
    metric : str or callable, default='minkowski'
        'euclidean' ('l2'), 'manhattan' ('l1', 'cityblock'), 'chebyshev' ('infinity'), 'minkowski',
        'hamming', 'canberra'; 'seuclidean', with variances V (D,); 'mahalanobis', with a covariance
        V (D, D) or its inverse VI; 'haversine', of latitudes and longitudes in radians; or a
        function f(x, y) of two arrays, which Numba compiles.
    p, w : float ≥ 1 and array-like of shape (D,)
        Of 'minkowski': (Σ_d w_d |x_d - y_d|^p)^(1/p); 2 and ones, unless given.
    **kwargs
        Further arguments of the function, which are numbers.

    Attributes
    ----------
    data : ndarray of shape (N, D)
    valid_metrics : list of str

    References
    ----------
    Omohundro, S. M. (1989). Five Balltree Construction Algorithms. ICSI technical report 89-063.
    """

    valid_metrics: ClassVar[list[str]] = BALL_TREE

    def _bound(self, points, metric):
        """The means of the nodes' points, and how far the farthest lie from them."""
        M, D = len(points.starts), self.X.shape[1]
        leaf, levels = M // 2, (M + 1).bit_length() - 1
        centres, radii = np.empty((M, 1, D)), np.empty(M)
        means(points.columns, points.starts[leaf:], points.ends[leaf:], centres[leaf:, 0])
        count = (points.ends - points.starts)[:, None]
        for level, left, right in levels_up(M):
            share = count[right] / count[level]
            centres[level, 0] = centres[left, 0] * (1 - share) + centres[right, 0] * share
        reach = np.empty((M - leaf, levels))  # of each leaf, from the centres of the nodes above it
        map_blocks(
            lambda b: reaches(points, centres, metric, leaf + b.start, reach[b]),
            blocks(M - leaf, 1, max(1, 10_000 // self.leaf_size)),
        )
        for level in range(levels):
            here = slice(2**level - 1, 2 ** (level + 1) - 1)
            radii[here] = reach[:, level].reshape(2**level, -1).max(axis=1)
        return centres, radii * (1 + metric.slack)


@kernel
def means(columns, starts, ends, centres):
    """The mean of the points of each leaf (M, D)."""
    D = centres.shape[1]
    for i in range(len(starts)):
        n = ends[i] - starts[i]
        for d in range(D):
            first = starts[i] * D + d * n
            centres[i, d] = columns[first : first + n].sum() / n


@kernel(error_model="numpy")
def reaches(points, centres, metric, first, reach):
    """How far the points of each leaf lie from the centre of each node above it, at most."""
    D = centres.shape[2]
    x, point = np.empty(D), np.empty(D)
    for i in range(len(reach)):
        node = first + i
        start, end = points.starts[node], points.ends[node]
        far = np.empty(end - start)
        for level in range(reach.shape[1] - 1, -1, -1):
            x[:] = centres[node, 0]
            distances(metric, x, points.columns, start * D, end - start, point, far)
            reach[i, level] = restored(metric, far.max())
            node = (node - 1) // 2
