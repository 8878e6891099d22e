"""The table a booster reads: numbers as they are, categories as codes; and who may meet whom.

A column of categories holds the places 0, 1, ... of its values among those of ``fit``, sorted, and
nan for what is missing or was not there.
"""

from itertools import combinations
from numbers import Integral

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import _check_feature_names, _check_n_features, validate_data

__all__ = ["interaction_groups", "read_table"]

NUMBERS = {"dtype": np.float64, "order": "C", "ensure_all_finite": False}


def read_table(model, X, *, reset):
    """X (N, D) as float64 in C order; with ``reset`` its columns are learned, else checked.

    Learned are ``is_categorical_``, a mask or None, and ``_categories``, one array a column.
    """
    if hasattr(X, "columns"):
        _check_feature_names(model, X, reset=reset)
        _check_n_features(model, X, reset=reset)
        columns = [X[name] for name in X.columns]
    else:
        X = validate_data(model, X, **NUMBERS, reset=reset)
        columns = X.T
    if reset:
        names = getattr(model, "feature_names_in_", None)
        mask = _which_are_categories(model.categorical_features, X, names)
        model.is_categorical_ = mask if mask.any() else None
        model._categories = [
            _find_categories(d, columns[d], names, model.max_bins) if mask[d] else np.empty(0)
            for d in range(len(columns))
        ]
    if model.is_categorical_ is None:
        return validate_data(model, X, **NUMBERS, reset=False) if hasattr(X, "columns") else X
    out = np.empty(X.shape)  # (N, D)
    for d, column in enumerate(columns):
        if model.is_categorical_[d]:
            out[:, d] = _codes(np.asarray(column), model._categories[d])
        else:
            column = np.asarray(column, np.float64 if _is_nullable(column) else None)
            out[:, d] = check_array(column.reshape(-1, 1), **NUMBERS)[:, 0]
    return out


def _is_nullable(column):
    """A column of pandas' numbers with NA, which NumPy takes for objects unless told."""
    return getattr(getattr(column, "dtype", None), "na_value", None) is not None


def _which_are_categories(wanted, X, names):
    """A mask of the columns of X (D,), for ``categorical_features`` of any of its kinds."""
    D = X.shape[1]
    mask = np.zeros(D, bool)
    if isinstance(wanted, str):  # 'from_dtype'
        if hasattr(X, "columns"):
            kinds = [str(kind) for kind in X.dtypes]
            mask[:] = [kind.startswith(("category", "Categorical", "Enum")) for kind in kinds]
        return mask
    if wanted is None or len(wanted) == 0:
        return mask
    kinds = {type(w) for w in wanted}
    kinds_taken = (bool, np.bool_), (Integral,), (str,)
    if not any(all(issubclass(kind, taken) for kind in kinds) for taken in kinds_taken):
        kind = np.asarray(wanted).dtype
        named = sorted(k.__name__ for k in kinds) if kind.kind == "O" else [kind.name]
        raise ValueError(
            "categorical_features must be an array-like of bool, int or str, got: "
            f"{', '.join(named)}."
        )
    wanted = np.asarray(wanted)
    if wanted.dtype == bool:
        if wanted.shape != (D,):
            raise ValueError(
                "categorical_features set as a boolean mask must have shape (n_features,), got: "
                f"{wanted.shape}"
            )
        return wanted
    if isinstance(wanted[0], str):
        wanted = _places(wanted, names)
    if wanted.min() < 0 or wanted.max() >= D:
        raise ValueError(
            "categorical_features set as integer indices must be in [0, n_features - 1], got: "
            f"{wanted.tolist()}"
        )
    mask[wanted] = True
    return mask


def _places(wanted, names):
    if names is None:
        raise ValueError(
            "categorical_features should be passed as an array of integers or as a boolean mask "
            "when the model is fitted on data without feature names."
        )
    for name in wanted:
        if name not in names:
            raise ValueError(
                f"categorical_features has an item value {str(name)!r} which is not a valid "
                f"feature name of the training data. Observed feature names: {list(names)}"
            )
    return np.flatnonzero(np.isin(names, wanted))


def _find_categories(d, column, names, max_bins):
    """The distinct values of a column, sorted; missing ones are none of them."""
    values = np.asarray(column)
    known = np.array(sorted(set(values[_present(values)].tolist())))
    if len(known) > max_bins:
        which = f"at index {d}" if names is None else repr(str(names[d]))
        raise ValueError(
            f"Categorical feature {which} is expected to have a cardinality <= {max_bins} but "
            f"actually has a cardinality of {len(known)}."
        )
    return known


def _present(values):
    if values.dtype.kind != "O":
        return values == values
    return np.array([v is not None and str(v) != "<NA>" and v == v for v in values], bool)


def _codes(values, categories):
    """The place of each value among the categories; nan for any other."""
    if values.dtype.kind != "f":
        place = {value: code for code, value in enumerate(categories.tolist())}
        return np.array([place.get(value, np.nan) for value in values.tolist()], float)
    if not len(categories):
        return np.full(len(values), np.nan)
    at = np.minimum(np.searchsorted(categories, values), len(categories) - 1)
    return np.where(categories[at] == values, at, np.nan)


def interaction_groups(wanted, D):
    """``interaction_cst`` as sets of columns; those that are named nowhere are one more."""
    if wanted is None:
        return None
    if wanted == "no_interactions":
        return [{d} for d in range(D)]
    if wanted == "pairwise":
        return [set(pair) for pair in combinations(range(D), 2)]
    try:
        groups = [set(group) for group in wanted]
    except TypeError:
        raise ValueError(
            f"Interaction constraints must be a sequence of tuples or lists, got: {wanted!r}."
        ) from None
    for d in set().union(*groups):
        if not isinstance(d, Integral) or not 0 <= d < D:
            raise ValueError(
                "Interaction constraints must consist of integer indices in [0, n_features - 1] "
                f"= [0, {D - 1}], specifying the position of features, got indices: {d!r}"
            )
    rest = set(range(D)).difference(*groups)
    return [*groups, rest] if rest else groups
