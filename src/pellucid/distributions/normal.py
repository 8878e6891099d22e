"""The normal distribution."""

import math
from typing import ClassVar

from pellucid.autograd.creation import ones, zeros
from pellucid.autograd.functions import PUBLIC
from pellucid.autograd.random import normal
from pellucid.distributions.distribution import POSITIVE, REAL, Distribution, together

__all__ = ["Normal"]


class Normal(Distribution):
    """The normal distribution of mean μ (``loc``) and standard deviation σ (``scale``).

    log p(x) = -(x - μ)² / 2σ² - log σ - ½ log 2π
    H = ½ + ½ log 2π + log σ
    KL(p ‖ q) = ½ (r - 1 - log r) + (μ_p - μ_q)² / 2σ_q²,  r = σ_p² / σ_q²

    ``rsample`` draws x = μ + σε with ε standard normal, so that gradients reach μ and σ.

    References
    ----------
    Kingma, Welling, "Auto-encoding variational Bayes", 2014 (rsample).
    """

    arg_constraints: ClassVar = {"loc": REAL, "scale": POSITIVE}
    support = REAL
    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = together(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self):
        return self.loc

    mode = mean

    @property
    def variance(self):
        return self.scale**2

    stddev = property(lambda self: self.scale)

    def expand(self, batch_shape):
        """The same distribution over a larger batch."""
        shape = tuple(batch_shape)
        return type(self)(self.loc.expand(*shape), self.scale.expand(*shape), self._validate_args)

    def _draw(self, shape):
        return normal(self.loc.expand(*shape), self.scale.expand(*shape))

    def rsample(self, sample_shape=()):
        """μ + σε."""
        shape, kind = self._extended_shape(sample_shape), self.loc.dtype
        return self.loc + normal(zeros(shape, dtype=kind), ones(shape, dtype=kind)) * self.scale

    def log_prob(self, value):
        """The logarithm of the density."""
        self._check_value(value)
        z = (value - self.loc) / self.scale
        return -(z**2) / 2 - self.scale.log() - math.log(2 * math.pi) / 2

    def cdf(self, value):
        """The probability of at most ``value``."""
        self._check_value(value)
        return (1 + PUBLIC["erf"]((value - self.loc) / (self.scale * math.sqrt(2)))) / 2

    def icdf(self, value):
        """Below what lies the probability ``value``."""
        return self.loc + self.scale * PUBLIC["erfinv"](2 * value - 1) * math.sqrt(2)

    def entropy(self):
        """The entropy, in nats."""
        return 0.5 + math.log(2 * math.pi) / 2 + self.scale.log()

    def _kl(self, other):
        ratio = (self.scale / other.scale) ** 2
        return (ratio + ((self.loc - other.loc) / other.scale) ** 2 - 1 - ratio.log()) / 2
