"""k-means: K centres that are the means of the rows nearest to them."""

import warnings
from typing import ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions

from pellucid.base import validate_parameters
from pellucid.callbacks import steps
from pellucid.cluster._base import FLOATS, KMeansModel
from pellucid.cluster._partition import Partition
from pellucid.cluster._points import centred
from pellucid.reduction.validation import validate_rows

__all__ = ["KMeans", "k_means"]


class KMeans(KMeansModel):
    """K centres that are the means of the rows nearest to them.

        min_{c, z} Σ_n s_n ‖x_n - c_{z_n}‖²

    for sample weights s, by turns (Lloyd 1982): each row goes to the nearest centre, z_n =
    argmin_k ‖x_n - c_k‖², and each centre to the mean of its rows.  Neither step raises the sum,
    the inertia, so that it ends where nothing moves: at a minimum near the start, not the least of
    all, which is why several starts may help.  A centre that no row is nearest to goes on from a
    row that is far from its own.

    Bounds on the distances (Hamerly 2010) tell of most rows that they stay, where K·D is large
    enough for this to pay; the answer is the same.

    ``fit`` takes all that ``rows_of`` takes.  Each iteration is one pass over the rows, k-means++
    one for each seed; of rows that do not lie in memory, only a few blocks and ``labels_`` ever do.
    The sums over a part are exact until they are divided, so that centres, labels and iterations
    are equal bit for bit on any number of cores, for an array, a file, the blocks of an iterable
    and the partitions of Dask, however those are cut; ``inertia_`` is so for files, and to rounding
    for blocks that are cut elsewhere.

    Parameters
    ----------
    n_clusters : int, default=8
        K.
    init : {'k-means++', 'random'}, callable or array-like of shape (K, D), default='k-means++'
        Where to start: rows drawn far from each other (``kmeans_plusplus``), or just drawn; a
        function of (X, K, random_state), if X is in memory; or the centres themselves.
    n_init : 'auto' or int, default='auto'
        Starts, of which the one that ends lowest is taken; 'auto' is 1 for 'k-means++' and
        centres, else 10.
    max_iter : int, default=300
        Most iterations.
    tol : float, default=1e-4
        Stop when Σ_k ‖Δc_k‖² is at most ``tol`` times the mean variance of the columns.
    verbose : int, default=0
        Whether a progress bar is drawn.
    random_state : int, RandomState or None, default=None
        What draws the starts.
    copy_x : bool, default=True
        Either gives the same answer: X is never overwritten.
    algorithm : {'lloyd', 'elkan'}, default='lloyd'
        Either gives the same answer, by the same steps.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (K, D)
    labels_ : ndarray of shape (N,)
        The part of each row: the index of the nearest centre.
    inertia_ : float
        Σ_n s_n ‖x_n - c_{z_n}‖².
    n_iter_ : int
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Lloyd, S. P. (1982). Least Squares Quantization in PCM. IEEE Transactions on Information
    Theory 28, 129-137.
    Hamerly, G. (2010). Making k-means Even Faster. SIAM International Conference on Data Mining.
    """

    _parameter_constraints: ClassVar[dict] = {
        **KMeansModel._parameter_constraints,
        "copy_x": ["boolean"],
        "algorithm": [StrOptions({"lloyd", "elkan"})],
    }

    def __init__(
        self,
        n_clusters=8,
        *,
        init="k-means++",
        n_init="auto",
        max_iter=300,
        tol=1e-4,
        verbose=0,
        random_state=None,
        copy_x=True,
        algorithm="lloyd",
    ):
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm

    @validate_parameters
    def fit(self, X, y=None, sample_weight=None):
        """Fit to the rows of X (N, D), or of all that ``rows_of`` takes."""
        rows = validate_rows(
            self, X, sample_weight=sample_weight, accept_sparse="csr", dtype=FLOATS, order="C"
        )
        return self._fit_rows(rows)

    def _fit_rows(self, rows):
        """``fit`` to ``Rows`` (x, weight) that are known to be sound."""
        if not rows.longer_than(self.n_clusters - 1):
            raise ValueError(f"n_samples={rows.n_rows} should be >= n_clusters={self.n_clusters}.")
        if self.algorithm == "elkan" and self.n_clusters == 1:
            warnings.warn(
                "algorithm='elkan' doesn't make sense for a single cluster. Using 'lloyd' instead.",
                RuntimeWarning,
                stacklevel=3,
            )
        init = self._given_centres(rows.head()[0])
        points, random_state = centred(rows, self.n_clusters), check_random_state(self.random_state)
        best = None
        for _ in range(self._runs(10)):
            start = self._start(points, init, random_state)
            run = self._lloyd(points, start, self.tol * points.variance if self.tol else 0)
            if best is None or (run[1] < best[1] and not _same(run[0], best[0], self.n_clusters)):
                best = run
        self.labels_, self.inertia_, centres, self.n_iter_ = best
        self.cluster_centers_ = centres + points.origin
        self._n_features_out = self.n_clusters
        distinct = len(np.unique(self.labels_))
        if distinct < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({distinct}) found smaller than n_clusters "
                f"({self.n_clusters}). Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=3,
            )
        return self

    def _lloyd(self, points, centres, tol):
        """Labels, inertia, centres and iterations from a start to where nothing moves."""
        parts = Partition(points, len(centres))
        moved = np.zeros(len(centres))
        for done in steps(self, self.max_iter):
            parts.assign(centres, moved)
            means = parts.means(centres)
            squares = np.sum((means - centres) ** 2, axis=1, dtype=np.float64)
            centres, moved, n_iter = means, np.sqrt(squares), done + 1
            if squares.sum() <= tol:
                break
        labels, inertia = parts.end(centres, moved)
        return labels, inertia, centres, n_iter


def k_means(
    X,
    n_clusters,
    *,
    sample_weight=None,
    init="k-means++",
    n_init="auto",
    max_iter=300,
    verbose=False,
    tol=1e-4,
    random_state=None,
    copy_x=True,
    algorithm="lloyd",
    return_n_iter=False,
):
    """Centres (K, D), labels (N,) and inertia of ``KMeans``, and ``n_iter_`` if it is asked for."""
    model = KMeans(
        n_clusters,
        init=init,
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        verbose=verbose,
        random_state=random_state,
        copy_x=copy_x,
        algorithm=algorithm,
    ).fit(X, sample_weight=sample_weight)
    found = model.cluster_centers_, model.labels_, model.inertia_
    return (*found, model.n_iter_) if return_n_iter else found


def _same(a, b, n_parts):
    """Whether two labellings part the rows alike, whatever the parts are called."""
    pairs = np.unique(a.astype(np.int64) * n_parts + b)
    return len(pairs) == len(np.unique(a)) == len(np.unique(b))
