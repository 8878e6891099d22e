"""Forward and backward with probabilities, divided by their sum at every step.

B holds exp(log density - the row's largest); at the first row of a sequence, density and start
together.  The scales of the rows drop out of every posterior, and only their logarithms are kept:

    α_t = b_t ∘ (Aᵀ α_{t-1}) / Σ α_{t-1}        β_{t-1} = A w_t / Σ w_t,  w_t = b_t ∘ β_t

Then p(x_t | x_1 ... x_{t-1}) is Σ α_t, but for the row's scale.  A sum is divided by where it is
no longer waited for: after the product with A.  What is less than 1e-308 of the likeliest is lost,
so that each kernel tells the smallest number it met, besides its answer (Rabiner 1989, V.A).
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["TINY", "backward", "both", "expect", "forward", "shift"]

TINY = 1e-100  # three numbers not below it have a product; less than it is left to the logarithms
SUMS = {"reassoc", "contract"}  # sums of numbers that are 0 or more


@kernel
def shift(log_density, out):
    """out = log density - the largest of its row, and Σ of those largest."""
    total = 0.0
    for t in range(len(out)):
        top = -np.inf
        for k in range(out.shape[1]):
            top = max(top, log_density[t, k])
        for k in range(out.shape[1]):
            out[t, k] = log_density[t, k] - top if top > -np.inf else log_density[t, k]
        total += top
    return total


@kernel(fastmath=SUMS, error_model="numpy", inline="always")
def _advance(B, arrivals, alpha, t, is_first, inverse):
    """α_t, if ``inverse`` is 1 / Σ α_{t-1}; Σ α_t, and the smallest of it."""
    K, total, lowest = B.shape[1], 0.0, 1.0
    for j in range(K):
        arrived = 0.0
        if is_first:
            arrived = 1.0
        else:
            for i in range(K):
                arrived += arrivals[j, i] * alpha[t - 1, i]
            arrived *= inverse
        joint = B[t, j] * arrived
        alpha[t, j] = joint
        total += joint
        lowest = min(lowest, joint)
    return total, lowest


@kernel(fastmath=SUMS, error_model="numpy", inline="always")
def _retreat(B, transitions, beta, t, w):
    """β_{t-1}; Σ w_t, and the smallest w_t / Σ w_t.  ``w`` is room for w_t."""
    K, total, lowest = B.shape[1], 0.0, np.inf
    for k in range(K):
        joint = B[t, k] * beta[t, k]
        w[k] = joint
        total += joint
        lowest = min(lowest, joint)
    inverse = 1 / total if total >= TINY else 0.0
    for i in range(K):
        b = 0.0
        for j in range(K):
            b += transitions[i, j] * w[j]
        beta[t - 1, i] = b * inverse
    return total, lowest * inverse


@kernel(fastmath=SUMS, error_model="numpy")
def forward(B, offsets, arrivals, alpha):
    """α (T, K) of each sequence; Σ log Σ α_t, and the smallest α.

    ``arrivals`` is Aᵀ, and ``alpha`` may be B.  The sum is -∞ where a sequence is impossible.
    """
    log_prob, product, lowest, inverse = 0.0, 1.0, 1.0, 1.0
    for s in range(len(offsets) - 1):
        for t in range(offsets[s], offsets[s + 1]):
            total, low = _advance(B, arrivals, alpha, t, t == offsets[s], inverse)
            if total < TINY:
                return -np.inf, 0.0
            inverse, lowest = 1 / total, min(lowest, low)
            product *= total
            if product < TINY:  # one logarithm for many steps
                log_prob += np.log(product)
                product = 1.0
    return log_prob + np.log(product), lowest


@kernel(fastmath=SUMS, error_model="numpy")
def backward(B, offsets, transitions, beta):
    """β (T, K) of each sequence; the smallest w_t / Σ w_t, and 0 where it was given up."""
    lowest, w = 1.0, np.empty(B.shape[1])
    for s in range(len(offsets) - 1):
        beta[offsets[s + 1] - 1] = 1.0
        for t in range(offsets[s + 1] - 1, offsets[s], -1):
            total, low = _retreat(B, transitions, beta, t, w)
            if total < TINY:
                return 0.0
            lowest = min(lowest, low)
    return lowest


@kernel(fastmath=SUMS, error_model="numpy")
def both(B, offsets, arrivals, transitions, alpha, beta):
    """As ``forward`` and ``backward``, whose steps the processor takes side by side."""
    log_prob, product, lowest, inverse = 0.0, 1.0, 1.0, 1.0
    w = np.empty(B.shape[1])
    for s in range(len(offsets) - 1):
        beta[offsets[s + 1] - 1] = 1.0
        for t in range(offsets[s], offsets[s + 1]):
            total, low = _advance(B, arrivals, alpha, t, t == offsets[s], inverse)
            if total < TINY:
                return -np.inf, 0.0
            inverse, lowest = 1 / total, min(lowest, low)
            product *= total
            if product < TINY:
                log_prob += np.log(product)
                product = 1.0
            back = offsets[s + 1] - 1 - (t - offsets[s])
            if back > offsets[s]:
                total, low = _retreat(B, transitions, beta, back, w)
                if total < TINY:
                    return log_prob, 0.0
                lowest = min(lowest, low)
    return log_prob + np.log(product), lowest


@kernel(fastmath=SUMS, error_model="numpy")
def expect(B, alpha, beta, is_first, start, stop, gamma, v):
    """Rows ``start`` to ``stop`` of γ_t = α_t ∘ β_t / (α_t · β_t) and of v_t.

    P(z_{t-1} = i, z_t = j | x) = α_{t-1,i} A_ij v_tj, where v_t is
    b_t ∘ β_t / (α_t · β_t) / Σ α_{t-1};
    v is 0 where nothing comes before.
    """
    K, before = B.shape[1], 0.0
    if start > 0:
        before = alpha[start - 1].sum()
    for t in range(start, stop):
        now, total = 0.0, 0.0
        for k in range(K):
            now += alpha[t, k] * beta[t, k]
            total += alpha[t, k]
        inverse = 1 / now
        scale = 0.0 if is_first[t] else inverse / before
        for k in range(K):
            gamma[t - start, k] = alpha[t, k] * beta[t, k] * inverse
            v[t - start, k] = B[t, k] * beta[t, k] * scale
        before = total
