"""The models that ``--model auto`` compares, as a table; and those that a user names."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.utils._param_validation import InvalidParameterError

from pellucid._catalogue import estimators, needs_arguments
from pellucid.tables import InputError

__all__ = ["baseline", "closest", "make_candidates"]


@dataclass(frozen=True)
class Proposal:
    """One row of the table: a class, the arguments that its name shows, and those it does not."""

    class_name: str
    shown: dict = field(default_factory=dict)
    quiet: dict = field(default_factory=dict)
    suits: Callable = lambda y, n_columns: True


def _scale(y):
    return float(f"{np.std(y):.2g}") or 1.0


def _covariances_exist(y, n_columns):
    return n_columns < len(y) / 5


def _are_counts(y, n_columns):
    return y.min() >= 0 and y.sum() > 0 and bool(np.all(y == np.round(y)))


# The cheap ones first: a budget cuts the end off.  An argument that is a function is given the
# targets, because a penalty on an absolute error is in their unit.
PROPOSALS = {
    "classification": (
        Proposal("LogisticRegression", {}, {"max_iter": 1000}),
        Proposal("LinearDiscriminantAnalysis", suits=_covariances_exist),
        Proposal("GaussianNB", {"var_smoothing": 0.01}),  # a level may be constant in a class
        Proposal("QuadraticDiscriminantAnalysis", {"reg_param": 0.1}, suits=_covariances_exist),
        Proposal("LogisticRegression", {"C": 0.05}, {"max_iter": 1000}),
        Proposal("LogisticRegression", {"C": 20.0}, {"max_iter": 1000}),
        Proposal("SGDClassifier", {"loss": "log_loss"}),
        Proposal("RandomForestClassifier"),
        Proposal("HistGradientBoostingClassifier"),
    ),
    "regression": (
        Proposal("LinearRegression"),
        Proposal("Ridge"),
        Proposal("Ridge", {"alpha": 100.0}),
        Proposal("Lasso", {"alpha": lambda y: 0.01 * _scale(y)}, {"max_iter": 5000}),
        Proposal("ElasticNet", {"alpha": 0.1}, {"max_iter": 5000}),
        Proposal("HuberRegressor", {}, {"max_iter": 1000}),
        Proposal("PoissonRegressor", {}, {"max_iter": 1000}, _are_counts),
        Proposal("GammaRegressor", {}, {"max_iter": 1000}, lambda y, _: y.min() > 0),
        Proposal("RandomForestRegressor", {}, {"max_features": 1 / 3}),
        Proposal("HistGradientBoostingRegressor"),
    ),
}
BASELINES = {
    "classification": ("DummyClassifier", "prior"),
    "regression": ("DummyRegressor", "mean"),
}


def make_candidates(task, y, n_columns, names=("auto",), settings=(), seed=0) -> dict[str, object]:
    """``{what is printed: an unfitted model}``, in the order in which to try them.

    ``settings`` are ``("NAME", "param", value)``; they take the place of a model's own variants.
    """
    classes = _models(task)
    proposals = []
    for name in names:
        if name == "auto":
            proposals += [p for p in PROPOSALS[task] if p.suits(y, n_columns)]
        else:
            own = [p for p in PROPOSALS[task] if p.class_name == _lookup(name, task, classes)]
            proposals.append(Proposal(name, {}, own[0].quiet if own else {}))
    for name in dict.fromkeys(name for name, _, _ in settings):
        chosen = {key: value for n, key, value in settings if n == name}
        proposals = _with_settings(proposals, name, chosen)
    made = [_make(classes[p.class_name], p, y, seed) for p in proposals]
    return dict(made)


def baseline(task) -> tuple[str, object]:
    """The model that looks at no column."""
    name, strategy = BASELINES[task]
    model = next(c for n, c in estimators().items() if n == f"dummy.{name}")
    return name, model(strategy=strategy)


def closest(name, names) -> str:
    """``; did you mean 'Ridge'?`` or nothing."""
    lower = {n.lower(): n for n in names}
    close = difflib.get_close_matches(name.lower(), lower, 1, 0.5)
    return f"; did you mean {lower[close[0]]!r}?" if close else ""


def _models(task):
    fits = is_classifier if task == "classification" else is_regressor
    named = {name.rpartition(".")[2]: cls for name, cls in estimators().items()}
    return {n: cls for n, cls in named.items() if not needs_arguments(cls) and fits(cls())}


def _lookup(name, task, classes):
    if name in classes:
        return name
    known = {n.rpartition(".")[2] for n in estimators()}
    if name in known:
        raise InputError(f"{name} is no model for {task}: name another --model, or the --task")
    near = closest(name, classes) or closest(name, known) or "; `pellucid models` lists them"
    raise InputError(f"there is no model {name!r}{near}")


def _with_settings(proposals, name, chosen):
    """The first of the model's variants, with these arguments, in the place of all of them."""
    own = [p for p in proposals if p.class_name == name]
    if not own:
        names = {p.class_name for p in proposals}
        near = closest(name, names) or f"; --model {name} adds it"
        raise InputError(f"--set names {name!r}, which is not among the models to be tried{near}")
    place = proposals.index(own[0])
    rest = [p for p in proposals if p.class_name != name]
    return [*rest[:place], Proposal(name, chosen, own[0].quiet), *rest[place:]]


def _make(cls, proposal, y, seed):
    shown = {k: round(v(y), 10) if callable(v) else v for k, v in proposal.shown.items()}
    allowed = cls().get_params(deep=False)
    for key in shown:
        if key not in allowed:
            raise InputError(f"{cls.__name__} has no parameter {key!r}{closest(key, allowed)}")
    seeded = {"random_state": seed} if "random_state" in allowed else {}
    model = cls(**{**seeded, **proposal.quiet, **shown})
    try:
        model._validate_params()
    except InvalidParameterError as error:
        raise InputError(f"--set: {error}") from None
    arguments = ", ".join(f"{key}={_short(value)}" for key, value in shown.items())
    return f"{cls.__name__}({arguments})" if arguments else cls.__name__, model


def _short(value):
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else value
