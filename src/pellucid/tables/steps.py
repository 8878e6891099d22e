"""The steps of a pipeline that begins with a table: read it, dates into parts, text into counts."""

import numpy as np
import polars as pl
import scipy.sparse as sp
from sklearn.base import TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from pellucid.base import Estimator
from pellucid.feature_extraction.text import HashingVectorizer, TfidfTransformer
from pellucid.tables.frames import as_polars
from pellucid.tables.layout import InputError
from pellucid.tables.schema import MOST_PROBLEMS, Schema

__all__ = ["DateParts", "HashedText", "TableReader"]


class TableReader(TransformerMixin, Estimator):
    """From a pandas or polars frame to the columns that a model learns from, by its schema.

    Numbers become float64 with nan, categories and text strings, dates moments.  A frame that does
    not fit the schema is refused with a ``ValueError`` that says why.

    Parameters
    ----------
    schema : Schema
        What each column was taken for.
    """

    def __init__(self, schema: Schema):
        self.schema = schema

    def fit(self, X, y=None):
        """Nothing is learned here: the schema was."""
        return self

    def transform(self, X):
        """The columns that are learned from, read."""
        frame = as_polars(X)
        problems = self.schema.check(frame)
        if problems:
            more = len(problems) - MOST_PROBLEMS
            tail = [f"and {more} more"] if more > 0 else []
            raise InputError("; ".join(problems[:MOST_PROBLEMS] + tail))
        return self.schema.read(frame)

    def __sklearn_is_fitted__(self):
        return True


class DateParts(TransformerMixin, Estimator):
    """Each moment as its days since 1970, year, month, day, weekday (Monday is 1) and hour.

    Missing moments give nan.
    """

    PARTS = ("days", "year", "month", "day", "weekday", "hour")

    def fit(self, X, y=None):
        """Remember the names of the columns."""
        self.feature_names_in_ = np.array(X.columns, dtype=object)
        return self

    def transform(self, X):
        """The parts of every column, side by side: (N, 6 D)."""
        return np.column_stack(
            [part for name in self.feature_names_in_ for part in _parts(X[name])]
        )

    def get_feature_names_out(self, input_features=None):
        """``column_part``"""
        names = [f"{name}_{part}" for name in self.feature_names_in_ for part in self.PARTS]
        return np.array(names, dtype=object)


def _parts(s: pl.Series):
    days = s.dt.epoch("s").cast(pl.Float64) / 86_400
    parts = (days, s.dt.year(), s.dt.month(), s.dt.day(), s.dt.weekday(), s.dt.hour())
    return [part.cast(pl.Float64).fill_null(np.nan).to_numpy() for part in parts]


class HashedText(TransformerMixin, Estimator):
    """Each column of text as hashed word counts, weighted by how rare a word is: tf-idf.

    A word's place is its hash, so there is no vocabulary to keep, and new words have their place.

    Parameters
    ----------
    n_features : int, default=4096
        The places for the words of one column.
    """

    def __init__(self, n_features=4096):
        self.n_features = n_features

    def fit(self, X, y=None):
        """How rare the words of each column are."""
        self.feature_names_in_ = np.array(X.columns, dtype=object)
        self.hashing_ = HashingVectorizer(
            n_features=self.n_features, alternate_sign=False, norm=None
        )
        rarity = TfidfTransformer(sublinear_tf=True)
        self.rarity_ = [clone(rarity).fit(counts) for counts in self._counts(X)]
        return self

    def transform(self, X):
        """The weighted counts of all columns, side by side: (N, n_features D), sparse."""
        check_is_fitted(self)
        pairs = zip(self.rarity_, self._counts(X), strict=True)
        return sp.hstack([rarity.transform(counts) for rarity, counts in pairs], format="csr")

    def _counts(self, X):
        return [self.hashing_.transform(X[name].to_list()) for name in self.feature_names_in_]

    def get_feature_names_out(self, input_features=None):
        """``column_#place``"""
        names = [f"{name}_#{i}" for name in self.feature_names_in_ for i in range(self.n_features)]
        return np.array(names, dtype=object)
