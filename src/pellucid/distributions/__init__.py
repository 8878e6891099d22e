"""Distributions to draw from and to differentiate, by PyTorch's names."""

from pellucid.distributions.bernoulli import Bernoulli
from pellucid.distributions.categorical import Categorical
from pellucid.distributions.distribution import Distribution, kl_divergence
from pellucid.distributions.normal import Normal

__all__ = ["Bernoulli", "Categorical", "Distribution", "Normal", "kl_divergence"]
