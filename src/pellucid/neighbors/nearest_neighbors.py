"""The nearest examples, for whatever one wants of them."""

from typing import ClassVar

from pellucid.base import validate_parameters
from pellucid.neighbors._neighbors import KNeighborsMixin, Neighbors, RadiusNeighborsMixin

__all__ = ["NearestNeighbors"]


class NearestNeighbors(KNeighborsMixin, RadiusNeighborsMixin, Neighbors):
    """Find the examples nearest to any point: so many of them, or all within a radius.

        N_k(x) = the k examples x_n of least d(x, x_n),      N_r(x) = {x_n : d(x, x_n) ≤ r}

    Of examples that are equally far the one with the lower index is nearer.  The answer is the same
    for any algorithm and any number of threads.

    Parameters
    ----------
    n_neighbors : int, default=5
        k.
    radius : float, default=1.0
        r.
    algorithm : {'auto', 'kd_tree', 'ball_tree', 'brute'}, default='auto'
        Any gives the same answer.  'auto' goes by the number of examples and of features.
    leaf_size : int, default=30
        Leaves of a tree hold so many points to twice as many.  Any gives the same answer.
    metric : str or callable, default='minkowski'
        A name that ``VALID_METRICS`` has for the algorithm; 'precomputed', if X are distances; or a
        function f(x, y) of two points, which is compiled for the ball tree.
    p : float, default=2
        Minkowski's power.
    metric_params : dict, default=None
        Further arguments of the metric, such as the weights w of Minkowski's.
    n_jobs : int, default=None
        Any gives the same answer: all cores are used.

    Attributes
    ----------
    effective_metric_ : str or callable
        The metric, Minkowski's by the name of its special case.
    effective_metric_params_ : dict
    n_samples_fit_ : int
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Cover, T. M. & Hart, P. E. (1967). Nearest Neighbor Pattern Classification. IEEE Transactions on
    Information Theory 13, 21-27.
    """

    _parameter_constraints: ClassVar[dict] = Neighbors._parameter_constraints

    def __init__(
        self,
        *,
        n_neighbors=5,
        radius=1.0,
        algorithm="auto",
        leaf_size=30,
        metric="minkowski",
        p=2,
        metric_params=None,
        n_jobs=None,
    ):
        self.n_neighbors = n_neighbors
        self.radius = radius
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.metric = metric
        self.p = p
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    @validate_parameters
    def fit(self, X, y=None):
        """Keep the rows of X (N, D), or a tree of them."""
        self._keep(X)
        return self
