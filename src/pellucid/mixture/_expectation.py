"""The E-step over one block of rows, and all that the M-step wants of it."""

import numpy as np

from pellucid._compile import kernel
from pellucid._math import exponentials

__all__ = ["expect", "expect_with_entropy", "responsibilities", "weigh"]

TILE = 256  # rows whose densities, under all components, stay in a core's cache
LEAST = 1e-304  # a smaller share is none; ``exponentials`` gives 0.986e-304 for all that is smaller


def responsibilities(log_density, log_weights, sample_weight=None):
    """r_nk = p(k | x_n) = π_k p(x_n | k) / p(x_n)  (N, K),  and log p(x_n)  (N,).

    Of densities that are all zero there is none: it is an error, which names the row; of a row
    without weight both are zero.
    """
    columns = np.ascontiguousarray(log_density.T, dtype=np.float64)  # (K, N)
    resp, log_prob = np.empty_like(columns), np.empty(len(log_density))
    _share(columns, log_weights, resp, log_prob)
    impossible = ~(log_prob > -np.inf)
    if impossible.any():
        wrong = impossible if sample_weight is None else impossible & (sample_weight > 0)
        if wrong.any():
            raise ValueError(
                f"a row has density zero under every component, row {np.argmax(wrong)} of its "
                "block: it is too far from all of them, or impossible; scale the input data, or "
                "smooth the densities"
            )
        resp[:, impossible], log_prob[impossible] = 0, 0
    return resp.T, log_prob


def expect(X, sample_weight, emission, log_weights):
    """(Σ_n s_n r_n,  the emission's statistics,  Σ_n s_n log p(x_n)) of a block of rows."""
    resp, log_prob = responsibilities(emission.log_density(X), log_weights, sample_weight)
    if sample_weight is not None:
        resp *= sample_weight[:, None]
        log_prob *= sample_weight
    return resp.sum(axis=0), emission.statistics(X, resp), log_prob.sum()


def expect_with_entropy(X, sample_weight, emission, log_weights):
    """As ``expect``, but -Σ_n s_n Σ_k r_nk log r_nk in the place of the log density."""
    resp, _ = responsibilities(emission.log_density(X), log_weights, sample_weight)
    surprise = -np.log(resp, out=np.zeros_like(resp), where=resp > 0)
    if sample_weight is not None:
        resp *= sample_weight[:, None]
    entropy = np.einsum("nk,nk->", resp, surprise)
    return resp.sum(axis=0), emission.statistics(X, resp), entropy


def weigh(X, sample_weight, start, emission, K):
    """The first two of ``expect``, of given responsibilities (N, K), or labels (N,) for them."""
    resp = start if start.ndim == 2 else (start[:, None] == np.arange(K)).astype(np.float64)
    if sample_weight is not None:
        resp = resp * sample_weight[:, None]
    return resp.sum(axis=0), emission.statistics(X, resp)


@kernel(fastmath={"contract"}, error_model="numpy")
def _share(log_density, log_weights, resp, log_prob):
    """log π_k p(x_n | k) about the largest of row n, its exponential, and that over the sum."""
    top, total, room = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    for start in range(0, len(log_prob), TILE):
        stop = min(start + TILE, len(log_prob))
        top[:], total[:] = -np.inf, 0.0
        for k in range(len(resp)):
            given, part = log_density[k, start:stop], resp[k, start:stop]
            for i in range(len(part)):
                part[i] = given[i] + log_weights[k]
                is_top = part[i] > top[i] or part[i] != part[i]  # once NaN, it stays so
                top[i] = part[i] if is_top else top[i]
        for k in range(len(resp)):
            part = resp[k, start:stop]
            for i in range(len(part)):
                part[i] -= top[i]
            exponentials(part, 0.0, room)
            for i in range(len(part)):
                part[i] = part[i] if part[i] > LEAST else 0.0
                total[i] += part[i]
        for i in range(stop - start):
            log_prob[start + i] = np.log(total[i]) + top[i]
            total[i] = 1 / total[i]
        for k in range(len(resp)):
            part = resp[k, start:stop]
            for i in range(len(part)):
                part[i] *= total[i]
