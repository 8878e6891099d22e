"""The Dirichlet that documents' mixtures of topics come from (Blei, Ng & Jordan 2003, A.4.2)."""

import numpy as np
from scipy.special import gammaln, polygamma, psi

__all__ = ["better_prior"]

MAX_ITER, TOL = 100, 1e-10


def better_prior(alpha, mean):
    """The α that maximises Σ_d E log Dirichlet(θ_d | α), given the mean of E log θ (K,).

        L(α) = log Γ(Σ_k α_k) - Σ_k log Γ(α_k) + Σ_k (α_k - 1) m_k,    m = mean over d of E log θ_d
        α ← α - H⁻¹ g,   g_k = ψ(Σ_j α_j) - ψ(α_k) + m_k,   H = ψ'(Σ_j α_j) 11ᵀ - diag ψ'(α)

    H is diagonal but for a constant, so that a step costs O(K).  A step is halved until it keeps α
    positive and L does not fall.
    """
    if len(alpha) == 1:
        return alpha  # all of every document is of the one topic, whatever α

    def value(a):
        return gammaln(a.sum()) - gammaln(a).sum() + (a - 1) @ mean

    for _ in range(MAX_ITER):
        g = psi(alpha.sum()) - psi(alpha) + mean
        h, z = -polygamma(1, alpha), polygamma(1, alpha.sum())
        curvature = 1 + z * np.sum(1 / h)
        if curvature <= 0:  # so large an α that its likelihood is flat to rounding
            return alpha
        b = z * np.sum(g / h) / curvature
        step = (g - b) / h  # H⁻¹ g
        while np.any(step >= alpha) or value(alpha - step) < value(alpha):
            step /= 2
            if np.max(np.abs(step)) < TOL * np.max(alpha):
                return alpha
        alpha = alpha - step
        if np.max(np.abs(step)) < TOL * np.max(alpha):
            break
    return alpha
