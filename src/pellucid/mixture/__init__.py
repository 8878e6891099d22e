"""Mixtures of densities, learned by expectation and maximisation."""

from pellucid.mixture.bayesian_gaussian_mixture import BayesianGaussianMixture
from pellucid.mixture.bernoulli_mixture import BernoulliMixture
from pellucid.mixture.gaussian_mixture import GaussianMixture
from pellucid.mixture.mixture import Mixture

__all__ = ["BayesianGaussianMixture", "BernoulliMixture", "GaussianMixture", "Mixture"]
