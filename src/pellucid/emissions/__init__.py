"""Densities that learn from weighted rows: what mixtures and hidden Markov models are made of."""

from pellucid.emissions.base import Emission
from pellucid.emissions.bernoulli import Bernoulli
from pellucid.emissions.categorical import Categorical
from pellucid.emissions.gaussian import Gaussian
from pellucid.emissions.poisson import Poisson

__all__ = ["Bernoulli", "Categorical", "Emission", "Gaussian", "Poisson"]
