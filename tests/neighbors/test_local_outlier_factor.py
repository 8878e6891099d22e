"""The local outlier factor: scikit-learn's numbers, the paper's definition, what must be true."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import neighbors as theirs
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.metrics import pairwise_distances

import pellucid
from pellucid import reduction
from pellucid.neighbors import LocalOutlierFactor

ALGORITHMS = ("auto", "kd_tree", "ball_tree", "brute")


def _data(n=120, d=3, seed=0):
    """Two clusters, one ten times as dense, and some points of neither."""
    rng = np.random.default_rng(seed)
    thick, thin = rng.normal(size=(n // 2, d)) / 10, rng.normal(size=(n // 2, d)) + 6
    return np.vstack([thick, thin, rng.uniform(-8, 12, size=(5, d))])


def _by_definition(D, own, k):
    """LOF from distances (M, N) of points to examples and of the examples (N, N) to each other."""

    def nearest(rows):
        order = np.argsort(rows, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(rows, order, axis=1), order

    own = own + np.diag(np.full(len(own), np.inf))
    D = own if D is None else D
    far, who = nearest(own)
    k_distance = far[:, -1]
    density = 1 / np.maximum(k_distance[who], far).mean(axis=1)
    far, who = nearest(D)
    here = 1 / np.maximum(k_distance[who], far).mean(axis=1)
    return density[who].mean(axis=1) / here


# -- agreement ---------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 5, 20])
@pytest.mark.parametrize("contamination", ["auto", 0.1, 0.5])
@pytest.mark.parametrize("metric", ["minkowski", "manhattan", "chebyshev", "canberra"])
def test_equals_scikit_learn(k, contamination, metric):
    X, T = _data(), _data(seed=1)
    options = {"n_neighbors": k, "contamination": contamination, "metric": metric}
    ours, reference = (
        c(**options, novelty=True).fit(X) for c in (LocalOutlierFactor, theirs.LocalOutlierFactor)
    )
    for name in ("negative_outlier_factor_", "offset_", "n_neighbors_", "n_samples_fit_"):
        assert_allclose(getattr(ours, name), getattr(reference, name), rtol=1e-6, err_msg=name)
    for method in ("score_samples", "decision_function", "predict"):
        a, b = (getattr(model, method)(T) for model in (ours, reference))
        assert_allclose(a, b, rtol=1e-6, atol=1e-9, err_msg=method)
    a, b = (c(**options).fit_predict(X) for c in (LocalOutlierFactor, theirs.LocalOutlierFactor))
    apart = np.abs(ours.negative_outlier_factor_ - ours.offset_) > 1e-8  # no tie with the offset
    assert_array_equal(a[apart], b[apart])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
@pytest.mark.parametrize("k", [1, 4, 30])
def test_equals_the_definition(algorithm, metric, k):
    X, T = _data(), _data(seed=1)
    own, others = pairwise_distances(X, metric=metric), pairwise_distances(T, X, metric=metric)
    model = LocalOutlierFactor(k, algorithm=algorithm, metric=metric, novelty=True).fit(X)
    assert_allclose(-model.negative_outlier_factor_, _by_definition(None, own, k), rtol=1e-8)
    assert_allclose(-model.score_samples(T), _by_definition(others, own, k), rtol=1e-8)


@pytest.mark.parametrize("container", [sp.csr_array, sp.csr_matrix])
def test_sparse_rows_and_distances_beforehand_give_the_same(container):
    X, T = _data(), _data(seed=1)
    dense = LocalOutlierFactor(7, novelty=True).fit(X)
    sparse = LocalOutlierFactor(7, novelty=True).fit(container(X))
    assert_allclose(sparse.score_samples(container(T)), dense.score_samples(T), rtol=1e-7)
    beforehand = LocalOutlierFactor(7, novelty=True, metric="precomputed")
    beforehand.fit(pairwise_distances(X))
    scores = beforehand.score_samples(pairwise_distances(T, X))
    assert_allclose(scores, dense.score_samples(T), rtol=1e-9)
    graph = LocalOutlierFactor(7, metric="precomputed").fit(
        dense.kneighbors_graph(X, 9, "distance")
    )
    assert_allclose(graph.negative_outlier_factor_, dense.negative_outlier_factor_, rtol=1e-9)


# -- what must be true -------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [1e-140, 1e-12, 1e6, 1e140])
def test_the_factor_has_no_unit(unit):
    X, T = _data(), _data(seed=1)
    plain, scaled = (LocalOutlierFactor(novelty=True).fit(X * u) for u in (1.0, unit))
    assert_allclose(scaled.negative_outlier_factor_, plain.negative_outlier_factor_, rtol=1e-7)
    assert_allclose(scaled.score_samples(T * unit), plain.score_samples(T), rtol=1e-7)


def test_within_a_lattice_the_factor_is_one():
    """Far from the edge all neighbours have the same density (Breunig et al., lemma 1)."""
    X = np.stack(np.meshgrid(np.arange(20.0), np.arange(20.0)), axis=-1).reshape(-1, 2)
    factors = -LocalOutlierFactor(4).fit(X).negative_outlier_factor_.reshape(20, 20)
    assert_allclose(factors[4:-4, 4:-4], 1, rtol=1e-9)


def test_the_paper_s_bounds_hold():
    """Theorem 1: direct_min / indirect_max ≤ LOF ≤ direct_max / indirect_min, of reachabilities."""
    X, k = _data(), 6
    model = LocalOutlierFactor(k).fit(X)
    far, who = model.kneighbors(n_neighbors=k)
    reach = np.maximum(far[:, -1][who], far)  # (N, k)
    direct, indirect = reach, reach[who].reshape(len(X), -1)
    factors = -model.negative_outlier_factor_
    assert (factors >= direct.min(axis=1) / indirect.max(axis=1) * (1 - 1e-9)).all()
    assert (factors <= direct.max(axis=1) / indirect.min(axis=1) * (1 + 1e-9)).all()


@pytest.mark.parametrize("share", [0.02, 0.1, 0.31, 0.5])
def test_the_share_of_outliers_is_the_one_asked_for(share):
    X = _data()
    labels = LocalOutlierFactor(contamination=share).fit_predict(X)
    assert abs(np.sum(labels == -1) - share * len(X)) <= 1
    assert set(labels) == {-1, 1}


@pytest.mark.parametrize("contamination", ["auto", 0.2])
def test_the_parts_agree(contamination):
    X, T = _data(), _data(seed=1)
    model = LocalOutlierFactor(contamination=contamination, novelty=True).fit(X)
    scores = model.score_samples(T)
    assert_array_equal(model.decision_function(T), scores - model.offset_)
    assert_array_equal(model.predict(T), np.where(model.decision_function(T) < 0, -1, 1))
    alone = LocalOutlierFactor(contamination=contamination)
    assert_array_equal(alone.fit_predict(X), model.predict())
    assert_array_equal(alone.negative_outlier_factor_, model.negative_outlier_factor_)


def test_routes_and_threads_do_not_show(monkeypatch):
    X = np.random.default_rng(0).normal(size=(1500, 3))
    expected = LocalOutlierFactor().fit(X).negative_outlier_factor_
    for algorithm in ALGORITHMS:
        model = LocalOutlierFactor(algorithm=algorithm, leaf_size=3, n_jobs=2).fit(X)
        assert_allclose(model.negative_outlier_factor_, expected, rtol=1e-9)
    monkeypatch.setattr(reduction.threads, "_cores", lambda: 1)
    assert_array_equal(LocalOutlierFactor().fit(X).negative_outlier_factor_, expected)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_saved_model_scores_the_same(algorithm, tmp_path):
    X = _data()
    model = LocalOutlierFactor(algorithm=algorithm, novelty=True).fit(X)
    pellucid.save(model, tmp_path / "model")
    again = pellucid.load(tmp_path / "model")
    assert_array_equal(again.score_samples(X), model.score_samples(X))
    again._reachabilities = again._reachabilities[1:]
    with pytest.raises(ValueError, match="125 examples"):
        again._check_state()


# -- known answers -----------------------------------------------------------------------------


def test_three_points_by_hand():
    """A right angle with legs of one; k = 2, so that every k-distance is √2 or one."""
    model = LocalOutlierFactor(2, novelty=True).fit([[1, 1], [1, 2], [2, 1]])
    root = np.sqrt(2)
    corner = 2 * root / (1 + root)
    end = (1 + root) * (1 / (4 * root) + 1 / (2 + 2 * root))
    assert_allclose(-model.negative_outlier_factor_, [corner, end, end], rtol=1e-9)
    assert_allclose(-model.score_samples([[2.0, 2.0], [1.0, 1.0]]), [corner, end], rtol=1e-9)


def test_iris():
    X = load_iris(return_X_y=True)[0]
    labels = LocalOutlierFactor().fit_predict(X)
    assert_array_equal(labels, theirs.LocalOutlierFactor().fit_predict(X))


# -- bad and extreme input ---------------------------------------------------------------------


def test_more_neighbours_than_there_are():
    X = _data(20)
    with pytest.warns(UserWarning, match=r"n_neighbors will be set to \(n_samples - 1\)"):
        model = LocalOutlierFactor(500).fit(X)
    assert model.n_neighbors_ == len(X) - 1
    with pytest.raises(ValueError, match="Expected n_neighbors < n_samples_fit"):
        LocalOutlierFactor(1).fit(X[:1])


def test_points_that_coincide():
    rng = np.random.default_rng(0)
    X = np.concatenate([np.full(100, 0.1), np.linspace(0.1, 0.3, 300), rng.random(50) * 100])
    with pytest.warns(UserWarning, match="Duplicate values are leading to incorrect results"):
        model = LocalOutlierFactor(5, contamination=0.1).fit(X[:, None])
    assert np.isfinite(model.negative_outlier_factor_).all()
    assert_allclose(model.negative_outlier_factor_[:100], -1, rtol=1e-9)
    all_one = LocalOutlierFactor(5).fit(np.ones((20, 2)))
    assert_array_equal(all_one.negative_outlier_factor_, -1)


@pytest.mark.parametrize("method", ["predict", "decision_function", "score_samples"])
def test_methods_for_new_points_want_novelty(method):
    assert not hasattr(LocalOutlierFactor(), method)
    with pytest.raises(AttributeError, match="no attribute") as caught:
        getattr(LocalOutlierFactor(), method)
    assert "novelty=True is for new points" in str(caught.value.__cause__)
    with pytest.raises(NotFittedError):
        getattr(LocalOutlierFactor(novelty=True), method)([[1.0]])
    assert not hasattr(LocalOutlierFactor(novelty=True), "fit_predict")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(dtype):
    X = _data().astype(dtype)
    model = LocalOutlierFactor(contamination=0.1, novelty=True).fit(X)
    assert model.negative_outlier_factor_.dtype == model.score_samples(X).dtype == dtype
    assert model.decision_function(X).dtype == dtype
    assert model.predict(X).dtype.kind == "i"


@pytest.mark.parametrize(
    "options",
    [
        {"contamination": 0},
        {"contamination": 0.6},
        {"contamination": "half"},
        {"n_neighbors": 0},
        {"novelty": "yes"},
        {"metric": "nope"},
        {"algorithm": "cover_tree"},
    ],
)
def test_bad_parameters(options):
    with pytest.raises(ValueError, match="parameter of LocalOutlierFactor must be"):
        LocalOutlierFactor(**options).fit(_data(20))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_tables(bad):
    X = _data()
    model = LocalOutlierFactor(novelty=True).fit(X)
    X_bad = X.copy()
    X_bad[3, 1] = bad
    for call in (model.score_samples, LocalOutlierFactor().fit):
        with pytest.raises(ValueError, match=r"NaN|infinity"):
            call(X_bad)
    with pytest.raises(ValueError, match="features"):
        model.predict(X[:, :1])


def test_distances_that_overflow_are_an_error():
    with pytest.raises(ValueError, match="overflow"):
        LocalOutlierFactor(3).fit(np.arange(20.0)[:, None] * 1e200)
