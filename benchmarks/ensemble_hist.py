"""Boosting on histograms: against scikit-learn, LightGBM and XGBoost, with the same trees asked.

A hundred rounds of 31 leaves, 255 bins, at least 20 examples a leaf, no price on leaves, a
learning rate of 0.1 and no early stopping; two threads each.
"""

import importlib
from dataclasses import dataclass

import numpy as np

from benchmarks.rows import Library, benchmark

SIZES = ("10000x10", "100000x20", "50000x500", "1000000x20")
ROUNDS = 100


def _table(size, classes=0):
    """Ten columns at work, some of them together, and noise; half as many rows to be judged on."""
    N, D = (int(part) for part in size.split("x"))
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N + N // 2, D))
    score = X[:, :4].sum(1) + X[:, 4] * X[:, 5] + np.sin(2 * X[:, 6:10]).sum(1)
    score += rng.normal(size=len(X))
    y = (
        np.digitize(score, np.quantile(score, np.arange(1, classes) / classes))
        if classes
        else score
    )
    return X[:N], y[:N], X[N:], y[N:]


def _model(library, kind, **options):
    """The same booster in each library's words."""
    if library.name == "lightgbm":
        return getattr(importlib.import_module("lightgbm"), f"LGBM{kind}")(
            n_estimators=ROUNDS, num_leaves=31, max_bin=255, n_jobs=2, verbose=-1
        )
    if library.name == "xgboost":
        return getattr(importlib.import_module("xgboost"), f"XGB{kind}")(
            n_estimators=ROUNDS,
            tree_method="hist",
            grow_policy="lossguide",
            max_leaves=31,
            max_depth=0,
            max_bin=256,
            learning_rate=0.1,
            reg_lambda=0.0,
            min_child_weight=20 if kind == "Regressor" else 1e-3,
            n_jobs=2,
        )
    model = getattr(library.ensemble, f"HistGradientBoosting{kind}")
    return model(max_iter=ROUNDS, early_stopping=False, **options)


def _fit(library, size, kind, classes=0, **options):
    X, y, X_new, y_new = _table(size, classes)
    model, reached = _model(library, kind, **options), []

    def fit():
        model.fit(X, y)
        if not reached:
            reached.append(float(model.score(X_new, y_new)))
        return reached[0]

    return fit


def regressor(library, size):
    """R² of new rows."""
    return _fit(library, size, "Regressor")


def classifier(library, size):
    """The share of right answers in new rows."""
    return _fit(library, size, "Classifier", 2)


def classifier_of_five(library, size):
    return _fit(library, size, "Classifier", 5)


def predict(library, size):
    X, y, X_new, _ = _table(size)
    rows = min(len(X), 100_000)
    model = _model(library, "Regressor").fit(X[:rows], y[:rows])
    return lambda: float(model.predict(X_new).mean())


def _time(case, peer, *sizes):
    """Declare ``case`` against a peer, under a name of its own."""

    def timed(library, size):
        return case(library, size)

    timed.__name__ = f"{case.__name__}_{peer}"
    benchmark(*sizes, peer=peer)(timed)


for peer in ("sklearn", "lightgbm", "xgboost"):
    _time(regressor, peer, *SIZES)
    _time(classifier, peer, *SIZES)
    _time(classifier_of_five, peer, "10000x10", "100000x20")
    _time(predict, peer, "100000x20", "1000000x20")


@benchmark("100000x20")
def losses(library, size):
    """absolute_error, whose leaves are medians; its R² beside the time."""
    return _fit(library, size, "Regressor", loss="absolute_error")


@benchmark("10000x10", "100000x20", peer="pellucid.losses")
def own_loss(library, size):
    """A loss as a user writes it, against the built-in one of the same boosters."""
    options = {"loss": _own()} if library.name == "pellucid" else {}
    return _fit(Library("pellucid"), size, "Classifier", 2, **options)


def _own():
    from pellucid.losses import LogitLink, Loss

    @dataclass(frozen=True)
    class Own(Loss):
        """ℓ = log(1 + eˢ) - y s"""

        link = LogitLink()

        def value(self, y, raw):
            return np.logaddexp(0, raw) - y * raw

        def gradient(self, y, raw):
            return 1 / (1 + np.exp(-raw)) - y

        def hessian(self, y, raw):
            p = 1 / (1 + np.exp(-raw))
            return p * (1 - p)

    return Own()
