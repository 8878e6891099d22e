"""The variational posterior of latent Dirichlet allocation, a document at a time (Hoffman 2010).

    θ̃_dk = exp E log θ_dk = exp(ψ(γ_dk) - ψ(Σ_j γ_dj)),       β̃_kw = exp(ψ(λ_kw) - ψ(Σ_v λ_kv))
    φ_dwk ∝ θ̃_dk β̃_kw,                                       γ_dk = α_k + Σ_w n_dw φ_dwk

Both lines by turns until γ_d stands still.  φ is never stored: with r_dw = n_dw / Σ_k θ̃_dk β̃_kw it
is θ̃_dk β̃_kw r_dw / n_dw, so that the sums the topics are learned from, Σ_d n_dw φ_dwk, are β̃_kw
times S_wk = Σ_d r_dw θ̃_dk.  S is summed word by word, a document after the other: no thread adds
into another's sum, and in however many pieces the documents come, the order of addition is theirs.
"""

import math
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.special import gammaln, psi

from pellucid._compile import kernel
from pellucid._math import exponentials
from pellucid.reduction import blocks, map_blocks

__all__ = [
    "Posterior",
    "add_word_sums",
    "dirichlet_bound",
    "documents_bound",
    "exp_expected_log_topics",
    "exp_psi",
    "expected_logs",
    "posterior",
]


AT_ONCE = 4  # topics, or words, that are taken together
TINY = np.finfo(np.float32).tiny  # a word as improbable as this is as good as impossible


class Posterior(NamedTuple):
    """q(θ_d) = Dirichlet(γ_d) of some documents, and what is shared out of their words."""

    gamma: np.ndarray  # (N, K) γ
    theta: np.ndarray  # (N, K) θ̃
    ratio: np.ndarray  # (entries of X,) r


def expected_logs(a):
    """E log x under Dirichlet(a): ψ(a_k) - ψ(Σ_j a_j) along the last axis."""
    return psi(a) - psi(a.sum(axis=-1, keepdims=True))


def exp_expected_log_topics(components):
    """β̃ with a word's topics side by side                                             (V, K)"""
    K, V = components.shape
    out = np.empty((V, K), components.dtype)
    scale = np.exp(-psi(components.sum(axis=1, dtype=np.float64)))
    map_blocks(lambda s: _exp_psi_of_columns(components[:, s], scale, out[s]), blocks(V, 16 * K))
    return out


