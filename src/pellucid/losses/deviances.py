"""Unit deviances of the exponential families, in the mean μ; a generalised linear model adds g.

For a family with variance function V, the unit deviance d(y, μ) has ∂d/∂μ = -2 (y - μ) / V(μ)
(McCullagh & Nelder 1989, chapter 2), so that with any link η = g(μ) the half deviance has gradient
-(y - μ) μ'(η) / V(μ) and expected Hessian μ'(η)² / V(μ).  The observed Hessian has besides
(y - μ) (μ'(η)² V'(μ) / V(μ)² - μ''(η) / V(μ)).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import kl_div, rel_entr

from pellucid.losses.links import IdentityLink, Link, LogitLink, LogLink

__all__ = [
    "BinomialDeviance",
    "Deviance",
    "GammaDeviance",
    "InverseGaussianDeviance",
    "NormalDeviance",
    "PoissonDeviance",
    "TweedieDeviance",
]


class Deviance:
    """A family: unit deviance d(y, μ), V(μ) and dV/dμ, its usual link, and the range of y."""

    link: Link = IdentityLink()

    def unit(self, y, mu):
        raise NotImplementedError

    def variance(self, mu):
        raise NotImplementedError

    def variance_derivative(self, mu):
        raise NotImplementedError

    def in_range(self, y):
        """Where y is a possible observation."""
        return np.isfinite(y)


class NormalDeviance(Deviance):
    """d = (y - μ)², V = 1"""

    def unit(self, y, mu):
        return (y - mu) ** 2

    def variance(self, mu):
        return np.ones_like(mu)

    def variance_derivative(self, mu):
        return np.zeros_like(mu)


class PoissonDeviance(Deviance):
    """d = 2 (y log(y/μ) - y + μ), V = μ, y ≥ 0"""

    link = LogLink()

    def unit(self, y, mu):
        return 2 * kl_div(y, mu)  # 0 for y = μ = 0

    def variance(self, mu):
        return mu

    def variance_derivative(self, mu):
        return np.ones_like(mu)

    def in_range(self, y):
        return y >= 0


class GammaDeviance(Deviance):
    """d = 2 (log(μ/y) + y/μ - 1), V = μ², y > 0"""

    link = LogLink()

    def unit(self, y, mu):
        return 2 * (np.log(mu / y) + y / mu - 1)

    def variance(self, mu):
        return mu**2

    def variance_derivative(self, mu):
        return 2 * mu

    def in_range(self, y):
        return y > 0


class InverseGaussianDeviance(Deviance):
    """d = (y - μ)² / (y μ²), V = μ³, y > 0"""

    link = LogLink()

    def unit(self, y, mu):
        return (y - mu) ** 2 / (y * mu**2)

    def variance(self, mu):
        return mu**3

    def variance_derivative(self, mu):
        return 3 * mu**2

    def in_range(self, y):
        return y > 0


class BinomialDeviance(Deviance):
    """d = 2 (y log(y/μ) + (1-y) log((1-y)/(1-μ))), V = μ (1-μ), y a proportion in [0, 1]"""

    link = LogitLink()

    def unit(self, y, mu):
        return 2 * (rel_entr(y, mu) + rel_entr(1 - y, 1 - mu))

    def variance(self, mu):
        return mu * (1 - mu)

    def variance_derivative(self, mu):
        return 1 - 2 * mu

    def in_range(self, y):
        return (y >= 0) & (y <= 1)


@dataclass(frozen=True)
class TweedieDeviance(Deviance):
    """d = 2 (y²⁻ᵖ/((1-p)(2-p)) - y μ¹⁻ᵖ/(1-p) + μ²⁻ᵖ/(2-p)), V = μᵖ, y ≥ 0, y > 0 for p ≥ 2

    p < 0 takes any y, of which only the positive part counts in the first term (Jørgensen 1987).
    p = 0, 1 and 2 are the limits: normal, Poisson and gamma.
    """

    power: float = 1.5

    link = LogLink()

    def unit(self, y, mu):
        p = self.power
        own = np.maximum(y, 0) ** (2 - p) / ((1 - p) * (2 - p))
        return 2 * (own - y * mu ** (1 - p) / (1 - p) + mu ** (2 - p) / (2 - p))

    def variance(self, mu):
        return mu**self.power

    def variance_derivative(self, mu):
        return self.power * mu ** (self.power - 1)

    def in_range(self, y):
        if self.power < 0:
            return np.isfinite(y)
        return y > 0 if self.power >= 2 else y >= 0
