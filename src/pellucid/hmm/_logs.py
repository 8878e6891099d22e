"""Forward and backward with logarithms, which lose nothing however unlikely it is.

    log α_tj = log b_tj + log Σ_i exp(log α_{t-1,i}) A_ij        (at the first row: log b π)
    log β_ti = log Σ_j A_ij exp(log b_{t+1,j} + log β_{t+1,j})   (at the last row: 0)

A sum of exponentials is taken about the largest of them, K exponentials a step and not K²; where
all that an entry adds up is lost so, its own terms are summed about their own largest.
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["backward", "expect", "forward"]

LOST = 1e-280  # less than this, beside a term of 1, has lost digits or all of itself
SMALL = -40.0  # exp of less than this changes no digit of 1
RARE = -100.0  # of a transition less likely than exp of this none is counted
ZERO = -745.0  # exp of less than this is 0


@kernel
def _log_product(matrix, log_matrix, a, e, out):
    """out_j = log Σ_i matrix_ji exp(a_i); ``e`` is room for exp(a - max a)."""
    K = len(a)
    top = -np.inf
    for i in range(K):
        top = max(top, a[i])
    if top == -np.inf:
        out[:] = -np.inf
        return
    for i in range(K):
        e[i] = np.exp(a[i] - top) if a[i] - top > ZERO else 0.0
    for j in range(K):
        total = 0.0
        for i in range(K):
            total += matrix[j, i] * e[i]
        out[j] = top + np.log(total) if total > LOST else _log_sum(log_matrix[j], a)


@kernel
def _log_sum(a, b):
    """log Σ_i exp(a_i + b_i)"""
    top = -np.inf
    for i in range(len(a)):
        top = max(top, a[i] + b[i])
    if top == -np.inf:
        return top
    total = 0.0
    for i in range(len(a)):
        if a[i] + b[i] - top > SMALL:
            total += np.exp(a[i] + b[i] - top)
    return top + np.log(total)


@kernel
def forward(L, offsets, arrivals, log_arrivals, alpha):
    """log α (T, K) of each sequence, and Σ log p(x).  ``alpha`` may be L; ``arrivals`` is Aᵀ."""
    log_prob = 0.0
    K = L.shape[1]
    arrived, e, nothing = np.empty(K), np.empty(K), np.zeros(K)
    for s in range(len(offsets) - 1):
        alpha[offsets[s]] = L[offsets[s]]
        for t in range(offsets[s] + 1, offsets[s + 1]):
            _log_product(arrivals, log_arrivals, alpha[t - 1], e, arrived)
            for k in range(K):
                alpha[t, k] = L[t, k] + arrived[k]
        log_prob += _log_sum(alpha[offsets[s + 1] - 1], nothing)
    return log_prob


@kernel
def backward(L, offsets, transitions, log_transitions, beta):
    """log β (T, K) of each sequence."""
    K = L.shape[1]
    ahead, e = np.empty(K), np.empty(K)
    for s in range(len(offsets) - 1):
        beta[offsets[s + 1] - 1] = 0.0
        for t in range(offsets[s + 1] - 1, offsets[s], -1):
            for k in range(K):
                ahead[k] = L[t, k] + beta[t, k]
            _log_product(transitions, log_transitions, ahead, e, beta[t - 1])


@kernel
def expect(L, log_transitions, alpha, beta, is_first, start, stop, gamma, xi):
    """γ_t of rows ``start`` to ``stop``; P(z_{t-1} = i, z_t = j | x), summed over them, into xi."""
    K = L.shape[1]
    for t in range(start, stop):
        total = _log_sum(alpha[t], beta[t])
        for k in range(K):
            gamma[t - start, k] = np.exp(alpha[t, k] + beta[t, k] - total)
        if is_first[t]:
            continue
        for j in range(K):
            ahead = L[t, j] + beta[t, j] - total
            if gamma[t - start, j] > 0:  # else nothing comes here
                for i in range(K):
                    log_chance = alpha[t - 1, i] + log_transitions[i, j] + ahead
                    if log_chance > RARE:
                        xi[i, j] += np.exp(log_chance)
