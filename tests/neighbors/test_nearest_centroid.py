"""Nearest centroid: scikit-learn's numbers, shrinking by its definition, and what must be true."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import neighbors as theirs
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

import pellucid
from pellucid import reduction
from pellucid.neighbors import NearestCentroid

METRICS = ("euclidean", "manhattan")
PRIORS = ("uniform", "empirical", (0.5, 0.2, 0.3))
KINDS = (np.asarray, sp.csr_array, sp.csr_matrix, sp.csc_array)


def _data(n=90, classes=3, seed=0):
    """Sparse enough for zeros to matter, in columns of different spread."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n)
    X = rng.normal(size=(n, 5)) * [1, 2, 5, 0.5, 1]
    X[:, :2] += y[:, None]
    return X * (rng.random(X.shape) < 0.7), y


def _models(**options):
    return NearestCentroid(**options), theirs.NearestCentroid(**options)


# -- agreement ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
@pytest.mark.parametrize("shrink", [None, 0.3, 2.0, 1e3])
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("priors", PRIORS)
def test_equals_scikit_learn(kind, shrink, metric, priors):
    X, y = _data()
    T, _ = _data(seed=1)
    options = {"metric": metric, "shrink_threshold": shrink, "priors": priors}
    ours, reference = (model.fit(kind(X), y) for model in _models(**options))
    for name in ("centroids_", "deviations_", "within_class_std_dev_", "class_prior_"):
        expected = getattr(reference, name)
        assert getattr(ours, name).dtype == expected.dtype
        assert_allclose(getattr(ours, name), expected, rtol=1e-10, atol=1e-12, err_msg=name)
    assert_array_equal(ours.predict(kind(T)), reference.predict(kind(T)))
    if metric == "euclidean":
        for method in ("decision_function", "predict_proba", "predict_log_proba"):
            a, b = (getattr(model, method)(kind(T)) for model in (ours, reference))
            assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=method)


@pytest.mark.parametrize("priors", ["uniform", "empirical"])
def test_two_classes_have_one_score(priors):
    X, y = _data(classes=2)
    ours, reference = (model.fit(X, y) for model in _models(priors=priors))
    scores = ours.decision_function(X)
    assert scores.shape == (len(X),)
    assert_allclose(scores, reference.decision_function(X), rtol=1e-9, atol=1e-12)
    assert_array_equal(ours.predict(X), reference.predict(X))


# -- what must be true -------------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
def test_the_nearest_centroid_wins(metric):
    X, y = _data()
    model = NearestCentroid(metric=metric).fit(X, y)
    order = {"euclidean": 2, "manhattan": 1}[metric]
    distances = np.linalg.norm(X[:, None] - model.centroids_, ord=order, axis=2)
    assert_array_equal(model.predict(X), model.classes_[distances.argmin(axis=1)])


