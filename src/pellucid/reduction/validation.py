"""Rows as scikit-learn would have them: finite, numeric, as wide as the model has learned."""

from dataclasses import dataclass, field

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    check_X_y,
    column_or_1d,
    validate_data,
)

from pellucid.reduction.rows import Rows
from pellucid.reduction.sources import is_plain, named, rows_of

__all__ = ["classes_of", "validate_rows"]


def validate_rows(model, X, y="no_validation", sample_weight=None, *, reset=True, **accepts):
    """The ``Rows`` (x, y, weight) that a model's ``fit`` was given, or (x, weight) if it has no y.

    For arrays this is ``sklearn.utils.validation.validate_data`` with the same keywords; whatever
    else ``rows_of`` takes is checked in the same way, but block by block as it is read.
    """
    unsupervised = isinstance(y, str) and y == "no_validation"
    if is_plain(X):
        validated = validate_data(model, X, y, reset=reset, **accepts)
        arrays = (validated,) if unsupervised else validated
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, arrays[0], dtype=np.float64, ensure_non_negative=True
            )
        return Rows(*arrays, sample_weight)
    rows = rows_of(X, sample_weight) if unsupervised else rows_of(X, y, sample_weight)
    least = accepts.pop("ensure_min_samples", 1)
    x, *rest = rows.head()
    x = named(x, rows.names)
    validate_data(model, x, y if unsupervised else rest[0], reset=reset, **accepts)
    if least > 1 and rows.n_rows < least:
        raise ValueError(f"Found {rows.n_rows} sample(s) while a minimum of {least} is required.")
    return rows.then(BlockCheck(type(model).__name__, x.shape[1], not unsupervised, accepts))


def classes_of(rows):
    """The classes of the labels y of rows (x, y, ...), sorted: one pass, and a union of unions.

    Where y is an array or file of its own, X is not read.
    """
    if rows.in_memory:
        check_classification_targets(rows.arrays[1])
        return np.unique(rows.arrays[1])
    return rows.companions().reduce(_classes, combine=np.union1d)


def _classes(y, *rest):
    y = column_or_1d(y)
    if y.dtype.kind == "f" and not (y == np.floor(y)).all():
        raise ValueError("Unknown label type: continuous. Classes are numbers without fraction.")
    return np.unique(y)


@dataclass(frozen=True)
class BlockCheck:
    """What scikit-learn asks of arrays, asked of one block."""

    model: str
    n_features: int
    supervised: bool
    accepts: dict = field(default_factory=dict)

    def __call__(self, x, *rest):
        if self.supervised:
            y, weight = rest
            x, *checked = check_X_y(x, y, estimator=self.model, **self.accepts)
        else:
            (weight,), checked = rest, []
            x = check_array(x, estimator=self.model, **self.accepts)
        if x.shape[1] != self.n_features:
            raise ValueError(
                f"A block of X has {x.shape[1]} features, but {self.model} is expecting "
                f"{self.n_features} features as input."
            )
        return x, *checked, None if weight is None else self._weight(weight, x.shape[0])

    def _weight(self, weight, n_rows):
        name = "sample_weight"
        weight = check_array(weight, ensure_2d=False, dtype=np.float64, input_name=name)
        if weight.shape != (n_rows,):
            raise ValueError(f"{name}.shape == {weight.shape}, expected {(n_rows,)}!")
        if (weight < 0).any():
            raise ValueError(f"Negative values in data passed to `{name}`.")
        return weight
