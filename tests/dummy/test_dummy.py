"""The baselines: scikit-learn's answers, the definitions, several outputs, bad input."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import dummy as reference

from pellucid.dummy import DummyClassifier, DummyRegressor

RNG = np.random.RandomState(0)
X = np.zeros((50, 1))
LABELS = RNG.choice(["a", "b", "c"], 50, p=[0.6, 0.3, 0.1])
CODES = RNG.randint(0, 3, (50, 2))
WEIGHT = RNG.randint(0, 4, 50).astype(float)
STRATEGIES = ["prior", "most_frequent", "stratified", "uniform", "constant"]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("y", [LABELS, CODES, CODES[:, :1]], ids=["labels", "two", "column"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weighted"])
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_scikit_learns_answers(strategy, y, weight):
    constant = y[0] if strategy == "constant" else None
    options = {"strategy": strategy, "random_state": 0, "constant": constant}
    ours = DummyClassifier(**options).fit(X, y, weight)
    theirs = reference.DummyClassifier(**options).fit(X, y, weight)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    for method in ("predict_proba", "predict_log_proba"):
        assert_allclose(getattr(ours, method)(X), getattr(theirs, method)(X), rtol=1e-12)
    assert_allclose(np.hstack(ours.class_prior_), np.hstack(theirs.class_prior_))
    assert_array_equal(ours.n_classes_, theirs.n_classes_)
    assert ours.n_outputs_ == theirs.n_outputs_


@pytest.mark.parametrize("strategy", [s for s in STRATEGIES if s != "uniform"])
def test_a_sparse_target_stays_sparse(strategy):
    options = {"strategy": strategy, "random_state": 0}
    options |= {"constant": [1, 0]} if strategy == "constant" else {}
    sparse = DummyClassifier(**options).fit(X, sp.csc_matrix(CODES)).predict(X)
    assert sp.issparse(sparse)
    assert_array_equal(sparse.toarray(), DummyClassifier(**options).fit(X, CODES).predict(X))
    with pytest.warns(UserWarning, match="uniform strategy would not save memory"):
        DummyClassifier(strategy="uniform").fit(X, sp.csc_matrix(CODES))


def test_frequencies_are_the_prior():
    model = DummyClassifier().fit(X, LABELS, WEIGHT)
    for k, label in enumerate(model.classes_):
        assert_allclose(model.class_prior_[k], WEIGHT[label == LABELS].sum() / WEIGHT.sum())
    many = DummyClassifier(strategy="stratified", random_state=0).fit(X, LABELS)
    drawn = many.predict(np.zeros((20_000, 1)))
    deviation = np.sqrt(many.class_prior_ * (1 - many.class_prior_) / 20_000)
    shares = [np.mean(drawn == label) for label in many.classes_]
    assert np.all(np.abs(shares - many.class_prior_) < 5 * deviation)


@pytest.mark.parametrize("strategy", ["mean", "median", "quantile", "constant"])
@pytest.mark.parametrize("shape", [(50,), (50, 2)])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weighted"])
def test_scikit_learns_numbers(strategy, shape, weight):
    y = RNG.standard_normal(shape)
    options = {"strategy": strategy, "quantile": 0.3, "constant": np.ones(shape[1:]) * 2}
    ours = DummyRegressor(**options).fit(X, y, weight)
    theirs = reference.DummyRegressor(**options).fit(X, y, weight)
    assert_allclose(ours.constant_, theirs.constant_, rtol=1e-12)
    assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-12)
    assert_allclose(ours.predict(X, return_std=True)[1], 0)


def test_x_is_not_looked_at():
    for model, y in ((DummyClassifier(), LABELS), (DummyRegressor(), CODES[:, 0])):
        expected = model.fit(X, y).predict(X)
        for table in (np.full((50, 3), np.nan), np.array([["?"]] * 50), sp.eye(50).tocsr()):
            assert_array_equal(model.fit(table, y).predict(table), expected)
    assert DummyRegressor().fit(X, CODES[:, 0]).score(None, CODES[:, 0]) == 0


def test_bad_input():
    for model, error, match in (
        (DummyClassifier(strategy="constant"), ValueError, "has to be specified"),
        (DummyClassifier(strategy="constant", constant="z"), ValueError, "Possible values are"),
        (DummyClassifier(strategy="constant", constant=["a", "b"]), ValueError, "should have"),
        (DummyClassifier(strategy="best"), ValueError, "'strategy' parameter"),
    ):
        with pytest.raises(error, match=match):
            model.fit(X, LABELS)
    for model, error, match in (
        (DummyRegressor(strategy="constant"), TypeError, "has to be specified"),
        (DummyRegressor(strategy="constant", constant=[1, 2]), ValueError, "should have shape"),
        (DummyRegressor(strategy="quantile"), ValueError, "desired quantile"),
    ):
        with pytest.raises(error, match=match):
            model.fit(X, CODES[:, 0])
