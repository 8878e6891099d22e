"""Votes: scikit-learn's, their definition, and members that are missing, dropped or mute."""

from math import comb

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import ensemble as reference
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV

import pellucid
from pellucid.dummy import DummyClassifier
from pellucid.ensemble import VotingClassifier, VotingRegressor
from pellucid.linear_model import LinearRegression, LogisticRegression
from pellucid.naive_bayes import GaussianNB
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

RNG = np.random.RandomState(0)
N = 150
X = RNG.standard_normal((N, 4))
NUMBERS = X[:, 0] + X[:, 1] ** 2 + 0.5 * RNG.standard_normal(N)
LABELS = np.array(["a", "b", "c"])[np.digitize(NUMBERS, [0, 1])]
WEIGHT = RNG.randint(0, 4, N).astype(float)
VOTERS = [
    ("line", LogisticRegression()),
    ("tree", DecisionTreeClassifier(max_depth=4, random_state=0)),
    ("bayes", GaussianNB()),
]
REGRESSORS = [
    ("line", LinearRegression()),
    ("tree", DecisionTreeRegressor(max_depth=4, random_state=0)),
]


class Says(ClassifierMixin, BaseEstimator):
    """Gives the answers it was made with."""

    def __init__(self, answers):
        self.answers = answers

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def predict(self, X):
        return np.array(self.answers)


# --- agreement ----------------------------------------------------------------------------------


@pytest.mark.parametrize("voting", ["hard", "soft"])
@pytest.mark.parametrize("weights", [None, [1, 2, 1.5]])
@pytest.mark.parametrize("sample_weight", [None, WEIGHT], ids=["", "weighted"])
def test_classifier_is_scikit_learns(voting, weights, sample_weight):
    fit = {} if sample_weight is None else {"sample_weight": sample_weight}
    options = {"voting": voting, "weights": weights}
    ours = VotingClassifier(VOTERS, **options).fit(X, LABELS, **fit)
    theirs = reference.VotingClassifier(VOTERS, **options).fit(X, LABELS, **fit)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    assert_array_equal(ours.classes_, theirs.classes_)
    assert_allclose(ours.transform(X), theirs.transform(X), rtol=1e-12)
    assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())
    assert hasattr(ours, "predict_proba") == (voting == "soft")
    if voting == "soft":
        assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-12)
        ours.set_params(flatten_transform=False)
        assert ours.transform(X).shape == (3, N, 3)
        with pytest.raises(ValueError, match="get_feature_names_out is not supported"):
            ours.get_feature_names_out()


@pytest.mark.parametrize("weights", [None, [1, 3]])
def test_regressor_is_scikit_learns(weights):
    ours = VotingRegressor(REGRESSORS, weights=weights).fit(X, NUMBERS)
    theirs = reference.VotingRegressor(REGRESSORS, weights=weights).fit(X, NUMBERS)
    assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-12)
    assert_allclose(ours.transform(X), theirs.transform(X), rtol=1e-12)
    assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())


# --- what must be true --------------------------------------------------------------------------


def test_votes_are_counted():
    said = RNG.randint(0, 3, (4, N))
    weights = [1, 2, 0.5, 3]
    voters = [(f"v{t}", Says(answers.tolist())) for t, answers in enumerate(said)]
    model = VotingClassifier(voters, weights=weights).fit(X, LABELS)
    counts = [np.bincount(column, weights, minlength=3).argmax() for column in said.T]
    assert_array_equal(model.predict(X), model.classes_[counts])


def test_of_equals_the_first_class_wins():
    voters = [("a", Says([2, 0, 1])), ("b", Says([1, 1, 2]))]
    model = VotingClassifier(voters).fit(X[:3], LABELS[[np.argmax(k == LABELS) for k in "abc"]])
    assert_array_equal(model.predict(X[:3]), ["b", "a", "b"])


def test_independent_voters_err_as_the_binomial_says():
    """Of n = 11 voters, each wrong with ε = 1/4, most are wrong in 3.4 % of the cases."""
    n, wrong, rows = 11, 0.25, 20_000
    said = (np.random.RandomState(0).random_sample((n, rows)) < wrong).astype(int)
    voters = [(f"v{t}", Says(answers)) for t, answers in enumerate(said)]
    model = VotingClassifier(voters).fit(np.zeros((2, 1)), [0, 1])
    expected = sum(comb(n, k) * wrong**k * (1 - wrong) ** (n - k) for k in range(6, 12))
    assert_allclose(expected, 0.034328, atol=5e-7)  # the book prints this
    deviation = np.sqrt(expected * (1 - expected) / rows)
    assert abs(model.predict(np.zeros((rows, 1))).mean() - expected) < 4 * deviation


def test_a_model_that_is_dropped_is_not_there():
    with_drop = VotingClassifier(VOTERS, voting="soft", weights=[1, 5, 2])
    with_drop.set_params(tree="drop").fit(X, LABELS)
    without = VotingClassifier([VOTERS[0], VOTERS[2]], voting="soft", weights=[1, 2])
    without.fit(X, LABELS)
    assert_array_equal(with_drop.predict_proba(X), without.predict_proba(X))
    assert len(with_drop.estimators_) == 2
    assert list(with_drop.named_estimators_) == ["line", "tree", "bayes"]
    assert with_drop.named_estimators_.tree == "drop"
    assert with_drop.named_estimators_["bayes"] is with_drop.estimators_[1]


