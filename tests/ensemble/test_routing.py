"""Extra arguments reach the models that have requested them, and no others."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import UnsetMetadataPassedError

from pellucid.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from pellucid.linear_model import LinearRegression, LogisticRegression
from pellucid.naive_bayes import GaussianNB

RNG = np.random.RandomState(0)
N = 60
X = RNG.standard_normal((N, 3))
LABELS = np.array(["a", "b"])[(X[:, 0] > 0).astype(int)]
ROWS = np.arange(N)
WEIGHT = RNG.randint(1, 4, N).astype(float)


class Recorder(BaseEstimator):
    """Keeps the arguments of every call that reaches one of its copies."""

    calls: list = []  # noqa: RUF012  of this class, which outlives the copies

    def fit(self, X, y, sample_weight=None, rows=None):
        self.calls.append(("fit", len(X), sample_weight, rows))
        self.classes_ = np.unique(y)
        return self

    def predict(self, X, shift=0):
        self.calls.append(("predict", shift))
        return np.full(len(X), self.classes_[0]) + shift


class Labels(ClassifierMixin, Recorder):
    pass


class Sums(RegressorMixin, Recorder):
    pass


@pytest.fixture(autouse=True)
def forget():
    Recorder.calls.clear()


def called(method):
    return [args for name, *args in Recorder.calls if name == method]


ENSEMBLES = [
    (VotingClassifier, Labels),
    (VotingRegressor, Sums),
    (StackingClassifier, Labels),
    (StackingRegressor, Sums),
]


@pytest.mark.parametrize(("kind", "member"), ENSEMBLES)
def test_named_models_get_what_they_requested(kind, member):
    y = LABELS if member is Labels else X[:, 0]
    judge = {"final_estimator": member()} if kind.__name__.startswith("Stacking") else {}
    with config_context(enable_metadata_routing=True):
        wants = member().set_fit_request(rows=True, sample_weight=False)
        other = member().set_fit_request(rows=False, sample_weight=True)
        model = kind([("wants", wants), ("other", other), ("gone", "drop")], **judge)
        model.fit(X, y, sample_weight=WEIGHT, rows=ROWS)
    whole = [(weight, rows) for n, weight, rows in called("fit")[:2] if n == N]
    assert whole[0][0] is None
    assert_array_equal(whole[0][1], ROWS)
    assert_array_equal(whole[1][0], WEIGHT)
    assert whole[1][1] is None
    for n, weight, rows in called("fit")[2:]:  # the folds, each with its part, and the judge
        if n < N and rows is not None:
            assert len(rows) == n
            assert weight is None


@pytest.mark.parametrize(("kind", "member"), ENSEMBLES[2:])
def test_the_judge_of_a_stack_gets_the_weights_alone(kind, member):
    y = LABELS if member is Labels else X[:, 0]
    with config_context(enable_metadata_routing=True):
        wants = member().set_fit_request(rows=True, sample_weight=True)
        judge = member().set_predict_request(shift=True)
        model = kind([("wants", wants)], judge).fit(X, y, sample_weight=WEIGHT, rows=ROWS)
        _, weight, rows = called("fit")[-1]
        assert_array_equal(weight, WEIGHT)
        assert rows is None
        model.predict(X, shift=1)
    assert called("predict")[-1] == [1]
    model.predict(X, shift=1)  # as ever, where routing is off
    assert called("predict")[-1] == [1]


@pytest.mark.parametrize("kind", [BaggingClassifier, BaggingRegressor])
@pytest.mark.parametrize("weights", [True, False])
def test_members_of_a_bag_get_what_they_requested(kind, weights):
    """Without weights they are fitted to the rows that were drawn, with what belongs to those."""
    y = LABELS if kind is BaggingClassifier else X[:, 0]
    member = Labels() if kind is BaggingClassifier else Sums()
    with config_context(enable_metadata_routing=True):
        member.set_fit_request(rows=True, sample_weight=weights).set_predict_request(shift=True)
        model = kind(member, n_estimators=3, random_state=0)
        model.fit(X, y, sample_weight=WEIGHT, rows=ROWS)
        model.predict(X, shift=0)
    for (n, weight, rows), drawn in zip(called("fit"), model.estimators_samples_, strict=True):
        assert n == N
        assert_array_equal(rows, ROWS if weights else drawn)
        if weights:
            assert_array_equal(weight, np.bincount(drawn, minlength=N))
        else:
            assert weight is None
    assert called("predict") == [[0]] * 3


@pytest.mark.parametrize("member", [LogisticRegression(), GaussianNB()])
def test_a_bag_averages_probabilities_whatever_their_logarithms(member):
    model = BaggingClassifier(member, n_estimators=4, random_state=0).fit(X, LABELS)
    log_p = model.predict_log_proba(X)
    np.testing.assert_allclose(np.exp(log_p), model.predict_proba(X), rtol=1e-12)
    far = model.predict_log_proba(1e3 * X)  # where p itself underflows
    assert np.isfinite(far).all()


@pytest.mark.parametrize(
    "model",
    [
        VotingClassifier([("a", Labels())]),
        StackingClassifier([("a", Labels())], Labels()),
        BaggingClassifier(Labels()),
    ],
    ids=lambda model: type(model).__name__,
)
def test_what_was_not_requested_is_refused(model):
    with pytest.raises(ValueError, match="only supported if enable_metadata_routing=True"):
        model.fit(X, LABELS, rows=ROWS)
    with config_context(enable_metadata_routing=True):
        with pytest.raises(UnsetMetadataPassedError, match=r"rows.*Labels\.fit"):
            model.fit(X, LABELS, rows=ROWS)
        with pytest.raises(TypeError, match="nonsense"):
            model.fit(X, LABELS, nonsense=1)
        model.get_metadata_routing()
    assert not Recorder.calls


def test_weights_go_to_all_models_where_routing_is_off():
    VotingRegressor([("a", Sums()), ("b", Sums())]).fit(X, X[:, 0], sample_weight=WEIGHT)
    for _, weight, _ in called("fit"):
        assert_array_equal(weight, WEIGHT)
    VotingRegressor([("line", LinearRegression())]).fit(X, X[:, 0], WEIGHT)