def posterior(X, beta, prior, start, max_iter, tol):
    """The posterior of the documents X (N, V) in CSR, from γ = ``start`` (N, K)."""
    gamma = np.array(start, dtype=beta.dtype)
    found = Posterior(gamma, np.empty_like(gamma), np.empty(X.nnz, beta.dtype))
    prior = np.broadcast_to(prior, gamma.shape[1:]).astype(beta.dtype)
    tiny = np.finfo(beta.dtype).eps  # of the same dtype: a wider one would widen all it meets
    indptr, indices = X.indptr.astype(np.int64), X.indices.view(f"u{X.indices.itemsize}")

    def solve(s):
        rows = indptr[s.start : s.stop + 1]
        theta, ratio = found.theta[s], found.ratio
        _solve(rows, indices, X.data, beta, prior, max_iter, tol, tiny, gamma[s], theta, ratio)

    K = gamma.shape[1]
    map_blocks(solve, blocks(X.shape[0], 1 + 8 * K * X.nnz // max(1, X.shape[0])))
    return found


def add_word_sums(X, found, sums):
    """S_wk + Σ_d r_dw θ̃_dk over these documents, in the place of S (V, K)."""
    by_word = sp.csr_array((np.arange(X.nnz), X.indices, X.indptr), X.shape).tocsc()

    def add(s):
        columns = by_word.indptr[s.start : s.stop + 1]
        _add_words(columns, by_word.indices, by_word.data, found.ratio, found.theta, sums[s])

    map_blocks(add, blocks(X.shape[1], 1 + 8 * sums.shape[1] * X.nnz // max(1, X.shape[1])))


def documents_bound(X, found, beta, prior):
    """E[log p(w_d | θ_d, β) + log p(θ_d) - log q(θ_d)] of each document, φ at its best for γ."""
    bound, K = dirichlet_bound(prior, found.gamma), beta.shape[1]

    def add_words(s):
        rows = X.indptr[s.start : s.stop + 1].astype(np.int64)
        _add_word_bound(rows, X.indices, X.data, found.theta[s], beta, bound[s])

    map_blocks(add_words, blocks(X.shape[0], 1 + 8 * K * X.nnz // max(1, X.shape[0])))
    return bound  # (N,)


def dirichlet_bound(prior, posterior):
    """E[log p(x_n) - log q(x_n)] of p = Dirichlet(prior), q = Dirichlet(posterior_n)  (N,)"""
    posterior = posterior.astype(np.float64)
    prior = np.broadcast_to(prior, posterior.shape[1:]).astype(np.float64)
    own = gammaln(prior.sum()) - gammaln(prior).sum()
    theirs = gammaln(posterior).sum(axis=1) - gammaln(posterior.sum(axis=1))
    return np.sum((prior - posterior) * expected_logs(posterior), axis=1) + theirs + own


@kernel(fastmath={"contract"})
def exp_psi(x, out, room):
    """exp ψ(x), x > 0, by ψ(x) = ψ(x + 6) - Σ_{i<6} 1/(x + i) and the series of ψ for x + 6.

    With u = x (x + 5) the sum is (2x + 5) (1/u + 1/(u + 4) + 1/(u + 6)), its terms taken in pairs.
    """
    for k in range(len(x)):
        y, z = x[k] + 6.0, min(x[k], 1e16)  # beyond, the sum is nothing
        u = z * (z + 5.0)
        below = (2 * z + 5) * ((3 * u + 20) * u + 24) / (u * (u + 4) * (u + 6))
        r = 1 / (y * y)
        tail = 1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132 - r * (691 / 32760 - r / 12))))
        out[k] = -0.5 / y - r * (1 / 12 - r * tail) - below
    exponentials(out, 0.0, room)
    for k in range(len(x)):
        out[k] *= x[k] + 6.0


@kernel
def _exp_psi_of_columns(components, scale, out):
    x, e, room = np.empty((3, len(out)))
    for k in range(components.shape[0]):
        x[:] = components[k]
        exp_psi(x, e, room)
        for w in range(len(out)):
            out[w, k] = e[w] * scale[k]


@kernel
def _solve(indptr, indices, counts, beta, prior, max_iter, tol, tiny, gamma, theta, ratio):
    """γ, θ̃ and r of each document, whose words' β̃ are first brought together, topic by topic.

    A topic that a document has no more of is ``live`` there no longer: the rounds pass it over.
    """
    K, longest = gamma.shape[1], 0
    for d in range(len(gamma)):
        longest = max(longest, indptr[d + 1] - indptr[d])
    words = np.empty((K, longest), beta.dtype)
    n, share = np.empty(longest, beta.dtype), np.empty(K + AT_ONCE, beta.dtype)
    weight, live = np.zeros_like(share), np.zeros(len(share), np.int64)
    room = np.empty((3, K + 1))
    for d in range(len(gamma)):
        own, L, r = gamma[d], indptr[d + 1] - indptr[d], ratio[indptr[d] : indptr[d + 1]]
        _gather(beta, indices[indptr[d] : indptr[d + 1]], words)
        n[:L] = counts[indptr[d] : indptr[d + 1]]
        m, settled = K, 0.0  # how many topics are live, and Σ γ of the others
        for k in range(K):
            live[k] = k
        _exp_expected_logs(own, live[:K], 0.0, weight, room)
        for _ in range(max_iter):
            _share_out(words, n[:L], live, m, weight, r, share, tiny)
            change = 0.0
            for j in range(m):
                new = prior[live[j]] + weight[j] * share[j]
                change += abs(new - own[live[j]])
                own[live[j]] = new
            _exp_expected_logs(own, live[:m], settled, weight, room)
            if change < tol * K:
                break
            m, settled = _still_live(own, prior, n[:L], r, live, m, settled, weight, tiny)
        _share_out(words, n[:L], live, m, weight, r, share, tiny)
        for k in range(K):
            live[k] = k
        _exp_expected_logs(own, live[:K], 0.0, theta[d], room)


@kernel(borrows=True)
def _gather(beta, indices, words):
    """The β̃ of a document's words (K, L), four words at a time."""
    whole = len(indices) - len(indices) % AT_ONCE
    for i in range(0, whole, AT_ONCE):
        a, b = beta[indices[i]], beta[indices[i + 1]]
        c, d = beta[indices[i + 2]], beta[indices[i + 3]]
        for k in range(len(words)):
            row = words[k, i : i + AT_ONCE]
            row[0], row[1], row[2], row[3] = a[k], b[k], c[k], d[k]
    for i in range(whole, len(indices)):
        for k in range(len(words)):
            words[k, i] = beta[indices[i], k]


@kernel(borrows=True, fastmath={"reassoc", "contract"})
def _share_out(words, n, live, m, weight, r, share, tiny):
    """r_w = n_w / Σ_k θ̃_k β̃_kw and Σ_w r_w β̃_kw, four of the m live topics at a time.

    Those that fill up the last four weigh nothing.
    """
    r[:] = tiny
    for j in range(0, m, AT_ONCE):
        a, b, c, d = weight[j], weight[j + 1], weight[j + 2], weight[j + 3]
        p, q, s, t = words[live[j]], words[live[j + 1]], words[live[j + 2]], words[live[j + 3]]
        for i in range(len(n)):
            r[i] += (a * p[i] + b * q[i]) + (c * s[i] + d * t[i])
    for i in range(len(n)):
        r[i] = n[i] / r[i]
    for j in range(0, m, AT_ONCE):
        p, q, s, t = words[live[j]], words[live[j + 1]], words[live[j + 2]], words[live[j + 3]]
        a = b = c = d = tiny - tiny  # 0, of their dtype
        for i in range(len(n)):
            a += r[i] * p[i]
            b += r[i] * q[i]
            c += r[i] * s[i]
            d += r[i] * t[i]
        share[j], share[j + 1], share[j + 2], share[j + 3] = a, b, c, d


@kernel(borrows=True)
def _still_live(own, prior, n, r, live, m, settled, weight, tiny):
    """Drop the topics with γ_k = α_k whose θ̃_k changes no digit of any word's Σ_k θ̃_k β̃_kw.

    Their weight falls no more, nor can they come back.  How many are left, and Σ γ of the others.
    """
    left, limit = 0, -1.0
    for j in range(m):
        k = live[j]
        if own[k] == prior[k]:
            if limit < 0:  # no sum is less than the fewest n over the largest r; and β̃ < 1
                fewest, largest = np.inf, 0.0
                for i in range(len(n)):
                    fewest = min(fewest, n[i]) if n[i] > 0 else fewest
                    largest = max(largest, r[i])
                limit = tiny * fewest / largest if largest > 0 else 0.0
            if weight[j] < limit:
                settled += prior[k]
                continue
        live[left], weight[left] = k, weight[j]
        left += 1
    if left < m:
        live[left:m], weight[left:m] = 0, 0
    return left, settled


@kernel
def _exp_expected_logs(gamma, live, settled, weight, room):
    """exp E log θ_k of the live topics under Dirichlet(γ); Σ γ is looked up beside its parts."""
    m, total = len(live), settled
    x, e, powers = room[0, : m + 1], room[1, : m + 1], room[2, : m + 1]
    for j in range(m):
        x[j] = gamma[live[j]]
        total += x[j]
    x[m] = total
    exp_psi(x, e, powers)
    for j in range(m):
        weight[j] = e[j] / e[m]


@kernel(fastmath={"contract"})
def _add_words(columns, documents, places, ratio, theta, sums):
    for w in range(len(sums)):
        for i in range(columns[w], columns[w + 1]):
            r, row = ratio[places[i]], theta[documents[i]]
            for k in range(len(row)):
                sums[w, k] += r * row[k]


@kernel(fastmath={"reassoc", "contract"})
def _add_word_bound(indptr, indices, counts, theta, beta, bound):
    """Σ_w n_dw log Σ_k θ̃_dk β̃_kw"""
    for d in range(len(theta)):
        for i in range(indptr[d], indptr[d + 1]):
            word, total = beta[indices[i]], 0.0
            for k in range(len(word)):
                total += theta[d, k] * word[k]
            bound[d] += counts[i] * math.log(max(total, TINY))