def test_a_vote_among_copies_is_each_of_them():
    tree = DecisionTreeClassifier(random_state=0)
    model = VotingClassifier([("a", tree), ("b", tree)], voting="soft").fit(X, LABELS)
    assert_array_equal(model.predict_proba(X), tree.fit(X, LABELS).predict_proba(X))
    assert model.estimators_[0] is not tree  # the models that were given are not touched


def test_jobs_do_not_change_the_answer():
    one = VotingClassifier(VOTERS, voting="soft").fit(X, LABELS)
    two = VotingClassifier(VOTERS, voting="soft", n_jobs=2).fit(X, LABELS)
    assert_array_equal(one.predict_proba(X), two.predict_proba(X))


def test_arguments_of_members_can_be_searched():
    model = VotingClassifier(VOTERS)
    assert model.get_params()["tree__max_depth"] == 4
    grid = GridSearchCV(model, {"tree__max_depth": [1, 3], "voting": ["hard", "soft"]}, cv=2)
    grid.fit(X, LABELS)
    assert grid.best_estimator_.named_estimators_.tree.max_depth in (1, 3)
    assert VOTERS[1][1].max_depth == 4
    assert clone(model).get_params()["tree__max_depth"] == 4
    assert model.named_estimators.bayes is VOTERS[2][1]


# --- tables of other kinds ----------------------------------------------------------------------


def test_frames_their_names_and_the_output():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    model = VotingRegressor(REGRESSORS).set_output(transform="pandas").fit(frame, NUMBERS)
    assert list(model.feature_names_in_) == list("abcd")
    assert model.n_features_in_ == 4
    assert list(model.transform(frame).columns) == ["votingregressor_line", "votingregressor_tree"]
    model.fit(X, NUMBERS)
    assert not hasattr(model, "feature_names_in_")


def test_files(tmp_path):
    model = VotingClassifier([*VOTERS, ("no", "drop")], voting="soft").fit(X, LABELS)
    pellucid.save(model, tmp_path / "model")
    loaded = pellucid.load(tmp_path / "model")
    assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert list(loaded.named_estimators_) == ["line", "tree", "bayes", "no"]


# --- bad and extreme input ----------------------------------------------------------------------


def test_one_class_and_one_row():
    members = [("a", DummyClassifier()), ("b", DecisionTreeClassifier())]
    for voting in ("hard", "soft"):
        model = VotingClassifier(members, voting=voting).fit([[1.0]], ["only"])
        assert_array_equal(model.predict([[2.0]]), ["only"])
    assert VotingRegressor([("t", DecisionTreeRegressor())]).fit([[1.0]], [3]).predict([[0.0]]) == 3


def test_missing_values_are_the_members_affair():
    holed = np.where(RNG.random_sample(X.shape) < 0.1, np.nan, X)
    trees = [("a", DecisionTreeClassifier()), ("b", DecisionTreeClassifier(max_depth=2))]
    assert len(VotingClassifier(trees).fit(holed, LABELS).predict(holed)) == N
    with pytest.raises(ValueError, match="contains NaN"):
        VotingClassifier(VOTERS).fit(holed, LABELS)


@pytest.mark.parametrize(
    ("estimators", "words"),
    [
        ([], "non-empty list"),
        ([LogisticRegression()], "non-empty list"),
        ([(3, LogisticRegression())], "non-empty list"),
        ([("a__b", LogisticRegression())], "must not contain __"),
        ([("a", LogisticRegression()), ("a", GaussianNB())], "not unique"),
        ([("voting", LogisticRegression())], "conflict with constructor"),
        ([("a", "drop")], "All estimators are dropped"),
        ([("a", LinearRegression())], "LinearRegression should be a classifier"),
    ],
)
def test_bad_members(estimators, words):
    with pytest.raises(ValueError, match=words):
        VotingClassifier(estimators).fit(X, LABELS)


def test_bad_input():
    with pytest.raises(ValueError, match="weights must be equal"):
        VotingClassifier(VOTERS, weights=[1, 2]).fit(X, LABELS)
    with pytest.raises(ValueError, match="DecisionTreeClassifier should be a regressor"):
        VotingRegressor([("a", DecisionTreeClassifier())]).fit(X, NUMBERS)
    with pytest.raises(ValueError, match="'voting' parameter"):
        VotingClassifier(VOTERS, voting="loud").fit(X, LABELS)
    with pytest.raises(NotImplementedError, match="Multilabel"):
        VotingClassifier(VOTERS).fit(X, np.column_stack([X[:, 0] > 0, X[:, 1] > 0]))
    with pytest.raises(ValueError, match="Unknown label type"):
        VotingClassifier(VOTERS).fit(X, NUMBERS)
    with pytest.raises(TypeError, match="Says does not support sample weights"):
        VotingClassifier([("s", Says([0] * N))]).fit(X, LABELS, sample_weight=WEIGHT)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        VotingClassifier(VOTERS).predict(X)
    with pytest.raises(AttributeError, match="has no attribute 'predict_proba'"):
        VotingClassifier(VOTERS).fit(X, LABELS).predict_proba(X)
    with pytest.raises(AttributeError, match="n_features_in_"):
        _ = VotingRegressor(REGRESSORS).n_features_in_
    with pytest.warns(DataConversionWarning):
        VotingRegressor(REGRESSORS).fit(X, NUMBERS[:, None])
