"""Experiments made up to be drawn: usual ones, and ones that would break a careless page."""

from dataclasses import replace

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.pipeline import make_pipeline

from pellucid.base import Estimator
from pellucid.experiment import Candidate, Experiment
from pellucid.tables import Column, Schema

HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(2)'>",
    "</style></title><b>",
    "a' \" & $x^2$ &lt; `id`",
    "שלום עולם \u202e esrever",
    "列名" * 30,
    "verylongname" * 50,
    "_underscore\twith\ntabs",
    "",
    "http://example.com/?a=1&b=2",
]


class NearestMean(ClassifierMixin, Estimator):
    """The class whose mean lies nearest.

        ŷ = argmin_k ‖x - μ_k‖²

    The means μ_k are those of ``fit``'s rows <of class k>.

    Parameters
    ----------
    shrink : float, default=0.0
        How far the means are drawn together.

    References
    ----------
    Fix, E. & Hodges, J. L. (1951). Discriminatory analysis.
        Technical report 4.
    Cover, T. & Hart, P. (1967). Nearest neighbor pattern classification.
    """

    def __init__(self, shrink=0.0):
        self.shrink = shrink


def _candidates(rng, folds, mean, baseline, names):
    made = [
        Candidate(name, mean - 0.02 * i + 0.015 * rng.normal(size=folds), 0.004 * 3**i)
        for i, name in enumerate(names)
    ]
    made.append(
        Candidate("Dummy", baseline + 0.01 * rng.normal(size=folds), 0.0004, is_baseline=True)
    )
    failed = np.full(folds, np.nan)
    return [
        *made,
        Candidate("Perceptron", np.append(rng.uniform(-0.4, 0.2, folds - 1), np.nan), 0.01),
        Candidate("MultinomialNB", failed, np.nan, error="ValueError: Negative values in data"),
    ]


def _schema(rng, names, target, task, classes):
    columns = [
        Column(
            name,
            "number",
            missing=int(rng.integers(0, 9)) * (i % 2),
            distinct=150,
            edges=list(np.linspace(-3.2, 40.7, 21)),
            counts=[int(n) for n in rng.poisson(12 * np.exp(-(np.linspace(-2, 2, 20) ** 2)))],
        )
        for i, name in enumerate(names)
    ]
    columns.append(Column("when", "date", distinct=90, edges=[1.5e9, 1.6e9, 1.7e9], counts=[3, 9]))
    columns.append(Column("row id", "identifier", distinct=344, note="a different one in each row"))
    if task == "classification":
        labels = [str(c) for c in classes]
        counts = sorted(rng.multinomial(344, np.ones(len(labels)) / len(labels)), reverse=True)
        counts = [int(n) for n in counts[:10]]
        column = Column(target, "category", distinct=len(labels), top=labels[:10], counts=counts)
    else:
        column = Column(
            *(target, "number"), distinct=200, edges=[2700.0, 4000.0, 6300.0], counts=[200, 144]
        )
    return Schema([*columns, column], target)


