"""Links g between a mean μ and a linear predictor η = g(μ)."""

import numpy as np

from pellucid._math import expit

__all__ = ["HalfLogitLink", "IdentityLink", "InverseLink", "Link", "LogLink", "LogitLink"]


class Link:
    """η = g(μ): ``link``, ``inverse`` μ = g⁻¹(η), and its ``inverse_derivative`` dμ/dη.

    ``inverse_curvature`` is d²μ/dη².
    """

    def link(self, mu):
        raise NotImplementedError

    def inverse(self, eta):
        raise NotImplementedError

    def inverse_derivative(self, eta):
        raise NotImplementedError

    def inverse_curvature(self, eta):
        raise NotImplementedError


class IdentityLink(Link):
    """η = μ"""

    def link(self, mu):
        return mu

    def inverse(self, eta):
        return eta

    def inverse_derivative(self, eta):
        return np.ones_like(eta)

    def inverse_curvature(self, eta):
        return np.zeros_like(eta)


class LogLink(Link):
    """η = log μ"""

    def link(self, mu):
        return np.log(mu)

    def inverse(self, eta):
        return np.exp(eta)

    def inverse_derivative(self, eta):
        return np.exp(eta)

    def inverse_curvature(self, eta):
        return np.exp(eta)


class LogitLink(Link):
    """η = log(μ / (1 - μ))"""

    def link(self, mu):
        return np.log(mu / (1 - mu))

    def inverse(self, eta):
        return expit(eta)

    def inverse_derivative(self, eta):
        return expit(eta) * expit(-eta)

    def inverse_curvature(self, eta):
        return -expit(eta) * expit(-eta) * np.tanh(eta / 2)


class HalfLogitLink(Link):
    """η = ½ log(μ / (1 - μ)), at which the mean of exp(-m) is least."""

    def link(self, mu):
        return np.log(mu / (1 - mu)) / 2

    def inverse(self, eta):
        return expit(2 * eta)

    def inverse_derivative(self, eta):
        return 2 * expit(2 * eta) * expit(-2 * eta)

    def inverse_curvature(self, eta):
        return -4 * expit(2 * eta) * expit(-2 * eta) * np.tanh(eta)


class InverseLink(Link):
    """η = 1 / μ"""

    def link(self, mu):
        return 1 / mu

    def inverse(self, eta):
        return 1 / eta

    def inverse_derivative(self, eta):
        return -1 / eta**2

    def inverse_curvature(self, eta):
        return 2 / eta**3
