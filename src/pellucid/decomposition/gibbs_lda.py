"""Latent Dirichlet allocation by collapsed Gibbs sampling: a topic for every single word."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from scipy.special import gammaln
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval

from pellucid.base import validate_parameters
from pellucid.callbacks import steps
from pellucid.decomposition._gibbs import Chain
from pellucid.decomposition._topic_model import TopicModel
from pellucid.decomposition.left_to_right import held_out_log_likelihood

__all__ = ["GibbsLDA"]


class GibbsLDA(TopicModel):
    """Topics, by drawing the topic of every token given those of all others.

        p(z_i = k | z without i, words) ∝ (α + n_dk) (β + n_kw) / (V β + n_k)

    where n count the other tokens: of document d in topic k, of topic k that are word w, of topic
    k.  The mixtures θ and the topics φ are integrated out (Griffiths & Steyvers 2004); of the last
    state of the chain their posterior means are

        φ_kw = (β + n_kw) / (V β + n_k),    θ_dk = (α + n_dk) / (K α + n_d)

    Of many topics a token costs log K and the number of topics in its document (Yu et al. 2015),
    of up to 512 a sum of K terms, which then is faster.  Corpora of more
    than 20,000 tokens are swept in four parts at once, with n_k a quarter of a sweep old; the
    answer does not depend on the number of cores, to the last bit.

    Parameters
    ----------
    n_components : int
        K, the number of topics.
    doc_topic_prior : float or None
        α; None is 50/K.
    topic_word_prior : float
        β
    max_iter : int
        Sweeps over all tokens.
    evaluate_every : int
        Sweeps from one value of ``log_likelihood_`` to the next.
    n_jobs : int or None
        Changes nothing: all cores are used.
    verbose : int
    random_state : int, RandomState or None

    Attributes
    ----------
    components_ : array (K, V)
        β + n_kw; its rows divided by their sums are φ.
    doc_topic_ : array (N, K)
        θ of the training documents.
    doc_topic_prior_ : float
        α
    n_iter_ : int
    log_likelihood_ : array
        log p(words, z) after every ``evaluate_every`` sweeps, and after the last.

    References
    ----------
    Griffiths & Steyvers, Finding scientific topics, PNAS 101, 2004.
    Yu, Hsieh, Yun, Vishwanathan & Dhillon, A scalable asynchronous distributed algorithm for topic
    modeling, WWW 2015.
    Yan, Xu & Qi, Parallel inference for latent Dirichlet allocation on graphics processing units,
    NIPS 2009.
    """

    _whole: ClassVar[bool] = True
    _parameter_constraints: ClassVar[dict] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "doc_topic_prior": [None, Interval(Real, 0, None, closed="neither")],
        "topic_word_prior": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 0, None, closed="left")],
        "evaluate_every": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [None, Integral],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_components=10,
        *,
        doc_topic_prior=None,
        topic_word_prior=0.01,
        max_iter=1000,
        evaluate_every=50,
        n_jobs=None,
        verbose=0,
        random_state=None,
    ):
        self.n_components = n_components
        self.doc_topic_prior = doc_topic_prior
        self.topic_word_prior = topic_word_prior
        self.max_iter = max_iter
        self.evaluate_every = evaluate_every
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state

    @validate_parameters
    def fit(self, X, y=None):
        """Sample the topics of the tokens that X (N, V) counts, or of documents of words.

        X is all that ``rows_of`` takes; but its tokens, and their topics, lie in memory.
        """
        (X,) = self._documents(X, "fit", reset=True).gather().arrays
        K, given = self.n_components, self.doc_topic_prior
        self.doc_topic_prior_ = 50 / K if given is None else given
        random_state = check_random_state(self.random_state)
        chain = Chain(X, K, self.doc_topic_prior_, self.topic_word_prior, random_state)
        reached, self.n_iter_ = [], 0
        for _ in steps(self, self.max_iter, "sweep"):
            chain.sweep()
            self.n_iter_ += 1
            if self.n_iter_ % self.evaluate_every == 0 or self.n_iter_ == self.max_iter:
                reached.append(_log_joint(chain))
        self.log_likelihood_ = np.array(reached)
        self.components_ = self.topic_word_prior + chain.word_counts()
        mixtures = self.doc_topic_prior_ + chain.document_counts()
        self.doc_topic_ = mixtures / mixtures.sum(axis=1, keepdims=True)
        return self

    def transform(self, X):
        """The mean of θ of each document, given the topics φ (N, K), by variational Bayes."""
        gamma = self._mixtures(X)
        return gamma / gamma.sum(axis=1, keepdims=True)

    def score(self, X, y=None):
        """log p(X | φ, α), estimated from the left to the right (Wallach et al. 2009)."""
        return self._held_out(X, "score")[0]

    def perplexity(self, X):
        """exp(-log p(X | φ, α) / number of words)."""
        log_prob, n_words = self._held_out(X, "perplexity")
        return float(np.exp(-log_prob / (n_words or 1.0)))

    def _held_out(self, X, method):
        """log p(X | φ, α), and the number of words."""
        random_state, each = check_random_state(0), []  # one stream for all pieces
        for X in self._documents(X, method).iterate(lambda X: X):
            found = held_out_log_likelihood(
                X, self._topics(), self.doc_topic_prior_, random_state=random_state
            )
            each.append((found, X.sum()))
        log_prob, n_words = zip(*each, strict=True)
        return float(np.concatenate(log_prob).sum()), float(sum(n_words))

    def _posterior_of(self):
        topics = np.ascontiguousarray(self._topics().T)
        return {"beta": topics, "prior": self.doc_topic_prior_, "max_iter": 100, "tol": 1e-3}

    def _topics(self):
        return self.components_ / self.components_.sum(axis=1, keepdims=True)  # φ (K, V)

    def _check_state(self):
        topics = getattr(self, "components_", None)
        if topics is not None and topics.shape != (self.n_components, self.n_features_in_):
            raise ValueError(f"topics of shape {topics.shape} do not fit the model")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True  # whole numbers, for scikit-learn's checks
        return tags


def _log_joint(chain):
    """log p(words, z): two Dirichlet-multinomials, one a topic and one a document."""
    topics = _log_evidence(chain.word_counts(), chain.beta)
    return topics + _log_evidence(chain.document_counts(), chain.alpha)


def _log_evidence(counts, prior):
    """Σ_r log [Γ(C a) / Γ(C a + n_r) Π_c Γ(a + n_rc) / Γ(a)] of rows of counts (R, C)."""
    total = prior * counts.shape[1]
    there = counts[counts > 0]
    rows = np.sum(gammaln(total) - gammaln(total + counts.sum(axis=1)))
    return float(rows + np.sum(gammaln(prior + there) - gammaln(prior)))
