"""Mixtures of densities, learned by expectation and maximisation."""

from pellucid.mixture.gaussian_mixture import GaussianMixture

__all__ = ["GaussianMixture"]