def classification(
    classes=("Adelie", "Chinstrap", "Gentoo"),
    names=("culmen_length_mm", "culmen_depth_mm", "flipper_length_mm", "body_mass_g"),
    target="species",
    n_rows=344,
    seed=0,
):
    rng = np.random.default_rng(seed)
    classes, n, k = np.array(classes), n_rows // 5, len(classes)
    truth = rng.integers(k, size=n)
    odds = np.exp(2.2 * np.eye(k)[truth] + rng.normal(size=(n, k)))
    probability = odds / odds.sum(axis=1, keepdims=True)
    prediction = classes[np.argmax(probability, axis=1)]
    accuracy = float(np.mean(prediction == classes[truth]))
    pipeline = make_pipeline(NearestMean(shrink=0.5))
    sizes = np.array([27, 90, 150, 212, 275])
    labels = classes if k > 2 else [""]
    return Experiment(
        source="penguins.csv",
        target=target,
        task="classification",
        metric="accuracy",
        seed=0,
        folds=5,
        n_rows=n_rows,
        schema=_schema(rng, names, target, "classification", classes),
        notices=["row id was left out: it is different in every row."],
        candidates=_candidates(rng, 5, 0.96, 0.44, ["NearestMean", "Ridge", "GaussianNB"]),
        left_out=["LogisticRegressionCV"],
        winner="NearestMean",
        pipeline=pipeline,
        holdout_pipeline=pipeline,
        X_holdout=None,
        y_holdout=classes[truth],
        prediction=prediction,
        probability=probability,
        classes=classes,
        holdout_scores={"accuracy": accuracy, "neg_log_loss": -0.312, "roc_auc": 0.97},
        baseline_scores={"accuracy": 0.435, "neg_log_loss": -1.05, "roc_auc": 0.5},
        learning_curve={
            "sizes": sizes,
            "train": 0.98 + 0.01 * rng.normal(size=(5, 5)),
            "validation": (1 - 2 / np.sqrt(sizes))[:, None] + 0.01 * rng.normal(size=(5, 5)),
        },
        importance=[(name, 0.3 / (i + 1) - 0.001 * i, 0.02) for i, name in enumerate(names)],
        coefficients=[(name, c, rng.normal()) for name in names for c in labels],
        seconds=8.3,
    )


def regression(n_rows=344):
    rng = np.random.default_rng(1)
    made = classification(n_rows=n_rows)
    y = rng.normal(4200, 800, size=n_rows // 5)
    names = [name for name, _, _ in made.importance]
    return replace(
        made,
        target="body_mass_g",
        task="regression",
        metric="r2",
        schema=_schema(rng, names[:3], "body_mass_g", "regression", None),
        candidates=_candidates(rng, 5, 0.85, -0.02, ["NearestMean", "Ridge", "Lasso"]),
        y_holdout=y,
        prediction=y + rng.normal(0, 300, size=len(y)),
        probability=None,
        classes=None,
        holdout_scores={"r2": 0.861, "neg_mean_absolute_error": -240.5},
        baseline_scores={"r2": -0.012, "neg_mean_absolute_error": -690.1},
        importance=[(name, 0.5 / (i + 1), 0.03) for i, name in enumerate(names[:3])],
        coefficients=[(name, "", rng.normal() * 300) for name in names[:3]],
    )


def hostile():
    """Names and values that are markup, mathematics, endless, empty, or run leftwards."""
    made = classification(classes=HOSTILE[:6], names=HOSTILE, target=HOSTILE[0], n_rows=2000)
    return replace(
        made,
        source=HOSTILE[1],
        winner=HOSTILE[2],
        notices=HOSTILE,
        left_out=HOSTILE,
        candidates=[
            Candidate(name, np.array([0.9, 0.8]) - 0.01 * i, 0.1, error=name if i % 2 else None)
            for i, name in enumerate(HOSTILE)
        ],
    )


EXPERIMENTS = {
    "multiclass": classification,
    "binary": lambda: classification(classes=("no", "yes")),
    "booleans": lambda: classification(classes=(False, True)),
    "regression": regression,
    "many rows": lambda: regression(n_rows=50_000),
    "one feature": lambda: classification(names=("height",)),
    "no probabilities": lambda: replace(classification(), probability=None),
    "nothing learned": lambda: replace(
        classification(), holdout_scores={"accuracy": 0.435}, learning_curve=None
    ),
    "nothing to show": lambda: replace(
        classification(), importance=[], coefficients=None, notices=[], left_out=[]
    ),
    "100 classes": lambda: classification(
        classes=[f"class {i}" for i in range(100)], n_rows=10_000
    ),
    "500 columns": lambda: classification(names=[f"column_{i}" for i in range(500)]),
    "hostile": hostile,
}
