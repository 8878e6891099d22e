"""What is asked of the winner: does more data help, what did it look at, what did it learn."""

import warnings

import numpy as np
import polars as pl
import scipy.sparse as sp
from sklearn.model_selection import learning_curve

from pellucid.experiment.metrics import scorer

__all__ = ["attributions", "coefficients", "importance", "learning"]

REPEATS = 5
MOST_ROWS, MOST_COLUMNS = 2_000, 50  # that are shuffled and predicted again
MOST_COEFFICIENTS = 1_000
MOST_EXPLAINED = 100  # rows, each a dot for every feature
SIZES = (0.1, 0.25, 0.5, 0.75, 1.0)


def learning(pipeline, X, y, splitter, metric):
    """The scores after learning from more and more rows; None where that cannot be had."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a small part may lack a class: its score is nan
        sizes, train, validation = learning_curve(
            pipeline,
            X,
            y,
            train_sizes=np.array(SIZES),
            cv=splitter,
            scoring=scorer(metric, y),
            shuffle=True,
            random_state=0,
            error_score=np.nan,
        )
    if not np.isfinite(validation).any():
        return None
    return {"sizes": sizes, "train": train, "validation": validation}


def importance(pipeline, X, y, metric, seed):
    """How far the metric falls when one column's values are shuffled among the rows.

    ``[(column, mean, standard deviation)]``, the largest fall first.  Of very many columns only
    those are asked that by themselves go most with the target.

    Reference: Breiman (2001), Random forests, section 10.
    """
    rng = np.random.default_rng(seed)
    if len(y) > MOST_ROWS:
        rows = rng.choice(len(y), MOST_ROWS, replace=False)
        X, y = X[rows], y[rows]
    score = scorer(metric, y)
    before = score(pipeline, X, y)
    falls = []
    for column in _promising(X, y):
        after = [
            score(pipeline, X.with_columns(X[column].gather(rng.permutation(len(y)))), y)
            for _ in range(REPEATS)
        ]
        falls.append((column, float(before - np.mean(after)), float(np.std(after))))
    return sorted(falls, key=lambda fall: -fall[1])


def _promising(X: pl.DataFrame, y):
    if X.width <= MOST_COLUMNS:
        return X.columns
    target = np.unique(y, return_inverse=True)[1]
    return sorted(X.columns, key=lambda name: -_strength(X[name], target))[:MOST_COLUMNS]


def _strength(s: pl.Series, target):
    """|correlation| with the target's rank; a column that is no number is worth a look."""
    if not s.dtype.is_float():
        return 1.0
    x = np.nan_to_num(s.to_numpy())
    spread = np.std(x) * np.std(target)
    return abs(np.mean((x - x.mean()) * (target - target.mean()))) / spread if spread > 0 else 0.0


def coefficients(pipeline):
    """``[(feature, class or "", value)]`` of a linear model, the largest first; else None."""
    model = pipeline[-1]
    if not hasattr(model, "coef_"):
        return None
    coef = np.atleast_2d(model.coef_)  # (K, D)
    names = [_plain(name) for name in pipeline[:-1].get_feature_names_out()]
    classes = getattr(model, "classes_", [""])
    classes = classes[-1:] if len(coef) == 1 else classes
    largest = np.argsort(-np.abs(coef), axis=None, kind="stable")[:MOST_COEFFICIENTS]
    return [
        (names[d], str(classes[k]), float(coef[k, d]))
        for k, d in zip(*np.unravel_index(largest, coef.shape), strict=True)
    ]


def attributions(pipeline, X):
    """Of a model that is made of trees, what each feature adds to its predictions; else None.

    A dict: ``names`` of the D features, the rows ``X`` (N, D) as the model sees them, and their
    Shapley ``values`` (N, D, R) for R outputs.
    """
    from pellucid.tree import TreeExplainer

    try:
        explainer = TreeExplainer(pipeline[-1])
    except TypeError:  # it is not made of trees
        return None
    Z = pipeline[:-1].transform(X[:MOST_EXPLAINED])
    Z = Z.toarray() if sp.issparse(Z) else Z
    values = explainer.shap_values(Z)
    return {
        "names": [_plain(name) for name in pipeline[:-1].get_feature_names_out()],
        "X": Z,
        "values": values.reshape(*Z.shape, -1),
    }


def _plain(name):
    """A feature's name without its branch: ``number__missingindicator_age`` is ``age missing``."""
    name = name.partition("__")[2]
    marked = name.removeprefix("missingindicator_")
    return name if marked == name else f"{marked} missing"
