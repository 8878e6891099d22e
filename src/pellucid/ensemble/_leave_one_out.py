"""The price of a ridge regression for which the predictions of rows left out are best."""

import numpy as np
import scipy.sparse as sp

from pellucid.linear_model import Ridge

__all__ = ["leave_one_out_ridge"]

PRICES = (0.1, 1.0, 10.0)


def leave_one_out_ridge(X, y, sample_weight=None):
    """A ``Ridge`` that is not fitted, with the α of 0.1, 1 and 10 of least error on rows left out.

        y_n - ŷ_n^(-n) = (y_n - ŷ_n) / (1 - h_n),    ŷ = H y,    h = diag H

    for ŷ^(-n) fitted without row n: all N fits for the price of one (Allen 1974).  With X = U S Vᵀ,
    its rows centred and times √s for weights s, H = √s √sᵀ / Σ s + U S² (S² + α)⁻¹ Uᵀ.  Sparse X is
    made dense.
    """
    X = X.toarray() if sp.issparse(X) else np.asarray(X, dtype=np.float64)
    s = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    root = np.sqrt(s)[:, None]
    U, S, _ = np.linalg.svd(root * (X - np.average(X, axis=0, weights=s)), full_matrices=False)
    r = root[:, 0] * (y - np.average(y, weights=s))
    share, projected = s / s.sum(), U.T @ r

    def error(alpha):
        kept = S**2 / (S**2 + alpha)
        left_out = (r - U @ (kept * projected)) / (1 - share - U**2 @ kept)  # (N,)
        return left_out @ left_out

    return Ridge(alpha=min(PRICES, key=error))
