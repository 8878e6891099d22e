"""Cross-validate every candidate on the same folds, as far as the budget reaches."""

import math
import time
import warnings
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import get_tags

from pellucid.experiment.metrics import scorer
from pellucid.experiment.records import Candidate

__all__ = ["Fold", "compare", "make_folds"]


@dataclass(frozen=True)
class Fold:
    """The matrices of one fold; what makes them was fitted on its training rows alone."""

    X_train: object  # (N, D), sparse where it is mostly zeros
    y_train: np.ndarray
    X_test: object
    y_test: np.ndarray


def make_folds(features, X, y, splitter) -> list[Fold]:
    """Fit ``features`` once for each fold: all candidates learn from the same matrices."""
    folds = []
    for train, test in splitter.split(X, y):
        transform = clone(features)
        X_train = transform.fit_transform(X[train], y[train])
        folds.append(Fold(X_train, y[train], transform.transform(X[test]), y[test]))
    return folds


def compare(baseline, candidates, folds, metric, deadline, watch):
    """``(records, best first; names of what was left out; notices)``.

    ``deadline`` is a reading of ``time.monotonic``; the baseline and the first candidate do not
    heed it.  ``watch(name, done, total)`` is told of every fit before it begins.
    """
    models = {**baseline, **candidates}
    records, left_out, notices = [], [], []
    for i, (name, model) in enumerate(models.items()):
        limit = deadline if i > 1 else math.inf

        def tell(k, i=i, name=name):
            watch(name, i * len(folds) + k, len(models) * len(folds))

        record, rough = _cross_validate(name, model, folds, metric, limit, tell)
        if record is None:
            left_out.append(name)
            continue
        record.is_baseline = name in baseline
        records.append(record)
        if rough:
            notices.append(f"{name} had not converged in {rough} of {len(folds)} folds")
    # equal but for rounding, the one that was proposed first is ahead
    records.sort(key=lambda r: math.inf if math.isnan(r.mean) else -round(r.mean, 9))
    return records, left_out, notices


def _cross_validate(name, model, folds, metric, limit, tell):
    """The record, and in how many folds the fit had not converged; no record when out of time."""
    scores, seconds, rough = np.full(len(folds), np.nan), np.zeros(len(folds)), 0
    for k, fold in enumerate(folds):
        if time.monotonic() > limit:
            return None, 0
        tell(k)
        try:
            scores[k], seconds[k], converged = _fit_and_score(model, fold, metric)
        except Exception as error:  # a model that cannot learn these rows has lost
            reason = str(error).partition("\n")[0] or type(error).__name__
            return Candidate(name, np.full(len(folds), np.nan), 0.0, reason), 0
        rough += not converged
    return Candidate(name, scores, float(seconds.mean())), rough


def _fit_and_score(model, fold, metric):
    X_train, X_test = fold.X_train, fold.X_test
    if sp.issparse(X_train) and not get_tags(model).input_tags.sparse:
        X_train, X_test = X_train.toarray(), X_test.toarray()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = time.perf_counter()
        model = clone(model).fit(X_train, fold.y_train)
        seconds = time.perf_counter() - start
        score = scorer(metric, fold.y_train)(model, X_test, fold.y_test)
    converged = not any(issubclass(w.category, ConvergenceWarning) for w in caught)
    if not np.isfinite(score):
        raise ValueError(f"its {metric} is {score}")
    return score, seconds, converged
