"""Votes, bagging, AdaBoost and stacking, over each side's own trees and linear models."""

import numpy as np

from benchmarks.rows import benchmark


def _table(size):
    """Three columns at work, half of the target noise; in float32, as scikit-learn's trees are."""
    N, D = (int(part) for part in size.split("x"))
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D)).astype(np.float32)
    return X, X[:, :3].sum(axis=1) + rng.normal(size=N)


@benchmark("100x10", "10000x10", "100000x20")
def ada_boost_classifier(library, size):
    """Thirty stumps; the share of right answers in as many new rows."""
    X, scores = _table(size)
    half = len(X) // 2
    model = library.ensemble.AdaBoostClassifier(n_estimators=30, random_state=0)
    return _fit(model, X, scores > 0, half)


@benchmark("10000x10", "100000x20")
def ada_boost_regressor(library, size):
    """Twenty trees of depth three; R² of as many new rows."""
    X, scores = _table(size)
    model = library.ensemble.AdaBoostRegressor(n_estimators=20, random_state=0)
    return _fit(model, X, scores, len(X) // 2)


@benchmark("100000x20")
def ada_boost_classifier_predict(library, size):
    X, scores = _table(size)
    model = library.ensemble.AdaBoostClassifier(n_estimators=50, random_state=0)
    model.fit(X[:2000], scores[:2000] > 0)
    return lambda: float(np.mean(model.predict(X)))


@benchmark("100000x20")
def ada_boost_regressor_predict(library, size):
    X, scores = _table(size)
    model = library.ensemble.AdaBoostRegressor(n_estimators=50, random_state=0)
    model.fit(X[:2000], scores[:2000])
    return lambda: float(np.mean(model.predict(X)))


@benchmark("100x10", "10000x10", "50000x20")
def bagging_classifier(library, size):
    """Ten trees, one after the other; the share of right answers in as many new rows."""
    X, scores = _table(size)
    model = library.ensemble.BaggingClassifier(n_estimators=10, random_state=0)
    return _fit(model, X, scores > 0, len(X) // 2)


@benchmark("50000x20")
def bagging_regressor_two_jobs(library, size):
    """Ten trees, two at a time; R² of as many new rows."""
    X, scores = _table(size)
    model = library.ensemble.BaggingRegressor(n_estimators=10, n_jobs=2, random_state=0)
    return _fit(model, X, scores, len(X) // 2)


@benchmark("100000x20")
def bagging_classifier_predict(library, size):
    X, scores = _table(size)
    model = library.ensemble.BaggingClassifier(n_estimators=20, random_state=0)
    model.fit(X[:20000], scores[:20000] > 0)
    return lambda: float(np.mean(model.predict(X)))


def _voters(library):
    return [
        ("line", library.linear_model.LogisticRegression()),
        ("tree", library.tree.DecisionTreeClassifier(max_depth=8, random_state=0)),
        ("bayes", library.naive_bayes.GaussianNB()),
    ]


@benchmark("50000x20")
def voting_classifier(library, size):
    X, scores = _table(size)
    model = library.ensemble.VotingClassifier(_voters(library), voting="soft")
    return _fit(model, X, scores > 0, len(X) // 2)


@benchmark("50000x20")
def voting_classifier_hard_predict(library, size):
    X, scores = _table(size)
    model = library.ensemble.VotingClassifier(_voters(library)).fit(X[:5000], scores[:5000] > 0)
    return lambda: float(np.mean(model.predict(X)))


@benchmark("50000x20")
def stacking_classifier(library, size):
    X, scores = _table(size)
    return _fit(library.ensemble.StackingClassifier(_voters(library)), X, scores > 0, len(X) // 2)


@benchmark("50000x20")
def stacking_regressor(library, size):
    X, scores = _table(size)
    members = [
        ("line", library.linear_model.LinearRegression()),
        ("tree", library.tree.DecisionTreeRegressor(max_depth=8, random_state=0)),
    ]
    return _fit(library.ensemble.StackingRegressor(members), X, scores, len(X) // 2)


def _fit(model, X, y, half):
    """Fit to half of the rows; the score of the others is found in the first call, not timed."""
    reached = []

    def fit():
        model.fit(X[:half], y[:half])
        if not reached:
            reached.append(float(model.score(X[half:], y[half:])))
        return reached[0]

    return fit
