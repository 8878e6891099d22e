"""Forward and backward with probabilities, divided by their sum at every step.

B holds exp(log density - the row's largest); at the first row of a sequence, density and start
together.  The scales of the rows drop out of every posterior, and only their logarithms are kept:

    α_t ∝ b_t ∘ (Aᵀ α_{t-1}),  Σ α_t = 1        β_{t-1} = A w_t,  w_t ∝ b_t ∘ β_t,  Σ w_t = 1

What is less than 1e-308 of the likeliest is lost, so that each kernel tells the smallest number
it met, besides its answer (Rabiner 1989, section V.A).
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["backward", "expect", "forward", "shift"]

TINY = 1e-150  # two numbers not below it have a product; less than it is left to the logarithms


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


@kernel(fastmath={"reassoc", "contract"})
def forward(B, offsets, arrivals, alpha):
    """α (T, K) of each sequence; Σ log of what was divided by, and the smallest α.

    ``arrivals`` is Aᵀ, and ``alpha`` may be B.  The sum is -∞ where a sequence is impossible.
    """
    log_prob, product, lowest = 0.0, 1.0, 1.0
    K = B.shape[1]
    for s in range(len(offsets) - 1):
        for t in range(offsets[s], offsets[s + 1]):
            total = 0.0
            for j in range(K):
                arrived = 0.0
                if t == offsets[s]:
                    arrived = 1.0
                else:
                    for i in range(K):
                        arrived += arrivals[j, i] * alpha[t - 1, i]
                alpha[t, j] = B[t, j] * arrived
                total += alpha[t, j]
            if total < TINY:
                return -np.inf, 0.0
            product *= total
            if product < TINY:  # one logarithm for many steps
                log_prob += np.log(product)
                product = 1.0
            inverse = 1 / total
            for j in range(K):
                alpha[t, j] *= inverse
                lowest = min(lowest, alpha[t, j])
    return log_prob + np.log(product), lowest


@kernel(fastmath={"reassoc", "contract"})
def backward(B, offsets, transitions, beta):
    """β (T, K) of each sequence; the smallest w."""
    lowest = 1.0
    K = B.shape[1]
    w = np.empty(K)
    for s in range(len(offsets) - 1):
        beta[offsets[s + 1] - 1] = 1.0
        for t in range(offsets[s + 1] - 1, offsets[s], -1):
            total = 0.0
            for k in range(K):
                w[k] = B[t, k] * beta[t, k]
                total += w[k]
            if total < TINY:
                return 0.0
            inverse = 1 / total
            for k in range(K):
                w[k] *= inverse
                lowest = min(lowest, w[k])
            for i in range(K):
                b = 0.0
                for j in range(K):
                    b += transitions[i, j] * w[j]
                beta[t - 1, i] = b
    return lowest


@kernel(fastmath={"reassoc", "contract"})
def expect(B, alpha, beta, is_first, start, stop, gamma, v):
    """Rows ``start`` to ``stop`` of γ_t = α_t ∘ β_t / (α_t · β_t) and of v_t = w_t / (α·β)_{t-1}.

    P(z_{t-1} = i, z_t = j | x) = α_{t-1,i} A_ij v_tj; v is 0 where nothing comes before.
    """
    K = B.shape[1]
    for t in range(start, stop):
        now, before, total = 0.0, 0.0, 0.0
        for k in range(K):
            now += alpha[t, k] * beta[t, k]
        inverse = 1 / now
        for k in range(K):
            gamma[t - start, k] = alpha[t, k] * beta[t, k] * inverse
        if is_first[t]:
            v[t - start] = 0.0
            continue
        for k in range(K):
            before += alpha[t - 1, k] * beta[t - 1, k]
            total += B[t, k] * beta[t, k]
        for k in range(K):
            v[t - start, k] = B[t, k] * beta[t, k] / total / before
