"""A column for each category, which is 1 where the category stands."""

import warnings
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import _check_feature_names_in, check_array, check_is_fitted

from pellucid.base import validate_parameters
from pellucid.preprocessing._encoder import (
    FREQUENCY_CONSTRAINTS,
    CategoryEncoder,
    codes_of,
    find_categories,
    share_last,
)
from pellucid.preprocessing._indicators import indicators

__all__ = ["OneHotEncoder"]


class OneHotEncoder(CategoryEncoder):
    """Encode each category as an indicator: z_{n,(d,k)} = [x_nd = c_dk].

    Rare categories of a column can share one indicator, the last of the column's; a dropped
    category is all zeros.

    Parameters
    ----------
    categories : 'auto' or list of array-like, default='auto'
    drop : {'first', 'if_binary'}, array-like of shape (D,) or None, default=None
        The category of each column that gets no indicator.
    sparse_output : bool, default=True
        Give a CSR matrix.
    dtype : number type, default=float64
    handle_unknown : {'error', 'ignore', 'infrequent_if_exist', 'warn'}, default='error'
        A value not seen in ``fit`` is refused, or all zeros, or counts as infrequent where there
        are such; 'warn' is 'infrequent_if_exist' with a warning.
    min_frequency : int or float, default=None
        Categories seen less often (or in a smaller share of the rows) are infrequent.
    max_categories : int, default=None
        At most so many indicators a column, the infrequent one included: the rarest are infrequent.
    feature_name_combiner : 'concat' or callable, default='concat'
        From a column's name and a category to the indicator's name.

    Attributes
    ----------
    categories_ : list of ndarray
    drop_idx_ : ndarray of shape (D,), or None
        The category dropped from each column; None where none is.
    infrequent_categories_ : list of ndarray or None
    feature_name_combiner : str or callable
    """

    _parameter_constraints: ClassVar[dict] = {
        "categories": [StrOptions({"auto"}), list],
        "drop": [StrOptions({"first", "if_binary"}), "array-like", None],
        "dtype": "no_validation",
        "handle_unknown": [StrOptions({"error", "ignore", "infrequent_if_exist", "warn"})],
        **FREQUENCY_CONSTRAINTS,
        "sparse_output": ["boolean"],
        "feature_name_combiner": [StrOptions({"concat"}), callable],
    }

    def __init__(
        self,
        *,
        categories="auto",
        drop=None,
        sparse_output=True,
        dtype=np.float64,
        handle_unknown="error",
        min_frequency=None,
        max_categories=None,
        feature_name_combiner="concat",
    ):
        self.categories = categories
        self.drop = drop
        self.sparse_output = sparse_output
        self.dtype = dtype
        self.handle_unknown = handle_unknown
        self.min_frequency = min_frequency
        self.max_categories = max_categories
        self.feature_name_combiner = feature_name_combiner

    @validate_parameters
    def fit(self, X, y=None):
        """Find the categories of X (N, D), which are rare, and which to drop."""
        columns = self._columns(X, reset=True)
        self.categories_ = self._learn_categories(columns)
        pairs = list(zip(columns, self.categories_, strict=True))
        self._rare = [self._find_rare(column, known) for column, known in pairs]
        self._indicators = [share_last(rare) for rare in self._rare]
        self.drop_idx_ = self._dropped()
        return self

    def _dropped(self):
        """The place among its categories of the one that each column drops."""
        if self.drop is None:
            return None
        if isinstance(self.drop, str):
            drop = [
                np.flatnonzero(i == 0)[0] if self.drop == "first" or i.max() == 1 else None
                for i in self._indicators
            ]
            return np.array(drop, dtype=object) if any(d is not None for d in drop) else None
        given = np.asarray(self.drop, dtype=object)
        if len(given) != len(self.categories_):
            raise ValueError(
                "`drop` should have length equal to the number of features "
                f"({len(self.categories_)}), got {len(given)}"
            )
        drop, absent = [], []
        for j, (value, known) in enumerate(zip(given, self.categories_, strict=True)):
            drop += [codes_of(np.array([value], dtype=object), known.astype(object))[0]]
            absent += [f"Category: {value}, Feature: {j}"] if drop[-1] < 0 else []
            if drop[-1] >= 0 and self._rare[j][drop[-1]]:
                raise ValueError(
                    f"Unable to drop category {value!r} from feature {j} because it is infrequent"
                )
        if absent:
            raise ValueError(
                "The following categories were supposed to be dropped, but were not found in the "
                "training data.\n" + "\n".join(absent)
            )
        return np.array(drop, dtype=object)

    def transform(self, X):
        """The indicators of X (N, Σ_d K_d)."""
        check_is_fitted(self)
        self._check_output()
        columns = self._columns(X, reset=False)
        start, places, strangers = 0, [], []
        for j, column in enumerate(columns):
            place, strange = self._place(column, j)
            strangers += [j] if strange else []
            places.append(np.where(place >= 0, place + start, -1))
            start += self._width(j)
        if strangers:
            self._warn(strangers)
        places = np.stack(places, axis=1)  # (N, D), -1 for no indicator
        return indicators(places, start, self.dtype, sparse=self.sparse_output)

    def _place(self, column, j):
        """The indicator of each value within its column, -1 for none; and were any unknown."""
        codes = codes_of(column, self.categories_[j])
        unknown = codes < 0
        if unknown.any() and self.handle_unknown == "error":
            values = find_categories(column[unknown]).tolist()
            raise ValueError(f"Found unknown categories {values} in column {j} during transform")
        place = np.where(unknown, -1, self._indicators[j][codes])
        if self.handle_unknown in ("infrequent_if_exist", "warn") and self._rare[j].any():
            place[unknown] = self._indicators[j].max()
        dropped = self._dropped_indicator(j)
        if dropped is not None:
            place = np.where(place == dropped, -1, place - (place > dropped))
        return place, unknown.any()

    def _dropped_indicator(self, j):
        drop = None if self.drop_idx_ is None else self.drop_idx_[j]
        return None if drop is None else self._indicators[j][drop]

    def _width(self, j):
        return int(self._indicators[j].max()) + 1 - (self._dropped_indicator(j) is not None)

    def _warn(self, strangers):
        if self.drop is not None or self.handle_unknown == "warn":
            how = "all zeros" if self.handle_unknown == "ignore" else "the infrequent category"
            warnings.warn(
                f"Found unknown categories in columns {strangers} during transform. These unknown "
                f"categories will be encoded as {how}."
            )

    def _check_output(self):
        frame = _get_output_config("transform", self)["dense"]
        if frame != "default" and self.sparse_output:
            name = frame.capitalize()
            raise ValueError(
                f"{name} output does not support sparse data. Set sparse_output=False to output "
                f"{frame} dataframes or disable {name} output via "
                '`ohe.set_output(transform="default").'
            )

    def inverse_transform(self, X):
        """The categories of the indicators X; None where all of a column's are zero."""
        check_is_fitted(self)
        X = check_array(X, accept_sparse="csr")
        widths = [self._width(j) for j in range(len(self.categories_))]
        if X.shape[1] != sum(widths):
            raise ValueError(
                "Shape of the passed X data is not correct. Expected "
                f"{sum(widths)} columns, got {X.shape[1]}."
            )
        ends = np.cumsum(widths)
        columns = [
            self._decode(X[:, e - w : e], j)
            for j, (w, e) in enumerate(zip(widths, ends, strict=True))
        ]
        kind = np.result_type(*columns) if all(c.dtype != object for c in columns) else object
        return np.stack([c.astype(kind) for c in columns], axis=1)

    def _decode(self, indicators, j):
        N = indicators.shape[0]
        rare = self._rare[j]
        shown = np.array(
            [self.categories_[j][~rare][i] for i in range((~rare).sum())]
            + (["infrequent_sklearn"] if rare.any() else []),
            dtype=object if rare.any() else self.categories_[j].dtype,
        )
        dropped = self._dropped_indicator(j)
        left = np.delete(np.arange(len(shown)), [] if dropped is None else dropped)
        if not len(left):
            return np.repeat(shown[dropped : dropped + 1], N)
        place = left[np.asarray(indicators.argmax(axis=1)).ravel()]
        zero = np.asarray(indicators.sum(axis=1)).ravel() == 0
        if not zero.any():
            return shown[place]
        if dropped is not None and self.handle_unknown != "ignore":
            return shown[np.where(zero, dropped, place)]
        if self.handle_unknown == "error":
            raise ValueError(
                f"Samples {np.flatnonzero(zero)} can not be inverted when drop=None and "
                "handle_unknown='error' because they contain all zeros"
            )
        values = shown[place].astype(object)
        values[zero] = None if dropped is None else shown[dropped]
        return values

    def get_feature_names_out(self, input_features=None):
        """``<column>_<category>`` for each indicator."""
        check_is_fitted(self)
        names = []
        for j, column in enumerate(_check_feature_names_in(self, input_features)):
            rare = self._rare[j]
            shown = list(self.categories_[j][~rare]) + ["infrequent_sklearn"] * bool(rare.any())
            dropped = self._dropped_indicator(j)
            names += [self._name(column, v) for i, v in enumerate(shown) if i != dropped]
        return np.array(names, dtype=object)

    def _name(self, column, category):
        if self.feature_name_combiner == "concat":
            return f"{column}_{category}"
        name = self.feature_name_combiner(column, category)
        if not isinstance(name, str):
            raise TypeError(
                "When `feature_name_combiner` is a callable, it should return a Python string. "
                f"Got {type(name)} instead."
            )
        return name
