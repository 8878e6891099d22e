"""Probabilities: learned from counts, and checked."""

import numpy as np

__all__ = ["check_probabilities", "shares"]


def check_probabilities(name, p):
    """Raise ``ValueError`` unless p is 0 or more, and 1 in sum along its last axis."""
    if not ((p >= 0).all() and (np.abs(p.sum(axis=-1) - 1) < 1e-5).all()):
        raise ValueError(f"{name} must be 0 or more, and sum to 1")


def shares(counts, prior, before):
    """counts + prior - 1, made 1 in sum; 0 stays 0, and where nothing was counted, all stays."""
    share = np.where(before == 0, 0, np.maximum(counts + np.asarray(prior) - 1, 0))
    total = share.sum(axis=-1, keepdims=True)
    return np.where(total > 0, share / np.where(total > 0, total, 1), before)
