"""Densities that learn from weighted rows: what mixtures and hidden Markov models are made of."""

from pellucid.emissions.base import Emission
from pellucid.emissions.categorical import Categorical
from pellucid.emissions.gaussian import Gaussian

__all__ = ["Categorical", "Emission", "Gaussian"]
