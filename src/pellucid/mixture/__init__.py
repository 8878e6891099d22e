"""Mixtures of densities, learned by expectation and maximisation."""

from pellucid.mixture.bernoulli_mixture import BernoulliMixture
from pellucid.mixture.gaussian_mixture import GaussianMixture
from pellucid.mixture.mixture import Mixture

__all__ = ["BernoulliMixture", "GaussianMixture", "Mixture"]
