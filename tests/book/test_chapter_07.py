"""Chapter 7 of Raschka, Liu & Mirjalili (2022), by its own steps: votes, bagging, AdaBoost."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris, load_wine
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline

from pellucid.ensemble import AdaBoostClassifier, BaggingClassifier, VotingClassifier
from pellucid.linear_model import LogisticRegression
from pellucid.preprocessing import LabelEncoder, StandardScaler
from pellucid.tree import DecisionTreeClassifier


class MajorityVote(ClassifierMixin, BaseEstimator):
    """A vote written by hand, as the chapter does, so that searches reach into its members."""

    def __init__(self, classifiers, weights=None):
        self.classifiers = classifiers
        self.weights = weights

    def fit(self, X, y):
        self.encoder_ = LabelEncoder().fit(y)
        self.classes_ = self.encoder_.classes_
        codes = self.encoder_.transform(y)
        self.classifiers_ = [clone(model).fit(X, codes) for _, model in self.classifiers]
        return self

    def predict(self, X):
        votes = np.array([model.predict(X) for model in self.classifiers_]).T
        counted = [np.argmax(np.bincount(row, self.weights)) for row in votes]
        return self.encoder_.inverse_transform(counted)

    def predict_proba(self, X):
        each = [model.predict_proba(X) for model in self.classifiers_]
        return np.average(each, axis=0, weights=self.weights)

    def get_params(self, deep=True):
        own = super().get_params(deep=False)
        for name, model in self.classifiers if deep else ():
            own |= {f"{name}__{key}": value for key, value in model.get_params().items()}
        return own

    def set_params(self, **params):
        models = dict(self.classifiers)
        for name, value in params.items():
            member, _, key = name.partition("__")
            if key:
                models[member].set_params(**{key: value})
            else:
                setattr(self, name, value)
        return self


@pytest.fixture(scope="module")
def iris():
    """Versicolor and Virginica by sepal width and petal length, half of them for the test."""
    data = load_iris()
    X, y = data.data[50:, [1, 2]], data.target[50:]
    return train_test_split(X, y, test_size=0.5, random_state=1, stratify=y)


@pytest.fixture(scope="module")
def wine():
    """Classes 2 and 3 by alcohol and OD280/OD315, a fifth of them for the test."""
    data = load_wine()
    kept = data.target != 0
    X, y = data.data[kept][:, [0, 11]], LabelEncoder().fit_transform(data.target[kept] + 1)
    return train_test_split(X, y, test_size=0.2, random_state=1, stratify=y)


def models():
    line = LogisticRegression(penalty="l2", C=0.001, solver="lbfgs", random_state=1)
    stump = DecisionTreeClassifier(max_depth=1, criterion="entropy", random_state=0)
    nearest = KNeighborsClassifier(n_neighbors=1, p=2, metric="minkowski")
    return [
        ("pipeline-1", Pipeline([("sc", StandardScaler()), ("clf", line)])),
        ("decisiontreeclassifier", stump),
        ("pipeline-2", Pipeline([("sc", StandardScaler()), ("clf", nearest)])),
    ]


VOTES = {
    "by hand": lambda: MajorityVote(models()),
    "ours": lambda: VotingClassifier(models(), voting="soft"),
}
PRINTED = {
    "pipeline-1": ("0.92 +/- 0.15", 0.95),
    "decisiontreeclassifier": ("0.87 +/- 0.18", 0.90),
    "pipeline-2": ("0.85 +/- 0.13", 0.86),
}


@pytest.mark.parametrize("name", [*PRINTED, *VOTES])
def test_areas_under_the_curve(iris, name):
    train, test, y, t = iris
    model = VOTES[name]() if name in VOTES else dict(models())[name]
    printed, on_test = PRINTED.get(name, ("0.98 +/- 0.05", 0.95))
    scores = cross_val_score(model, train, y, cv=10, scoring="roc_auc")
    assert f"{scores.mean():.2f} +/- {scores.std():.2f}" == printed
    shares = model.fit(train, y).predict_proba(test)[:, 1]
    assert round(roc_auc_score(t, shares), 2) == on_test


@pytest.mark.parametrize("name", VOTES)
def test_search_through_the_members(iris, name):
    train, _, y, _ = iris
    grid = {
        "decisiontreeclassifier__max_depth": [1, 2],
        "pipeline-1__clf__C": [0.001, 0.1, 100.0],
    }
    search = GridSearchCV(VOTES[name](), grid, cv=10, scoring="roc_auc").fit(train, y)
    assert f"{search.best_score_:.3f}" == "0.983"
    assert f"{search.cv_results_['std_test_score'][search.best_index_]:.2f}" == "0.05"
    assert search.best_params_["pipeline-1__clf__C"] == 0.001  # the first of those that tie


def test_hard_votes_are_those_by_hand(iris):
    train, test, y, _ = iris
    for weights in (None, [0.2, 0.2, 0.6]):
        hand = MajorityVote(models(), weights).fit(train, y)
        ours = VotingClassifier(models(), weights=weights).fit(train, y)
        assert_array_equal(ours.predict(test), hand.predict(test))


def test_three_votes_with_weights():
    """The chapter's example: two say 0 with .2 each, one says 1 with .6; and by probability."""

    class Says(ClassifierMixin, BaseEstimator):
        def __init__(self, p):
            self.p = p

        def fit(self, X, y):
            self.fitted_ = True
            return self

        def predict_proba(self, X):
            return np.array([self.p])

        def predict(self, X):
            return np.array([np.argmax(self.p)])

    voters = [("1", Says([0.9, 0.1])), ("2", Says([0.8, 0.2])), ("3", Says([0.4, 0.6]))]
    model = VotingClassifier(voters, weights=[0.2, 0.2, 0.6]).fit([[0], [1]], [0, 1])
    assert model.predict([[0]]) == 1
    model.set_params(voting="soft")
    assert_allclose(model.predict_proba([[0]]), [[0.58, 0.42]])
    assert model.predict([[0]]) == 0


