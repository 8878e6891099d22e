"""Votes, bagging, AdaBoost and stacking, over each side's own trees and linear models."""

import numpy as np

from benchmarks.rows import benchmark
from benchmarks.tree import fit_half, table


@benchmark("100x10", "10000x10", "100000x20")
def ada_boost_classifier(library, size):
    """Thirty stumps."""
    X, scores = table(size)
    model = library.ensemble.AdaBoostClassifier(n_estimators=30, random_state=0)
    return fit_half(model, X, scores > 0)


@benchmark("10000x10", "100000x20")
def ada_boost_regressor(library, size):
    """Twenty trees of depth three."""
    X, scores = table(size)
    model = library.ensemble.AdaBoostRegressor(n_estimators=20, random_state=0)
    return fit_half(model, X, scores)


@benchmark("100000x20")
def ada_boost_classifier_predict(library, size):
    X, scores = table(size)
    model = library.ensemble.AdaBoostClassifier(n_estimators=50, random_state=0)
    model.fit(X[:2000], scores[:2000] > 0)
    return lambda: float(np.mean(model.predict(X)))


@benchmark("100000x20")
def ada_boost_regressor_predict(library, size):
    X, scores = table(size)
    model = library.ensemble.AdaBoostRegressor(n_estimators=50, random_state=0)
    model.fit(X[:2000], scores[:2000])
    return lambda: float(np.mean(model.predict(X)))


@benchmark("100x10", "10000x10", "50000x20")
def bagging_classifier(library, size):
    """Ten trees, one after the other."""
    X, scores = table(size)
    model = library.ensemble.BaggingClassifier(n_estimators=10, random_state=0)
    return fit_half(model, X, scores > 0)


@benchmark("50000x20")
def bagging_regressor_two_jobs(library, size):
    """Ten trees, two at a time."""
    X, scores = table(size)
    model = library.ensemble.BaggingRegressor(n_estimators=10, n_jobs=2, random_state=0)
    return fit_half(model, X, scores)


@benchmark("100000x20")
def bagging_classifier_predict(library, size):
    X, scores = table(size)
    model = library.ensemble.BaggingClassifier(n_estimators=20, random_state=0)
    model.fit(X[:20000], scores[:20000] > 0)
    return lambda: float(np.mean(model.predict(X)))


def _voters(library):
    return [
        ("line", library.linear_model.LogisticRegression()),
        ("tree", library.tree.DecisionTreeClassifier(max_depth=8, random_state=0)),
        ("bayes", library.naive_bayes.GaussianNB()),
    ]


def _regressors(library):
    return [
        ("line", library.linear_model.LinearRegression()),
        ("tree", library.tree.DecisionTreeRegressor(max_depth=8, random_state=0)),
    ]


@benchmark("50000x20")
def voting_classifier(library, size):
    X, scores = table(size)
    model = library.ensemble.VotingClassifier(_voters(library), voting="soft")
    return fit_half(model, X, scores > 0)


@benchmark("50000x20")
def voting_classifier_hard_predict(library, size):
    X, scores = table(size)
    model = library.ensemble.VotingClassifier(_voters(library)).fit(X[:5000], scores[:5000] > 0)
    return lambda: float(np.mean(model.predict(X)))


@benchmark("50000x20")
def stacking_classifier(library, size):
    X, scores = table(size)
    return fit_half(library.ensemble.StackingClassifier(_voters(library)), X, scores > 0)


@benchmark("50000x20")
def stacking_regressor(library, size):
    X, scores = table(size)
    return fit_half(library.ensemble.StackingRegressor(_regressors(library)), X, scores)


@benchmark("50000x20")
def voting_regressor(library, size):
    X, scores = table(size)
    return fit_half(library.ensemble.VotingRegressor(_regressors(library)), X, scores)
