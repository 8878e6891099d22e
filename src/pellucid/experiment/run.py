"""The whole way from a table to a judged model."""

import math
import time
import warnings

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from pellucid.experiment.candidates import baseline, closest, make_candidates
from pellucid.experiment.compare import compare, make_folds
from pellucid.experiment.judge import attributions, coefficients, importance, learning
from pellucid.experiment.metrics import all_scores, choose_metric
from pellucid.experiment.records import Experiment
from pellucid.experiment.splits import choose_folds, hold_out, sample
from pellucid.tables import (
    InputError,
    TableReader,
    infer_schema,
    left_out,
    make_features,
    read_target,
    to_array,
)

__all__ = ["run_experiment"]

MOST_ROWS, MOST_CELLS = 50_000, 10_000_000  # of what candidates are compared on
CURVE_SECONDS = 60  # a learning curve that would take longer is not drawn


def run_experiment(
    frame,
    target,
    *,
    source="table",
    models=("auto",),
    settings=(),
    task="auto",
    folds=5,
    metric=None,
    drop=(),
    budget=math.inf,
    seed=0,
    notices=(),
    meet=lambda schema, task, notices: None,
    watch=lambda name, done, total: None,
) -> Experiment:
    """Compare candidates on four fifths of the rows, judge the best on the rest, refit it on all.

    ``frame`` is a polars frame as ``TableFile`` reads it; ``budget`` the seconds for comparing.
    ``meet`` is told what the columns were taken for, ``watch`` of every fit.
    """
    start = time.monotonic()
    for name in (target, *drop):
        if name not in frame.columns:
            near = closest(name, frame.columns) or f"; there are {_some(frame.columns)}"
            raise InputError(f"there is no column {name!r}{near}")
    task, column, values, said = read_target(frame[target], task)
    usable = values.is_not_null()
    frame, y = frame.filter(usable), to_array(values.filter(usable))
    schema = infer_schema(frame, column, set(drop) - {target})
    notices = [*notices, *said, *left_out(schema)]
    if not schema.features:
        raise InputError("no column is left to learn from")
    metric, said = choose_metric(metric, task, y)
    candidates = make_candidates(task, y, len(schema.features), models, settings, seed)
    notices += said
    meet(schema, task, notices)

    X = schema.read(frame)
    del frame
    stratify = task == "classification"
    development, held_out = hold_out(y, stratify, seed)
    most = min(MOST_ROWS, max(2_000, MOST_CELLS // X.width))
    rows = sample(development, y, most, folds, stratify, seed)
    splitter, said = choose_folds(y[rows], folds, stratify, seed)
    notices += said
    if len(rows) < len(development):
        notices.append(f"models were compared on {len(rows):,} of {len(y):,} rows")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matters of them is in the notices
        X_rows, y_rows = X[rows], y[rows]
        features = make_features(schema, task)
        cuts = make_folds(features, X_rows, y_rows, splitter)
        dummy, dummy_model = baseline(task)
        records, late, said = compare(
            {dummy: dummy_model}, candidates, cuts, metric, start + budget, watch
        )
        notices += said
        best = _best(records)
        if records[0].is_baseline:
            notices.append("no model was better than the baseline, which looks at no column")
        winner = candidates[best.name]
        is_dense = sp.issparse(cuts[0].X_train) and not get_tags(winner).input_tags.sparse
        del cuts
        parts = make_features(schema, task, is_dense), winner

        X_held, y_held = X[held_out], y[held_out]
        judged = _fit(schema, *parts, X[development], y[development])
        on_typed = judged[1:]
        guess = _fit(schema, features, dummy_model, X[development], y[development])[1:]
        scores = all_scores(on_typed, X_held, y_held, task, metric)
        curve = None
        if 3 * len(records[0].scores) * best.fit_seconds < CURVE_SECONDS:
            steps = list(zip(("features", "model"), map(clone, parts), strict=True))
            curve = learning(Pipeline(steps), X_rows, y_rows, splitter, metric)
        return Experiment(
            source=source,
            target=target,
            task=task,
            metric=metric,
            seed=seed,
            folds=splitter.n_splits,
            n_rows=len(y),
            schema=schema,
            notices=notices,
            candidates=records,
            left_out=late,
            winner=best.name,
            pipeline=_fit(schema, *parts, X, y),
            holdout_pipeline=judged,
            X_holdout=X_held,
            y_holdout=y_held,
            prediction=on_typed.predict(X_held),
            probability=_probability(on_typed, X_held),
            classes=getattr(on_typed[-1], "classes_", None),
            holdout_scores=scores,
            baseline_scores=all_scores(guess, X_held, y_held, task, metric),
            learning_curve=curve,
            importance=importance(on_typed, X_held, y_held, metric, seed),
            coefficients=coefficients(on_typed),
            attributions=attributions(on_typed, X_held),
            seconds=time.monotonic() - start,
        )


def _best(records):
    """The first that is no baseline and could be fitted."""
    real = [r for r in records if not r.is_baseline]
    if not real or math.isnan(real[0].mean):
        why = f": {real[0].name}: {real[0].error}" if real else ""
        raise InputError(f"no model could be fitted{why}")
    return real[0]


def _fit(schema, features, model, X, y) -> Pipeline:
    """The pipeline that reads a table as people have it, fitted on one that is read already."""
    fitted = Pipeline([("features", clone(features)), ("model", clone(model))]).fit(X, y)
    return Pipeline([("table", TableReader(schema)), *fitted.steps])


def _probability(model, X):
    return np.asarray(model.predict_proba(X)) if hasattr(model, "predict_proba") else None


def _some(names):
    return ", ".join(names[:8]) + (f" and {len(names) - 8:,} more" if len(names) > 8 else "")
