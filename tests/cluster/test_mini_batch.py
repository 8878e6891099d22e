"""k-means by mini-batches: scikit-learn's draws and steps, and the mean that each centre is."""

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.cluster as reference
from numpy.testing import assert_allclose, assert_array_equal

import pellucid
from pellucid.cluster import MiniBatchKMeans
from pellucid.reduction import iterate


def clouds(N=600, D=4, K=6, dtype=np.float64):
    rng = np.random.RandomState(0)
    centres = 2 * rng.standard_normal((K, D))
    return (centres[rng.randint(K, size=N)] + rng.standard_normal((N, D))).astype(dtype)


OPTIONS = [
    {},
    {"init": "random"},
    {"batch_size": 50, "tol": 1e-3},
    {"batch_size": 40, "reassignment_ratio": 0.4, "compute_labels": False},
    {"batch_size": 30, "init_size": 90, "n_init": 3, "max_no_improvement": 3},
    {"max_no_improvement": None, "max_iter": 4, "reassignment_ratio": 0},
    {"batch_size": 7, "max_iter": 20},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("sparse", [False, True])
def test_steps_are_scikit_learns(options, sparse):
    X = clouds(700, 5, 12)
    X = sp.csr_matrix(np.where(np.abs(X) > 2, X, 0)) if sparse else X
    weight = np.random.RandomState(1).uniform(size=X.shape[0])
    ours = MiniBatchKMeans(12, random_state=0, **options).fit(X, sample_weight=weight)
    theirs = reference.MiniBatchKMeans(12, random_state=0, **options).fit(X, sample_weight=weight)
    assert (ours.n_steps_, ours.n_iter_) == (theirs.n_steps_, theirs.n_iter_)
    assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, atol=1e-11)
    assert_allclose(ours.inertia_, theirs.inertia_, 1e-11)
    assert hasattr(ours, "labels_") == options.get("compute_labels", True)
    assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("init", ["k-means++", "random", "given", "function"])
def test_partial_fits_are_scikit_learns(init):
    X = clouds(900, 5, 12)
    init = {"given": X[:12], "function": lambda X, K, random_state: X[-K:].copy()}.get(init, init)
    options = {"init": init, "n_init": 1, "random_state": 3}
    ours, theirs = MiniBatchKMeans(12, **options), reference.MiniBatchKMeans(12, **options)
    for first in range(0, 900, 60):
        ours.partial_fit(X[first : first + 60])
        theirs.partial_fit(X[first : first + 60])
        assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, atol=1e-11)
        assert_array_equal(ours.labels_, theirs.labels_)
        assert_allclose(ours.inertia_, theirs.inertia_, 1e-11)
    assert ours.n_steps_ == theirs.n_steps_ == 15


def test_a_centre_is_the_mean_of_all_that_came_to_it():
    X, weight = clouds(400, 3, 4), np.random.RandomState(1).uniform(size=400)
    model = MiniBatchKMeans(4, init=X[:4], n_init=1, reassignment_ratio=0)
    came = np.full(400, -1)
    for first in range(0, 400, 50):
        rows = slice(first, first + 50)
        centres = getattr(model, "cluster_centers_", X[:4])
        came[rows] = ((X[rows, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        model.partial_fit(X[rows], sample_weight=weight[rows])
    for k, centre in enumerate(model.cluster_centers_):
        expected = np.average(X[came == k], axis=0, weights=weight[came == k])
        assert_allclose(centre, expected, 1e-12)


def test_continues_after_loading(tmp_path):
    X = clouds()
    model = MiniBatchKMeans(6, random_state=0).partial_fit(X[:100])
    pellucid.save(model, tmp_path / "model.pellucid")
    loaded = pellucid.load(tmp_path / "model.pellucid").partial_fit(X[100:])
    assert_array_equal(loaded.cluster_centers_, model.partial_fit(X[100:]).cluster_centers_)


def test_continues_after_a_fit():
    X = clouds()
    ours = MiniBatchKMeans(6, random_state=0, reassignment_ratio=0).fit(X).partial_fit(X[:50])
    theirs = reference.MiniBatchKMeans(6, random_state=0, reassignment_ratio=0).fit(X)
    assert_allclose(ours.cluster_centers_, theirs.partial_fit(X[:50]).cluster_centers_, atol=1e-11)


def test_far_from_zero():
    X = clouds().round(5)
    expected = MiniBatchKMeans(6, random_state=0).fit(X)
    model = MiniBatchKMeans(6, random_state=0).fit(X + 1e8)
    assert_array_equal(model.labels_, expected.labels_)
    assert_allclose(model.inertia_, expected.inertia_, 1e-5)


def test_duplicates_one_row_and_too_few():
    model = MiniBatchKMeans(3, random_state=0).fit(np.ones((20, 2)))
    assert model.inertia_ == 0
    assert_array_equal(MiniBatchKMeans(1).fit([[1.0, 2]]).cluster_centers_, [[1, 2]])
    with pytest.raises(ValueError, match="n_samples=2 should be >= n_clusters=3"):
        MiniBatchKMeans(3).partial_fit([[1.0], [2]])
    with pytest.warns(RuntimeWarning, match=r"init_size=10 should be larger than n_clusters=20"):
        MiniBatchKMeans(20, init_size=10).fit(clouds())


def test_single_precision_stays():
    X = clouds(dtype=np.float32)
    model = MiniBatchKMeans(6, random_state=0).fit(X)
    assert model.cluster_centers_.dtype == np.float32
    assert model.partial_fit(X).transform(X).dtype == np.float32


def test_a_file_is_learned_from_block_by_block(tmp_path):
    """As the docstring says; 200,000 rows of two columns are two blocks."""
    X = np.random.default_rng(0).normal(size=(200_000, 2))
    X[1::2] += 20
    np.save(tmp_path / "rows.npy", X)
    model = MiniBatchKMeans(2, init=[[0, 0], [20, 20]], n_init=1, compute_labels=False)
    sizes = []
    for block in iterate(lambda X: X, str(tmp_path / "rows.npy")):
        model.partial_fit(block)
        sizes.append(len(block))
    assert len(sizes) > 1
    assert sum(sizes) == len(X)
    assert_allclose(model.cluster_centers_, [X[::2].mean(axis=0), X[1::2].mean(axis=0)], rtol=1e-9)
