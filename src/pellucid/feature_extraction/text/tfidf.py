"""tf-idf: a word counts for more the fewer documents have it."""

import warnings
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid.base import Estimator, validate_parameters
from pellucid.feature_extraction.text._analysis import DEFAULT_PATTERN
from pellucid.feature_extraction.text._counting import normalize_rows
from pellucid.feature_extraction.text.count import CountVectorizer

__all__ = ["TfidfTransformer", "TfidfVectorizer"]

FLOATS = [np.float64, np.float32]


class TfidfTransformer(
    OneToOneFeatureMixin, TransformerMixin, Estimator, auto_wrap_output_keys=None
):
    """Counts weighted by the inverse document frequency, each row of length one.

        idf_d = log((1 + N) / (1 + df_d)) + 1    or, not smoothed,    log(N / df_d) + 1
        x_nd = tf_nd · idf_d / ‖tf_n · idf‖

    where df_d of the N documents have word d tf_nd > 0 times.  Smoothing adds a document that has
    every word once; the 1 at the end keeps words that are in all documents.

    Parameters
    ----------
    norm : {'l1', 'l2'} or None
        The norm that makes each row of length one.
    use_idf : bool
        False: idf = 1.
    smooth_idf : bool
    sublinear_tf : bool
        1 + log tf in the place of tf.

    Attributes
    ----------
    idf_ : array (D,), if ``use_idf``

    References
    ----------
    Spärck Jones, A statistical interpretation of term specificity and its application in
    retrieval, Journal of Documentation 28 (1972).
    """

    _parameter_constraints: ClassVar[dict] = {
        "norm": [StrOptions({"l1", "l2"}), None],
        "use_idf": ["boolean"],
        "smooth_idf": ["boolean"],
        "sublinear_tf": ["boolean"],
    }

    def __init__(self, *, norm="l2", use_idf=True, smooth_idf=True, sublinear_tf=False):
        self.norm = norm
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.sublinear_tf = sublinear_tf

    @validate_parameters
    def fit(self, X, y=None):
        """Learn the document frequencies from counts (N, D)."""
        X = validate_data(self, X, accept_sparse=["csr", "csc"])
        if self.use_idf:
            N, D = X.shape
            df = np.bincount(X.nonzero()[1], minlength=D)
            dtype = X.dtype if X.dtype in FLOATS else np.float64
            one = int(self.smooth_idf)
            self.idf_ = (np.log((N + one) / (df + one)) + 1).astype(dtype)
        return self

    def transform(self, X, copy=True):
        """The weighted counts, a sparse (N, D) matrix; ``copy=False`` overwrites floats in X."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=FLOATS, copy=copy, reset=False)
        if not sp.issparse(X):
            X = sp.csr_matrix(X)
        if self.sublinear_tf:
            np.log(X.data, out=X.data)
            X.data += 1
        if hasattr(self, "idf_"):
            X.data *= self.idf_[X.indices]
        return normalize_rows(X, self.norm)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class TfidfVectorizer(CountVectorizer):
    """tf-idf of raw documents: ``CountVectorizer``, then ``TfidfTransformer``.

        x_nd = tf_nd · idf_d / ‖tf_n · idf‖

    Parameters
    ----------
    norm, use_idf, smooth_idf, sublinear_tf : as of ``TfidfTransformer``
    dtype : float dtype of the matrix.
    The others are those of ``CountVectorizer``.

    Attributes
    ----------
    vocabulary_ : dict of word -> column, in the order in which the words were met
    fixed_vocabulary_ : whether it was given
    idf_ : array (D,), if ``use_idf``

    References
    ----------
    Salton & Buckley, Term-weighting approaches in automatic text retrieval, Information Processing
    & Management 24 (1988).
    """

    _parameter_constraints: ClassVar[dict] = {
        **CountVectorizer._parameter_constraints,
        **TfidfTransformer._parameter_constraints,
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
        analyzer="word",
        stop_words=None,
        token_pattern=DEFAULT_PATTERN,
        ngram_range=(1, 1),
        max_df=1.0,
        min_df=1,
        max_features=None,
        vocabulary=None,
        binary=False,
        dtype=np.float64,
        norm="l2",
        use_idf=True,
        smooth_idf=True,
        sublinear_tf=False,
    ):
        super().__init__(
            input=input,
            encoding=encoding,
            decode_error=decode_error,
            strip_accents=strip_accents,
            lowercase=lowercase,
            preprocessor=preprocessor,
            tokenizer=tokenizer,
            analyzer=analyzer,
            stop_words=stop_words,
            token_pattern=token_pattern,
            ngram_range=ngram_range,
            max_df=max_df,
            min_df=min_df,
            max_features=max_features,
            vocabulary=vocabulary,
            binary=binary,
            dtype=dtype,
        )
        self.norm = norm
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.sublinear_tf = sublinear_tf

    @property
    def idf_(self):
        if not hasattr(self, "_tfidf"):
            raise NotFittedError(
                f"{type(self).__name__} is not fitted yet. Call 'fit' with appropriate arguments "
                "before using this attribute."
            )
        return self._tfidf.idf_

    @idf_.setter
    def idf_(self, value):
        if not self.use_idf:
            raise ValueError("`idf_` cannot be set when `user_idf=False`.")
        self._check_vocabulary()
        if len(value) != len(self.vocabulary_):
            raise ValueError(
                f"idf length = {len(value)} must be equal to vocabulary size = "
                f"{len(self.vocabulary_)}"
            )
        self._tfidf = self._transformer()
        self._tfidf.idf_ = value

    def fit_transform(self, raw_documents, y=None):
        """Learn vocabulary and document frequencies; return the weighted counts (N, D)."""
        if self.dtype not in FLOATS:
            warnings.warn(
                f"Only {FLOATS} 'dtype' should be used. {self.dtype} 'dtype' will be converted to "
                "np.float64."
            )
        counts = super().fit_transform(raw_documents)
        self._tfidf = self._transformer().fit(counts)
        return self._tfidf.transform(counts, copy=False)

    def transform(self, raw_documents):
        """The weighted counts, a sparse (N, D) matrix."""
        check_is_fitted(self, "_tfidf", msg="The TF-IDF vectorizer is not fitted")
        return self._tfidf.transform(super().transform(raw_documents), copy=False)

    def _transformer(self):
        return TfidfTransformer(
            norm=self.norm,
            use_idf=self.use_idf,
            smooth_idf=self.smooth_idf,
            sublinear_tf=self.sublinear_tf,
        )