@pytest.mark.parametrize("priors", PRIORS)
def test_probabilities_sum_to_one_and_follow_the_scores(priors):
    X, y = _data()
    model = NearestCentroid(priors=priors, shrink_threshold=0.2).fit(X, y)
    scores, p = model.decision_function(X), model.predict_proba(X)
    assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    assert_allclose(p, np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True), rtol=1e-9)
    assert_allclose(np.log(p), model.predict_log_proba(X), rtol=1e-9, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(shrink=st.floats(0.01, 5), metric=st.sampled_from(METRICS))
def test_shrinking_moves_each_centroid_by_the_threshold_or_to_the_middle(shrink, metric):
    X, y = _data()
    plain = NearestCentroid(metric=metric).fit(X, y)
    shrunk = NearestCentroid(metric=metric, shrink_threshold=shrink).fit(X, y)
    d, shrunk_d = plain.deviations_, shrunk.deviations_
    assert_allclose(shrunk_d, np.sign(d) * np.maximum(np.abs(d) - shrink, 0), atol=1e-12)
    dropped = (shrunk_d == 0).all(axis=0)
    assert_allclose(shrunk.centroids_[:, dropped], np.tile(X.mean(axis=0)[dropped], (3, 1)))
    moved = (X + np.where(dropped, 17.0, 0.0))[:20]  # a feature shrunk away has no say
    if metric == "euclidean":
        assert_array_equal(shrunk.predict(moved), shrunk.predict(X[:20]))


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_repeating_every_row_keeps_the_centroids(metric, kind):
    X, y = _data()
    once = NearestCentroid(metric=metric).fit(kind(X), y)
    thrice = NearestCentroid(metric=metric).fit(kind(np.repeat(X, 3, axis=0)), np.repeat(y, 3))
    assert_allclose(once.centroids_, thrice.centroids_, rtol=1e-12, atol=1e-14)


def test_a_table_far_from_zero_is_classified_as_near_it():
    X, y = _data()
    X = np.round(X * 64) / 64
    for options in ({}, {"priors": "empirical"}, {"shrink_threshold": 0.5}, {"metric": METRICS[1]}):
        here = NearestCentroid(**options).fit(X, y)
        there = NearestCentroid(**options).fit(X + 2.0**30, y)
        assert_array_equal(there.predict(X + 2.0**30), here.predict(X))
        assert_allclose(there.within_class_std_dev_, here.within_class_std_dev_, rtol=1e-6)


@pytest.mark.parametrize("metric", METRICS)
def test_the_number_of_threads_does_not_show(metric, monkeypatch):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30000, 20)), rng.integers(0, 4, 30000)
    on_all = NearestCentroid(metric=metric, shrink_threshold=0.1).fit(X, y)
    labels = on_all.predict(X)
    monkeypatch.setattr(reduction.threads, "_cores", lambda: 1)
    on_one = NearestCentroid(metric=metric, shrink_threshold=0.1).fit(X, y)
    assert_array_equal(on_one.centroids_, on_all.centroids_)
    assert_array_equal(on_one.predict(X), labels)


def test_a_saved_model_predicts_the_same(tmp_path):
    X, y = _data()
    model = NearestCentroid(priors="empirical", shrink_threshold=0.1).fit(X, y)
    pellucid.save(model, tmp_path / "model")
    again = pellucid.load(tmp_path / "model")
    assert_array_equal(again.decision_function(X), model.decision_function(X))


# -- known answers -----------------------------------------------------------------------------


def test_shrunken_centroids_of_pamr():
    """As the R package of the paper's authors gives them, to the digits printed there."""
    X = [[0, 1], [1, 0], [1, 1], [2, 0], [6, 8]]
    model = NearestCentroid(shrink_threshold=0.1).fit(X, [1, 1, 2, 2, 2])
    expected = [[0.7787310, 0.8545292], [2.814179, 2.763647]]
    assert_allclose(model.centroids_, expected, atol=5e-7)


def test_a_small_table_by_hand():
    X = [[-2, -1], [-1, -1], [-1, -2], [1, 1], [1, 2], [2, 1]]
    model = NearestCentroid().fit(X, [-1, -1, -1, 1, 1, 1])
    assert_allclose(model.centroids_, [[-4 / 3, -4 / 3], [4 / 3, 4 / 3]])
    assert_allclose(model.within_class_std_dev_, np.full(2, 1 / 3) ** 0.5)
    assert_allclose(model.decision_function([[-1, -1], [2, 2], [3, 2]]), [-32, 64, 80])
    medians = NearestCentroid(metric="manhattan").fit(X, [-1, -1, -1, 1, 1, 1]).centroids_
    assert_array_equal(medians, [[-1, -1], [1, 1]])


def test_iris():
    X, y = load_iris(return_X_y=True)
    for options in ({}, {"priors": "empirical"}, {"metric": "manhattan", "shrink_threshold": 0.1}):
        ours, reference = (model.fit(X, y) for model in _models(**options))
        assert_array_equal(ours.predict(X), reference.predict(X))


# -- bad and extreme input ---------------------------------------------------------------------


@pytest.mark.parametrize("shrink", [None, 0.1])
def test_features_that_vary_between_classes_alone(shrink):
    """s_j = 0 is neither 0/0 nor a warning: the feature counts in its own unit."""
    X = np.column_stack([np.repeat([0.0, 1.0, 2.0], 3), np.zeros(9), np.arange(9.0)])
    y = np.repeat([0, 1, 2], 3)
    model = NearestCentroid(shrink_threshold=shrink, priors=(0.5, 0.25, 0.25)).fit(X, y)
    assert_array_equal(model.predict(X), y)
    assert np.isfinite(model.centroids_).all() and np.isfinite(model.decision_function(X)).all()
    assert_array_equal(model.deviations_[:, 1], 0)
    assert not np.isnan(model.deviations_).any()


def test_one_row_for_each_class():
    model = NearestCentroid(shrink_threshold=0.5).fit([[0.0, 1.0], [4.0, 5.0]], [0, 1])
    assert_array_equal(model.centroids_, [[0, 1], [4, 5]])
    assert_array_equal(model.within_class_std_dev_, 0)
    assert_array_equal(model.deviations_, [[-np.inf, -np.inf], [np.inf, np.inf]])
    assert_array_equal(model.predict([[1.0, 1.0], [3.0, 9.0]]), [0, 1])


def test_a_prior_of_zero_is_never_predicted():
    X, y = _data()
    model = NearestCentroid(priors=(0, 0.5, 0.5)).fit(X, y)
    assert_array_equal(model.predict_proba(X)[:, 0], 0)
    assert 0 not in model.predict(X)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("unit", [1e-150, 1e150])
def test_extreme_units(metric, unit):
    X, y = _data()
    plain = NearestCentroid(metric=metric, shrink_threshold=0.2).fit(X, y)
    model = NearestCentroid(metric=metric, shrink_threshold=0.2).fit(X * unit, y)
    assert_array_equal(model.predict(X * unit), plain.predict(X))
    assert_allclose(model.centroids_ / unit, plain.centroids_, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
def test_a_table_that_does_not_vary(kind):
    with pytest.raises(ValueError, match="All features have zero variance"):
        NearestCentroid().fit(kind(np.tile([1.0, 2.0], (6, 1))), [0, 0, 0, 1, 1, 1])


@pytest.mark.parametrize(
    ("priors", "why"),
    [
        ((-2, 4, 1), "must be non-negative"),
        ((0, 0, 0), "one of them positive"),
        ((0.5, 0.5), "one number for each of the 3 classes"),
        ("equal", "parameter of NearestCentroid must be"),
    ],
)
def test_bad_priors(priors, why):
    with pytest.raises(ValueError, match=why):
        NearestCentroid(priors=priors).fit(*_data())


def test_priors_are_made_to_sum_to_one():
    with pytest.warns(UserWarning, match="The priors do not sum to 1"):
        model = NearestCentroid(priors=(2, 1, 1)).fit(*_data())
    assert_array_equal(model.class_prior_, [0.5, 0.25, 0.25])


@pytest.mark.parametrize("method", ["decision_function", "predict_proba", "predict_log_proba"])
def test_manhattan_distances_make_no_scores(method):
    assert not hasattr(NearestCentroid(metric="manhattan"), method)
    with pytest.raises(NotFittedError):
        getattr(NearestCentroid(), method)([[1.0]])


@pytest.mark.parametrize(
    "options", [{"metric": "cosine"}, {"shrink_threshold": 0}, {"shrink_threshold": -1}]
)
def test_bad_parameters(options):
    with pytest.raises(ValueError, match="parameter of NearestCentroid must be"):
        NearestCentroid(**options).fit(*_data())


def test_bad_tables():
    X, y = _data()
    bad = X.copy()
    bad[2, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        NearestCentroid().fit(bad, y)
    with pytest.raises(ValueError, match="got 1 class"):
        NearestCentroid().fit(X, np.zeros(len(X)))
    with pytest.raises(ValueError, match="features"):
        NearestCentroid().fit(X, y).predict(X[:, :2])
    with pytest.raises(ValueError, match="Unknown label type"):
        NearestCentroid().fit(X, X[:, 0])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        NearestCentroid().fit(X, y[:-1])
