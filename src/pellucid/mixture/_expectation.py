"""The E-step over one block of rows, and all that the M-step wants of it."""

import numpy as np

__all__ = ["expect", "expect_with_entropy", "responsibilities", "weigh"]


def responsibilities(log_joint):
    """r_nk = p(k | x_n) and log p(x_n) of log p(x_n, k), which is overwritten.

    Of densities that are all zero there is none: it is an error, which names the row.
    """
    top = log_joint.max(axis=1)  # (N,)
    if not (top > -np.inf).all():
        n = int(np.argmin(top > -np.inf))
        raise ValueError(
            f"a row has density zero under every component, row {n} of its block: it is too far "
            "from all of them, or impossible; scale the input data, or smooth the densities"
        )
    resp = np.exp(np.subtract(log_joint, top[:, None], out=log_joint), out=log_joint)
    total = resp.sum(axis=1)
    resp /= total[:, None]
    return resp, np.log(total) + top


def expect(X, sample_weight, emission, log_weights):
    """(Σ_n s_n r_n,  the emission's statistics,  Σ_n s_n log p(x_n)) of a block of rows."""
    log_joint = emission.log_density(X) + log_weights  # (N, K)
    resp, log_prob = responsibilities(log_joint)
    if sample_weight is not None:
        resp *= sample_weight[:, None]
        log_prob *= sample_weight
    return resp.sum(axis=0), emission.statistics(X, resp), log_prob.sum()


def expect_with_entropy(X, sample_weight, emission, log_weights):
    """As ``expect``, but -Σ_n s_n Σ_k r_nk log r_nk in the place of the log density."""
    resp, _ = responsibilities(emission.log_density(X) + log_weights)
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
