"""The likeliest path of states, by dynamic programming (Viterbi 1967)."""

import numpy as np

from pellucid._compile import kernel

__all__ = ["viterbi"]


@kernel(fastmath={"nnan"})
def viterbi(L, offsets, log_arrivals, path):
    """δ_tj = log b_tj + max_i (δ_{t-1,i} + log A_ij), in the place of L; Σ max δ_T, and the path.

    The largest δ of a row is taken off the next, not to lose digits on the way, and added to the
    sum.  No back-pointers are kept: on the way back, the state that a δ came from is found again.
    """
    log_prob = 0.0
    K = L.shape[1]
    for s in range(len(offsets) - 1):
        first, last = offsets[s], offsets[s + 1] - 1
        before = 0.0
        for t in range(first, last + 1):
            top = -np.inf
            for j in range(K):
                delta = L[t, j] - before
                if t > first:
                    best = -np.inf
                    for i in range(K):
                        best = max(best, L[t - 1, i] + log_arrivals[j, i])
                    delta += best
                L[t, j] = delta
                top = max(top, delta)
            log_prob += top
            if top == -np.inf:
                return top
            before = top
        path[last] = np.argmax(L[last])
        for t in range(last, first, -1):
            came, best = 0, -np.inf
            for i in range(K):
                value = L[t - 1, i] + log_arrivals[path[t], i]
                if value > best:
                    came, best = i, value
            path[t - 1] = came
    return log_prob
