"""The hashing trick: a token's column is its hash, so that there is no vocabulary to learn."""

from numbers import Integral
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import TransformerMixin
from sklearn.utils._param_validation import Interval, StrOptions

from pellucid.base import Estimator, validate_parameters
from pellucid.feature_extraction.text._analysis import DEFAULT_PATTERN, TextAnalysis
from pellucid.feature_extraction.text._counting import (
    count_tokens,
    normalize_rows,
)
from pellucid.feature_extraction.text._murmur import murmur3
from pellucid.feature_extraction.text._numbers import growing_vocabulary

__all__ = ["HashingVectorizer"]


class HashingVectorizer(TextAnalysis, TransformerMixin, Estimator, auto_wrap_output_keys=None):
    """Counts of words or n-grams in columns named by a hash; nothing is learned.

        x_nd = Σ_i ξ(token_i) [h(token_i) = d]

    with h(t) = |m(t)| mod D and ξ(t) = sign m(t) of the signed 32-bit MurmurHash3 m of the token's
    UTF-8 bytes.  The signs let collisions cancel in the mean: the inner product of two documents
    is that of their unhashed counts, in expectation over hashes.

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
    n_features : int
        The number D of columns.
    binary : bool
        1 in the place of every entry.
    norm : {'l1', 'l2'} or None
        Divide each row by this norm.
    alternate_sign : bool
        False: ξ = 1.
    dtype : dtype of the matrix.

    References
    ----------
    Weinberger, Dasgupta, Langford, Smola & Attenberg, Feature hashing for large scale multitask
    learning, ICML 2009.  Appleby, MurmurHash3 (2011).
    """

    _parameter_constraints: ClassVar[dict] = {
        **TextAnalysis._parameter_constraints,
        "n_features": [Interval(Integral, 1, np.iinfo(np.int32).max, closed="left")],
        "binary": ["boolean"],
        "norm": [StrOptions({"l1", "l2"}), None],
        "alternate_sign": ["boolean"],
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
        n_features=2**20,
        binary=False,
        norm="l2",
        alternate_sign=True,
        dtype=np.float64,
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
        self.n_features = n_features
        self.binary = binary
        self.norm = norm
        self.alternate_sign = alternate_sign
        self.dtype = dtype

    @validate_parameters
    def fit(self, X, y=None):
        """Check the parameters; there is nothing to learn."""
        self._check_documents(X)
        self._warn_of_unused_parameters()
        return self

    def partial_fit(self, X, y=None):
        """As ``fit``."""
        return self.fit(X)

    def transform(self, X):
        """The hashed counts of the documents X, a sparse (N, D) matrix."""
        self._check_documents(X)
        vocabulary = growing_vocabulary()  # of this call: each of its words is hashed once
        X = count_tokens(X, self.build_analyzer(), vocabulary).tocsr()
        hashes = murmur3(vocabulary).astype(np.int64)  # (V,); |-2³¹| needs more than 32 bits
        columns = (np.abs(hashes) % self.n_features).astype(np.int32)
        signs = np.where(self.alternate_sign & (hashes < 0), -1, 1).astype(self.dtype)
        values = signs[X.indices]
        values *= X.data
        parts = (values, columns[X.indices], X.indptr)
        X = sp.csr_matrix(parts, shape=(X.shape[0], self.n_features))
        X.sum_duplicates()
        if self.binary:
            X.data.fill(1)
        return normalize_rows(X, self.norm)

    def fit_transform(self, X, y=None):
        """``fit(X).transform(X)``."""
        return self.fit(X).transform(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags
