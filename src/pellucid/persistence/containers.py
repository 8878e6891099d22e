"""The kinds of value that are scikit-learn's: what combines estimators, selects and splits.

A container is written as the arguments by which it was made, where they are not the defaults (so
that an argument which came or went between two versions is no obstacle), and what it has learned.
"""

import importlib
import inspect

from pellucid.persistence.codec import Kind, below

__all__: list[str] = []

MODULES = {
    "sklearn.compose": ("ColumnTransformer", "TransformedTargetRegressor", "make_column_selector"),
    "sklearn.model_selection": (
        *("GridSearchCV", "RandomizedSearchCV"),
        *("KFold", "GroupKFold", "StratifiedKFold", "StratifiedGroupKFold", "TimeSeriesSplit"),
        *("ShuffleSplit", "GroupShuffleSplit", "StratifiedShuffleSplit"),
        *("LeaveOneOut", "LeaveOneGroupOut"),
    ),
    "sklearn.pipeline": ("FeatureUnion", "Pipeline"),
    "sklearn.preprocessing": ("FunctionTransformer",),
}
MODULE = {name: module for module, names in MODULES.items() for name in names}

# Learned, without a public name, and the same in scikit-learn 1.7 to 1.9.
PRIVATE = {
    "_sklearn_output_config",
    *("_columns", "_remainder", "_transformer_to_input_indices"),  # ColumnTransformer
    "_training_dim",  # TransformedTargetRegressor
}
# What follows from the rest: of a search, of a column transformer.
DERIVED = {"scorer_", "_checked_cv_orig", "_transformers_feature_names_out"}


class Container(Kind, name="sklearn"):
    shared = True

    @staticmethod
    def holds(value):
        return _class(type(value).__name__) is type(value)

    @staticmethod
    def encode(value, path, encoder):
        arguments = {
            name: getattr(value, name)
            for name, parameter in inspect.signature(type(value)).parameters.items()
            if not _same(getattr(value, name), parameter.default)
        }
        made = vars(type(value)(**arguments))
        learned = {n: v for n, v in vars(value).items() if n not in made and n not in DERIVED}
        for name in learned:
            if not _is_learned(name):
                encoder.refuse(below(path, name), "scikit-learn keeps it to itself")
        return {
            "class": type(value).__name__,
            "arguments": _encode_all(arguments, path, encoder),
            "learned": _encode_all(learned, path, encoder),
        }

    @staticmethod
    def decode(node, path, decoder):
        cls = _class(node["class"])
        arguments = {n: decoder(v, below(path, n)) for n, v in node["arguments"].items()}
        value = cls(**arguments)
        for name, attribute in node["learned"].items():
            if not _is_learned(name) or hasattr(cls, name):
                raise ValueError(f"{name!r} is nothing that a {cls.__name__} learns")
            setattr(value, name, decoder(attribute, below(path, name)))
        if hasattr(value, "multimetric_"):
            _restore_scorer(value)
        return value


def _encode_all(attributes, path, encoder):
    return {name: encoder(value, below(path, name)) for name, value in attributes.items()}


def _class(name):
    return getattr(importlib.import_module(MODULE[name]), name) if name in MODULE else None


def _same(value, default):
    return value is default or (type(value) is type(default) and value == default)


def _is_learned(name):
    return name in PRIVATE or (name.endswith("_") and not name.startswith("_"))


def _restore_scorer(search):
    """``score`` of a search: the scorer, or the scorers, that its ``scoring`` names."""
    from sklearn.metrics import check_scoring, get_scorer

    scoring = search.scoring
    if search.multimetric_:
        names = scoring if isinstance(scoring, dict) else dict(zip(scoring, scoring, strict=True))
        search.scorer_ = {name: get_scorer(scorer) for name, scorer in names.items()}
    else:
        estimator = getattr(search, "best_estimator_", search.estimator)
        search.scorer_ = check_scoring(estimator, scoring=scoring)
