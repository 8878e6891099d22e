"""The likelihood of documents that no topic was learned from."""

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_random_state

from pellucid._compile import kernel
from pellucid._math import uniform
from pellucid.reduction import blocks, map_blocks

__all__ = ["held_out_log_likelihood"]


def held_out_log_likelihood(X, topics, doc_topic_prior, n_particles=20, random_state=0):
    """log p(w_d | φ, α) of each document, the mixture of its topics integrated out.

        p(w) = Π_n p(w_n | w_<n)  ≈  Π_n 1/R Σ_r Σ_k φ_k(w_n) p(k | z^r_<n),
        p(k | z) = (α_k + n_k) / (Σ_j α_j + n)

    Before word n each of R particles draws its z_<n anew, one after the other, given the words up
    to there; then z_n.  The estimate of p(w) is unbiased, in whatever order the words are taken.

    Parameters
    ----------
    X : array or CSR matrix (N, V)
        Counts of words.
    topics : array (K, V)
        φ, each row a distribution over words, as ``components_`` divided by their sums.
    doc_topic_prior : float or array (K,)
        α
    n_particles : int
        R
    random_state : int, RandomState or None

    Returns
    -------
    array (N,)

    References
    ----------
    Wallach, Murray, Salakhutdinov & Mimno, Evaluation methods for topic models, ICML 2009.
    """
    X = sp.csr_array(X)
    K, V = np.shape(topics)
    if X.shape[1] != V:
        raise ValueError(f"the documents count {X.shape[1]} words, the topics know {V}")
    by_word = np.ascontiguousarray(np.transpose(topics), dtype=np.float64)  # (V, K)
    alpha = np.broadcast_to(np.asarray(doc_topic_prior, dtype=np.float64), (K,)).copy()
    words = np.repeat(X.indices, X.data.astype(np.int64))
    ends = np.concatenate([[0], np.cumsum(X.data.astype(np.int64))])[X.indptr]
    seeds = check_random_state(random_state).randint(np.iinfo(np.int32).max, size=X.shape[0])
    out = np.empty(X.shape[0])

    def estimate(s):
        _estimate(ends[s.start : s.stop + 1], words, by_word, alpha, n_particles, seeds[s], out[s])

    map_blocks(estimate, blocks(X.shape[0], 1, 8))
    return out


@kernel
def _estimate(ends, words, topics, alpha, n_particles, seeds, out):
    K, prior = len(alpha), alpha.sum()
    p, state = np.empty(K), np.empty(1, np.uint64)
    for d in range(len(out)):
        state[0] = seeds[d]
        own = words[ends[d] : ends[d + 1]]
        z = np.empty((n_particles, len(own)), np.int32)
        counts = np.zeros((n_particles, K))
        out[d] = 0.0
        for n in range(len(own)):
            likelihood = 0.0
            for r in range(n_particles):
                for i in range(n):
                    counts[r, z[r, i]] -= 1
                    _weigh(topics[own[i]], alpha, counts[r], p)
                    z[r, i] = _draw(state, p)
                    counts[r, z[r, i]] += 1
                likelihood += _weigh(topics[own[n]], alpha, counts[r], p) / (prior + n)
                z[r, n] = _draw(state, p)
                counts[r, z[r, n]] += 1
            out[d] += np.log(likelihood / n_particles)


@kernel(borrows=True)
def _weigh(topic, alpha, counts, p):
    """p_k = φ_k(w) (α_k + n_k), summed up to k; the sum of all."""
    total = 0.0
    for k in range(len(p)):
        total += topic[k] * (alpha[k] + counts[k])
        p[k] = total
    return total


@kernel(borrows=True)
def _draw(state, p):
    """A topic, by its share of what p sums up to it."""
    u, k = uniform(state) * p[-1], 0
    while k < len(p) - 1 and u >= p[k]:
        k += 1
    return k
