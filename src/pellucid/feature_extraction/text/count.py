"""Bags of words: each document as the counts of its tokens, a column a token.

The vocabulary is the sorted set of all tokens, less those in too few or too many documents.
"""

import warnings
from collections.abc import Mapping
from numbers import Integral
from typing import ClassVar

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import HasMethods, Interval, RealNotInt
from sklearn.utils.validation import check_array

from pellucid.base import Estimator, validate_parameters
from pellucid.feature_extraction.text._analysis import DEFAULT_PATTERN, TextAnalysis
from pellucid.feature_extraction.text._counting import (
    count_tokens,
)
from pellucid.feature_extraction.text._numbers import growing_vocabulary

__all__ = ["CountVectorizer"]


class CountVectorizer(TextAnalysis, Estimator):
    """Counts of words or n-grams, with a vocabulary learned from the documents.

        x_nd = |{i : token_i of document n is word d}|

    Parameters
    ----------
    input : {'content', 'filename', 'file'}
        What the documents are: strings or bytes, names of files, or open files.
    encoding : str, decode_error : {'strict', 'ignore', 'replace'}
        How bytes are decoded, as in ``bytes.decode``.
    strip_accents : {'ascii', 'unicode'}, callable or None
    lowercase : bool
    preprocessor : callable or None
        In the place of stripping accents and lowering case.
    tokenizer : callable or None
        In the place of ``token_pattern``; for ``analyzer='word'``.
    stop_words : 'english', list or None
        Tokens to leave out; for ``analyzer='word'``.
    token_pattern : str or None
        Regular expression of a token; its one group, if it has one, is the token.
    ngram_range : (int, int)
        The least and the largest length of n-grams.
    analyzer : {'word', 'char', 'char_wb'} or callable
        n-grams of words, of characters, of characters within words; or document -> tokens.
    max_df, min_df : float in [0, 1] or int
        Leave out words in more, or in fewer, documents: a share (float) or a number (int) of them.
    max_features : int or None
        Keep this many words, those with the largest counts.
    vocabulary : mapping, iterable or None
        Word -> column, or words in the order of columns; None learns it.
    binary : bool
        1 in the place of every count.
    dtype : dtype of the matrix.

    Attributes
    ----------
    vocabulary_ : dict of word -> column, in the order in which the words were met
    fixed_vocabulary_ : whether it was given

    References
    ----------
    Manning, Raghavan & Schütze, Introduction to Information Retrieval (2008), section 6.2.
    """

    _parameter_constraints: ClassVar[dict] = {
        **TextAnalysis._parameter_constraints,
        "max_df": [
            Interval(RealNotInt, 0, 1, closed="both"),
            Interval(Integral, 1, None, closed="left"),
        ],
        "min_df": [
            Interval(RealNotInt, 0, 1, closed="both"),
            Interval(Integral, 1, None, closed="left"),
        ],
        "max_features": [Interval(Integral, 1, None, closed="left"), None],
        "vocabulary": [Mapping, HasMethods("__iter__"), None],
        "binary": ["boolean"],
        "dtype": "no_validation",
    }

    def __init__(
        self,
        *,
        input="content",
        encoding="utf-8",
        decode_error="strict",
        strip_accents=None,
        lowercase=True,
        preprocessor=None,
        tokenizer=None,
        stop_words=None,
        token_pattern=DEFAULT_PATTERN,
        ngram_range=(1, 1),
        analyzer="word",
        max_df=1.0,
        min_df=1,
        max_features=None,
        vocabulary=None,
        binary=False,
        dtype=np.int64,
    ):
        self.input = input
        self.encoding = encoding
        self.decode_error = decode_error
        self.strip_accents = strip_accents
        self.lowercase = lowercase
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.ngram_range = ngram_range
        self.analyzer = analyzer
        self.max_df = max_df
        self.min_df = min_df
        self.max_features = max_features
        self.vocabulary = vocabulary
        self.binary = binary
        self.dtype = dtype

    def fit(self, raw_documents, y=None):
        """Learn the vocabulary."""
        self.fit_transform(raw_documents)
        return self

    @validate_parameters
    def fit_transform(self, raw_documents, y=None):
        """Learn the vocabulary; return the counts, a sparse (N, D) matrix."""
        self._check_documents(raw_documents)
        self._warn_of_unused_parameters()
        self._take_vocabulary()
        if self.fixed_vocabulary_:
            self._warn_of_upper_case()
            return self._by_rows(self._count(raw_documents, self.vocabulary_))
        vocabulary = growing_vocabulary()
        X = self._count(raw_documents, vocabulary)
        if not vocabulary:
            raise ValueError("empty vocabulary; perhaps the documents only contain stop words")
        words = list(vocabulary)  # in the order of their numbers
        order = sorted(self._in_enough_documents(X), key=words.__getitem__)
        X = X[:, order]
        if self.max_features is not None:
            total = np.asarray(X.sum(axis=0)).ravel()
            most = np.sort(np.argsort(-total)[: self.max_features])
            order, X = [order[column] for column in most], X[:, most]
        columns = {number: column for column, number in enumerate(order)}
        self.vocabulary_ = {words[number]: columns[number] for number in sorted(order)}
        return self._by_rows(X)

    def transform(self, raw_documents):
        """The counts of the words of the vocabulary, a sparse (N, D) matrix."""
        self._check_documents(raw_documents)
        self._check_vocabulary()
        return self._by_rows(self._count(raw_documents, self.vocabulary_))

    def inverse_transform(self, X):
        """The words of each document, an array each, without their number and order."""
        X = check_array(X, accept_sparse="csr")
        words = self.get_feature_names_out().astype(str)
        return [words[np.unique(row.nonzero()[-1])] for row in X]

    def get_feature_names_out(self, input_features=None):
        """The words in the order of their columns."""
        self._check_vocabulary()
        return np.array(sorted(self.vocabulary_, key=self.vocabulary_.get), dtype=object)

    def _count(self, documents, vocabulary):
        X = count_tokens(documents, self.build_analyzer(), vocabulary)
        if self.binary:
            X.data.fill(1)
        return X

    def _by_rows(self, X):
        return X.tocsr().astype(self.dtype, copy=False)

    def _in_enough_documents(self, X):
        """The columns with entries in neither too few nor too many rows."""
        least, most = (
            df if isinstance(df, Integral) else df * X.shape[0] for df in (self.min_df, self.max_df)
        )
        if most < least:
            raise ValueError("max_df corresponds to < documents than min_df")
        df = np.diff(X.indptr)  # by columns, and no entry is zero
        kept = np.flatnonzero((least <= df) & (df <= most))
        if len(kept) == 0:
            raise ValueError(
                "After pruning, no terms remain. Try a lower min_df or a higher max_df."
            )
        return kept.tolist()

    def _take_vocabulary(self):
        """Check the vocabulary that was given, if one was."""
        self.fixed_vocabulary_ = self.vocabulary is not None
        if not self.fixed_vocabulary_:
            return
        if isinstance(self.vocabulary, Mapping):
            vocabulary = dict(self.vocabulary)
            columns = set(vocabulary.values())
            if len(columns) != len(vocabulary):
                raise ValueError("Vocabulary contains repeated indices.")
            for column in range(len(vocabulary)):
                if column not in columns:
                    raise ValueError(
                        f"Vocabulary of size {len(vocabulary)} doesn't contain index {column}."
                    )
        else:
            ordered = isinstance(self.vocabulary, set | frozenset)
            vocabulary = {}
            for column, word in enumerate(sorted(self.vocabulary) if ordered else self.vocabulary):
                if vocabulary.setdefault(word, column) != column:
                    raise ValueError(f"Duplicate term in vocabulary: {word!r}")
        if not vocabulary:
            raise ValueError("empty vocabulary passed to fit")
        self.vocabulary_ = vocabulary

    def _warn_of_upper_case(self):
        words = (word for word in self.vocabulary_ if isinstance(word, str))
        if self.lowercase and any(c.isupper() for word in words for c in word):
            warnings.warn(
                "Upper case characters found in vocabulary while 'lowercase' is True. "
                "These entries will not be matched with any documents"
            )

    def _check_vocabulary(self):
        if not hasattr(self, "vocabulary_"):
            self._take_vocabulary()
            if not self.fixed_vocabulary_:
                raise NotFittedError("Vocabulary not fitted or provided")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags
