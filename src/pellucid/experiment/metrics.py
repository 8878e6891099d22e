"""The scores by which models are compared: scikit-learn's scorers, so that greater is better."""

import numpy as np
from sklearn.metrics import get_scorer

from pellucid.experiment.candidates import closest
from pellucid.tables import InputError

__all__ = ["METRICS", "all_scores", "choose_metric", "shown"]

METRICS = {
    "classification": (
        "accuracy",
        "balanced_accuracy",
        "f1_macro",
        "f1_weighted",
        "neg_log_loss",
        "roc_auc",
        "matthews_corrcoef",
    ),
    "regression": (
        "r2",
        "neg_root_mean_squared_error",
        "neg_mean_absolute_error",
        "neg_median_absolute_error",
        "neg_mean_absolute_percentage_error",
        "neg_mean_poisson_deviance",
        "neg_mean_gamma_deviance",
    ),
}
ALIASES = {
    "rmse": "neg_root_mean_squared_error",
    "mae": "neg_mean_absolute_error",
    "mape": "neg_mean_absolute_percentage_error",
}
LOPSIDED = 0.8  # with more of the rows in one class, accuracy says little


def choose_metric(name, task, y) -> tuple[str, list[str]]:
    """The scorer's name, and a notice where it was chosen for the data's sake."""
    names = METRICS[task]
    if name is not None:
        wanted = ALIASES.get(name, name)
        for candidate in (wanted, f"neg_{wanted}"):
            if candidate in names:
                return candidate, []
        other = METRICS["regression" if task == "classification" else "classification"]
        if {wanted, f"neg_{wanted}"} & set(other):
            raise InputError(f"--metric {name} does not measure {task}; there are {_list(names)}")
        plain = [n.removeprefix("neg_") for n in names]
        near = closest(name, plain) or f"; there are {_list(names)}"
        raise InputError(f"there is no metric {name!r} for {task}{near}")
    if task == "regression":
        return "r2", []
    counts = np.unique(y, return_counts=True)[1]
    if counts.max() <= LOPSIDED * counts.sum():
        return "accuracy", []
    chosen = "roc_auc" if len(counts) == 2 else "balanced_accuracy"
    share = f"{counts.max() / counts.sum():.0%} of the rows are of one class"
    return chosen, [f"{share}, so models are compared by {chosen.replace('_', ' ')}"]


def all_scores(model, X, y, task, metric) -> dict[str, float]:
    """Every metric of the task that can be had of ``model`` on these rows, ``metric`` first."""
    names = dict.fromkeys((metric, *METRICS[task]))
    scores = {}
    for name in names:
        try:
            value = float(scorer(name, y)(model, X, y))
        except (ValueError, AttributeError):  # no probabilities, a class missing, targets <= 0
            value = np.nan
        if name == metric or np.isfinite(value):
            scores[name] = value
    return scores


def scorer(name, y):
    """The scorer of that name, for two classes or more."""
    return get_scorer("roc_auc_ovr" if name == "roc_auc" and len(np.unique(y)) > 2 else name)


def shown(name) -> tuple[str, int]:
    """How a metric is called in print, and the sign that undoes scikit-learn's ``neg_``."""
    return name.removeprefix("neg_").replace("_", " "), -1 if name.startswith("neg_") else 1


def _list(names):
    return ", ".join(n.removeprefix("neg_") for n in names)
