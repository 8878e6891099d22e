"""The generated tables of the benchmarks, equal in both processes."""

import numpy as np
import scipy.sparse as sp

__all__ = ["SIZES", "classification", "regression"]

SIZES = ("100000x100", "1000000x20", "2000x5000", "sparse 50000x50000")


def regression(size, seed=0, dtype=np.float64):
    """X and a noisy linear target with a tenth of the columns (at least five) at work."""
    rng = np.random.default_rng(seed)
    X = _table(size, rng, dtype)
    w = np.zeros(X.shape[1])
    active = rng.choice(X.shape[1], max(5, X.shape[1] // 10), replace=False)
    w[active] = rng.normal(size=len(active))
    signal = X @ w
    return X, (signal + signal.std() * 0.5 * rng.normal(size=len(signal))).astype(dtype)


def classification(size, classes=2, seed=0, dtype=np.float64):
    """X and classes drawn from a multinomial logit, so that no model separates them."""
    rng = np.random.default_rng(seed)
    X = _table(size, rng, dtype)
    W = rng.normal(size=(X.shape[1], classes)) * (rng.random((X.shape[1], 1)) < 0.1)
    logits = X @ W
    logits = 2 * logits / (logits.std() + 1e-12)
    return X, np.argmax(logits + rng.gumbel(size=logits.shape), axis=1)


def _table(size, rng, dtype):
    rows, columns = (int(part) for part in size.split()[-1].split("x"))
    if size.startswith("sparse"):
        return sp.random_array((rows, columns), density=0.001, format="csr", rng=rng, dtype=dtype)
    return rng.normal(size=(rows, columns)).astype(dtype)
