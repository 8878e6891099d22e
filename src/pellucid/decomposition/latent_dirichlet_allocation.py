"""Latent Dirichlet allocation by variational Bayes: topics that documents mix."""

from functools import partial
from math import fsum
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from pellucid.base import validate_parameters
from pellucid.callbacks import steps
from pellucid.decomposition._dirichlet_prior import better_prior
from pellucid.decomposition._documents import in_batches
from pellucid.decomposition._expectation import Sums, add_sums, bounds_and_words, drawn, expect
from pellucid.decomposition._topic_model import TopicModel
from pellucid.decomposition._variational import dirichlet_bound, exp_expected_log_topics

__all__ = ["LatentDirichletAllocation"]


class LatentDirichletAllocation(TopicModel):
    """Topics: each a distribution over words, each document a mixture of them.

        β_k ~ Dirichlet(η),   θ_d ~ Dirichlet(α),   each word of d: topic z ~ θ_d, word ~ β_z

    The posterior is approximated by independent q(β_k) = Dirichlet(λ_k), q(θ_d) = Dirichlet(γ_d),
    which maximise a lower bound of the log likelihood: γ for the documents as they are given λ
    (the E-step), then

        λ_kw = η + Σ_d n_dw φ_dwk                                          (batch)
        λ ← (1 - ρ) λ + ρ (η + N/B Σ_{d in the batch} n_dw φ_dwk),   ρ = (τ + t)^(-κ)   (online)

    and, where α is learned, a Newton step of α for the bound.  Documents are shared out among the
    cores, and the answer does not depend on their number, to the last bit.

    Parameters
    ----------
    n_components : int
        K, the number of topics.
    doc_topic_prior : float, "learned" or None
        α; None is 1/K.  Learned, each topic has an α_k of its own (Blei, Ng & Jordan 2003).
    topic_word_prior : float or None
        η; None is 1/K.
    learning_method : {"batch", "online"}
    learning_decay, learning_offset : float
        κ and τ of the online method.
    max_iter : int
        How often ``fit`` goes through the documents.
    batch_size : int
        Documents in an online step.
    evaluate_every : int
        Look at the perplexity after every so many iterations; 0 or less, never.
    total_samples : int
        How many documents ``partial_fit`` will see in all.
    perp_tol : float
        Stop when the perplexity falls by less, where it is looked at.
    mean_change_tol, max_doc_update_iter : float, int
        When a document's γ stands still, and the most steps until then.
    n_jobs : int or None
        Changes nothing: documents are always shared out among the cores.
    verbose : int
    random_state : int, RandomState or None
        Draws the first λ and γ.

    Attributes
    ----------
    components_ : array (K, V)
        λ; its rows divided by their sums are the topics.
    doc_topic_prior_, topic_word_prior_ : float or array (K,)
        α and η.
    bound_ : float
        The perplexity of the training documents at the end.
    n_iter_, n_batch_iter_ : int

    References
    ----------
    Blei, Ng & Jordan, Latent Dirichlet allocation, JMLR 3, 2003.
    Hoffman, Blei & Bach, Online learning for latent Dirichlet allocation, NIPS 2010.
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "doc_topic_prior": [
            None,
            Interval(Real, 0, None, closed="neither"),
            StrOptions({"learned"}),
        ],
        "topic_word_prior": [None, Interval(Real, 0, None, closed="neither")],
        "learning_method": [StrOptions({"batch", "online"})],
        "learning_decay": [Interval(Real, 0, 1, closed="both")],
        "learning_offset": [Interval(Real, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 0, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "evaluate_every": [Interval(Integral, None, None, closed="neither")],
        "total_samples": [Interval(Real, 0, None, closed="neither")],
        "perp_tol": [Interval(Real, 0, None, closed="left")],
        "mean_change_tol": [Interval(Real, 0, None, closed="left")],
        "max_doc_update_iter": [Interval(Integral, 0, None, closed="left")],
        "n_jobs": [None, Integral],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_components=10,
        *,
        doc_topic_prior=None,
        topic_word_prior=None,
        learning_method="batch",
        learning_decay=0.7,
        learning_offset=10.0,
        max_iter=10,
        batch_size=128,
        evaluate_every=-1,
        total_samples=1e6,
        perp_tol=1e-1,
        mean_change_tol=1e-3,
        max_doc_update_iter=100,
        n_jobs=None,
        verbose=0,
        random_state=None,
    ):
        self.n_components = n_components
        self.doc_topic_prior = doc_topic_prior
        self.topic_word_prior = topic_word_prior
        self.learning_method = learning_method
        self.learning_decay = learning_decay
        self.learning_offset = learning_offset
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.evaluate_every = evaluate_every
        self.total_samples = total_samples
        self.perp_tol = perp_tol
        self.mean_change_tol = mean_change_tol
        self.max_doc_update_iter = max_doc_update_iter
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state

    @validate_parameters
    def fit(self, X, y=None):
        """Learn the topics of the word counts X (N, V), or of all that ``rows_of`` takes.

        Documents on disk, in blocks, or in the partitions of Dask are read again by each pass; what
        is learned is the same, to the last bit.
        """
        rows = self._documents(X, "fit", reset=True)
        self._start(rows.dtype)
        last = np.inf
        for _ in steps(self, self.max_iter, "iteration"):
            self.n_iter_ += 1
            if self.learning_method == "online":
                for batch in in_batches(rows, self.batch_size):
                    self._learn_online(batch, rows.n_rows)
            else:
                self._learn(rows)
            if self.evaluate_every > 0 and self.n_iter_ % self.evaluate_every == 0:
                perplexity = self._perplexity(rows)
                if abs(last - perplexity) < self.perp_tol:
                    break
                last = perplexity
        self.bound_ = self._perplexity(rows)
        return self

    @validate_parameters
    def partial_fit(self, X, y=None):
        """One online step for each ``batch_size`` of the documents X, wherever they are."""
        first = not hasattr(self, "components_")
        rows = self._documents(X, "partial_fit", reset=first)
        if first:
            self._start(rows.dtype)
        for batch in in_batches(rows, self.batch_size):
            self._learn_online(batch, self.total_samples)
        self.n_iter_ += 1
        return self

    def transform(self, X, *, normalize=True):
        """The mean of q(θ_d) of each document (N, K); γ itself unless ``normalize``."""
        gamma = self._mixtures(X)
        return gamma / gamma.sum(axis=1, keepdims=True) if normalize else gamma

    def fit_transform(self, X, y=None, *, normalize=True):
        """``fit``, then ``transform`` of the same documents."""
        return self.fit(X).transform(X, normalize=normalize)

    def score(self, X, y=None):
        """The lower bound of log p(X), that of the topics included."""
        return self._bound(self._documents(X, "score"))[0]

    def perplexity(self, X, sub_sampling=False):
        """exp(-bound / number of words); ``sub_sampling`` takes X for a part of all documents."""
        return self._perplexity(self._documents(X, "perplexity"), sub_sampling)

    def _start(self, dtype):
        K = self.n_components
        self.random_state_ = check_random_state(self.random_state)
        self.n_batch_iter_, self.n_iter_ = 1, 0
        self.doc_topic_prior_, self.topic_word_prior_ = (
            1 / K if prior is None else prior
            for prior in (self.doc_topic_prior, self.topic_word_prior)
        )
        if self.doc_topic_prior_ == "learned":
            self.doc_topic_prior_ = np.full(K, 1 / K)
        start = self.random_state_.gamma(100.0, 0.01, (K, self.n_features_in_))
        self._set_components(start.astype(dtype))

    def _set_components(self, components):
        self.components_ = components
        self._beta = exp_expected_log_topics(components)  # (V, K)

    def _learn(self, rows):
        """λ from all documents."""
        random_state, total = rows.fold(
            partial(drawn, K=self.n_components),
            partial(expect, **self._posterior_of()),
            add_sums,
            self.random_state_,
            self._no_sums(),
        )
        self.random_state_.set_state(random_state.get_state())
        self._set_components(self._aim(total, 1.0))
        self._learn_prior(total, 1.0)
        self.n_batch_iter_ += 1

    def _learn_online(self, X, n_documents):
        """A step of λ towards what it would be if all documents were as these."""
        start, _ = drawn(self.random_state_, X, K=self.n_components)
        total = add_sums(self._no_sums(), expect(start, X, **self._posterior_of()))
        rate = (self.learning_offset + self.n_batch_iter_) ** -self.learning_decay
        aim = self._aim(total, n_documents / X.shape[0])
        self._set_components((1 - rate) * self.components_ + rate * aim)
        self._learn_prior(total, rate)
        self.n_batch_iter_ += 1

    def _no_sums(self):
        return Sums(np.zeros_like(self._beta), np.zeros(self.n_components), 0)

    def _aim(self, total, times):
        """η + the expected counts of words in topics, so many times"""
        shared = np.ascontiguousarray((total.words * self._beta).T)
        return self.topic_word_prior_ + times * shared

    def _learn_prior(self, total, rate):
        if self.doc_topic_prior == "learned":
            better = better_prior(self.doc_topic_prior_, total.logs / total.n_documents)
            self.doc_topic_prior_ = (1 - rate) * self.doc_topic_prior_ + rate * better

    def _posterior_of(self):
        """What the posterior of a document depends on, but for the document."""
        return {
            "beta": self._beta,
            "prior": self.doc_topic_prior_,
            "max_iter": self.max_doc_update_iter,
            "tol": self.mean_change_tol,
        }

    def _bound(self, rows, sub_sampling=False):
        """The bound, how many words it is of, and of what share of the documents they are."""
        each = [*rows.iterate(partial(bounds_and_words, **self._posterior_of()))]
        bounds, words = (np.concatenate(part) for part in zip(*each, strict=True))  # (N,)
        share = len(words) / self.total_samples if sub_sampling else 1.0
        topics = fsum(dirichlet_bound(self.topic_word_prior_, self.components_))
        return fsum(bounds) / share + topics, fsum(words), share

    def _perplexity(self, rows, sub_sampling=False):
        bound, words, share = self._bound(rows, sub_sampling)
        return float(np.exp(-bound * share / (words or 1.0)))  # of no words it is that of topics

    @property
    def exp_dirichlet_component_(self):
        """exp E log β                                                                   (K, V)"""
        return self._beta.T

    def _check_state(self):
        if not hasattr(self, "components_"):
            return
        shape = self.n_components, self.n_features_in_
        if self.components_.shape != shape or self._beta.shape != shape[::-1]:
            raise ValueError(f"topics of shape {self.components_.shape}, {shape} expected")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
