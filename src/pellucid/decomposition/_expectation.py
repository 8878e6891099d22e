"""The E-step over a block of documents, and the sums that the topics are learned from."""

from typing import NamedTuple

import numpy as np

from pellucid.decomposition._variational import (
    add_word_sums,
    documents_bound,
    expected_logs,
    posterior,
)

__all__ = ["Sums", "add_sums", "bounds_and_words", "drawn", "expect", "mixtures"]


class Sums(NamedTuple):
    """Over documents, one added after the other: their blocks never change the last bit."""

    words: np.ndarray  # (V, K) Σ_d r_dw θ̃_dk
    logs: np.ndarray  # (K,) Σ_d E log θ_dk
    n_documents: int


def drawn(random_state, X, K):
    """The first γ of these documents; the random state, which has moved on."""
    return random_state.gamma(100.0, 0.01, (X.shape[0], K)), random_state


def expect(start, X, **given):
    """The documents, and their posterior."""
    return X, posterior(X, start=start, **given)


def add_sums(total, done):
    """The sums, and those of further documents."""
    X, found = done
    add_word_sums(X, found, total.words)
    logs = np.vstack([total.logs, expected_logs(found.gamma)])
    return Sums(total.words, np.add.reduce(logs, axis=0), total.n_documents + X.shape[0])


def mixtures(X, **given):
    """γ of each document                                                                (N, K)"""
    return _from_one(X, **given).gamma


def bounds_and_words(X, **given):
    """The bound of each document, and how many words it has, (N,) both."""
    found = _from_one(X, **given)
    words = np.asarray(X.sum(axis=1), dtype=np.float64).ravel()
    return documents_bound(X, found, given["beta"], given["prior"]), words


def _from_one(X, beta, **given):
    """The posterior of the documents, from γ = 1."""
    return posterior(X, beta, start=np.ones((X.shape[0], beta.shape[1])), **given)