def scores(model, data):
    train, test, y, t = data
    model.fit(train, y)
    return f"{model.score(train, y):.3f}/{model.score(test, t):.3f}"


def test_bagging(wine):
    assert [len(part) for part in wine] == [95, 24, 95, 24]
    tree = DecisionTreeClassifier(criterion="entropy", max_depth=None, random_state=1)
    assert scores(tree, wine) == "1.000/0.833"
    bag = BaggingClassifier(
        estimator=tree, n_estimators=500, max_samples=1.0, max_features=1.0, bootstrap=True,
        bootstrap_features=False, n_jobs=1, random_state=1,
    )  # fmt: skip
    assert scores(bag, wine) == "1.000/0.917"


def test_adaboost(wine):
    tree = DecisionTreeClassifier(criterion="entropy", max_depth=1, random_state=1)
    assert scores(tree, wine) == "0.916/0.875"
    options = {"n_estimators": 500, "learning_rate": 0.1, "random_state": 1}
    assert scores(AdaBoostClassifier(tree, algorithm="SAMME.R", **options), wine) == "1.000/0.917"


class Weighed(ClassifierMixin, BaseEstimator):
    """A stump that keeps its weights."""

    def fit(self, X, y, sample_weight=None):
        self.weight_ = np.array(sample_weight)
        self.stump_ = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y, sample_weight)
        return self

    def predict(self, X):
        return self.stump_.predict(X)


def test_adaboosts_first_round_by_hand():
    """Ten points on a line: ε = .3, α = .42365, and weights of .0714 and .1667 for the next."""
    X = np.arange(1.0, 11)[:, None]
    y = np.array([1, 1, 1, -1, -1, -1, 1, 1, 1, -1])
    model = AdaBoostClassifier(Weighed(), n_estimators=2).fit(X, y)
    first, second = model
    assert_array_equal(first.predict(X), [1, 1, 1, -1, -1, -1, -1, -1, -1, -1])
    assert_allclose(model.estimator_errors_[0], 0.3)
    assert round(model.estimator_weights_[0] / 2, 5) == 0.42365  # the book halves it
    wrong = first.predict(X) != y
    assert_allclose(second.weight_[~wrong].round(4), 0.0714)
    assert_allclose(second.weight_[wrong].round(4), 0.1667)
