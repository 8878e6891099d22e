"""The likeliest path of states, by dynamic programming (Viterbi 1967)."""

import numpy as np

from pellucid._compile import kernel

__all__ = ["viterbi", "viterbi_of_two"]

OFTEN = 8  # rows, after which the larger δ of two is taken off


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


@kernel(fastmath={"nnan"})
def viterbi_of_two(L, offsets, log_arrivals, path):
    """As ``viterbi``, of two states: both δ stay in registers, and ``path`` keeps where from.

    Bit j of it is the state that j came from, until the way back overwrites it by the state.
    """
    log_prob = 0.0
    (a, b), (c, d) = log_arrivals[0], log_arrivals[1]
    for s in range(len(offsets) - 1):
        first, last = offsets[s], offsets[s + 1] - 1
        x, y = L[first, 0], L[first, 1]
        for t in range(first + 1, last + 1):
            if t % OFTEN == 0:
                top = max(x, y)
                if top == -np.inf:
                    return top
                log_prob, x, y = log_prob + top, x - top, y - top
            stay, come, go, remain = x + a, y + b, x + c, y + d
            path[t] = (come > stay) + 2 * (remain > go)
            x, y = L[t, 0] + max(stay, come), L[t, 1] + max(go, remain)
        log_prob += max(x, y)
        state = int(y > x)
        for t in range(last, first, -1):
            came = path[t] >> state & 1
            path[t] = state
            state = came
        path[first] = state
    return log_prob
