"""The k-d tree: nodes bound their points by boxes."""

from typing import ClassVar

import numpy as np

from pellucid._compile import kernel
from pellucid.neighbors._build import levels_up
from pellucid.neighbors._metrics import KD_TREE
from pellucid.neighbors._point_tree import PointTree

__all__ = ["KDTree"]


class KDTree(PointTree):
    """A tree of points in boxes, which finds the nearest of them without looking at most.

        distance(x, y) ≥ distance(x, box) = ‖max(low - x, x - high, 0)‖    for every y of the box

    A node is halved at the median of its widest coordinate (Bentley 1975; Friedman, Bentley &
    Finkel 1977).  The nearer child is searched first, and a box that lies farther than the k-th
    point found so far not at all.  Of points that are equally far the one with the lower index is
    nearer.  The answer is the same for any ``leaf_size`` and any number of threads.

    Parameters
    ----------
    X : array-like of shape (N, D)
    leaf_size : int, default=40
        Leaves hold so many points to twice as many.  Any gives the same answer.
    metric : str, default='minkowski'
        'euclidean' ('l2'), 'manhattan' ('l1', 'cityblock'), 'chebyshev' ('infinity') or
        'minkowski'.
    p, w : float ≥ 1 and array-like of shape (D,)
        Of 'minkowski': (Σ_d w_d |x_d - y_d|^p)^(1/p); 2 and ones, unless given.

    Attributes
    ----------
    data : ndarray of shape (N, D)
    valid_metrics : list of str

    References
    ----------
    Friedman, J. H., Bentley, J. L. & Finkel, R. A. (1977). An Algorithm for Finding Best Matches in
    Logarithmic Expected Time. ACM Transactions on Mathematical Software 3, 209-226.
    Omohundro, S. M. (1989). Five Balltree Construction Algorithms. ICSI technical report 89-063.
    """

    valid_metrics: ClassVar[list[str]] = KD_TREE

    def _bound(self, points, metric):
        """The boxes of the leaves, and of the nodes above them."""
        M, D = len(points.starts), self.X.shape[1]
        bounds = np.empty((M, 2, D))
        leaf = M // 2
        boxes(points.columns, points.starts[leaf:], points.ends[leaf:], bounds[leaf:])
        for level, left, right in levels_up(M):
            np.minimum(bounds[left, 0], bounds[right, 0], out=bounds[level, 0])
            np.maximum(bounds[left, 1], bounds[right, 1], out=bounds[level, 1])
        return bounds, np.zeros(M)


@kernel
def boxes(columns, starts, ends, bounds):
    """The lowest and the highest corner of each leaf (M, 2, D)."""
    for i in range(len(starts)):
        n, D = ends[i] - starts[i], bounds.shape[2]
        for d in range(D):
            first = starts[i] * D + d * n
            bounds[i, 0, d] = columns[first : first + n].min()
            bounds[i, 1, d] = columns[first : first + n].max()
