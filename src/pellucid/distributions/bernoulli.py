"""The Bernoulli distribution."""

from functools import cached_property
from typing import ClassVar

import numpy as np

from pellucid.autograd import Tensor, enable_grad
from pellucid.autograd.random import bernoulli
from pellucid.distributions.distribution import BOOLEAN, REAL, UNIT, Distribution, together
from pellucid.nn.functional import binary_cross_entropy_with_logits, softplus

__all__ = ["Bernoulli"]


class Bernoulli(Distribution):
    """1 with probability p (``probs``), else 0; or p = 1 / (1 + exp(-l)) of ``logits`` l.

    log P(x) = x l - log(1 + eˡ)
    H = -p log p - (1 - p) log(1 - p)
    KL(p ‖ q) = p (log p - log q) + (1 - p) (log(1 - p) - log(1 - q))
    """

    arg_constraints: ClassVar = {"probs": UNIT, "logits": REAL}
    support = BOOLEAN
    has_enumerate_support = True

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        (given,) = together(logits if probs is None else probs)
        vars(self)["logits" if probs is None else "probs"] = given
        self.param_shape = given.shape
        super().__init__(given.shape, validate_args=validate_args)

    @cached_property
    @enable_grad()  # whoever asks first: what is kept has its gradient
    def probs(self):
        """p."""
        return self.logits.sigmoid()

    @cached_property
    @enable_grad()  # whoever asks first: what is kept has its gradient
    def logits(self):
        """log p - log(1 - p), p kept from 0 and 1 by the smallest step of its type."""
        eps = float(np.finfo(self.probs._array.dtype).eps)
        p = self.probs.clamp(eps, 1 - eps)
        return p.log() - (-p).log1p()

    @property
    def mean(self):
        return self.probs

    @property
    def mode(self):
        """1 where p > 1/2, 0 where p < 1/2, NaN between."""
        p = self.probs._array
        return Tensor._of(np.where(p == 0.5, np.nan, p > 0.5).astype(p.dtype))

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def expand(self, batch_shape):
        """The same distribution over a larger batch."""
        name = "probs" if "probs" in vars(self) else "logits"
        given = vars(self)[name].expand(*batch_shape)
        return type(self)(**{name: given}, validate_args=self._validate_args)

    def _draw(self, shape):
        return bernoulli(self.probs.expand(*shape))

    def log_prob(self, value):
        """The logarithm of the probability."""
        self._check_value(value)
        logits, value = together(self.logits, value.to(self.logits.dtype))
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self):
        """The entropy, in nats."""
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand=True):
        """0 and 1, along a new first dimension."""
        values = np.arange(2, dtype=self.probs._array.dtype)
        values = values.reshape(2, *[1] * len(self.batch_shape))
        return Tensor._of(np.broadcast_to(values, (2, *self.batch_shape)) if expand else values)

    def _kl(self, other):
        # log p - log q = softplus(-l_q) - softplus(-l_p), and 0 log 0 = 0
        ones = self.probs * (softplus(-other.logits) - softplus(-self.logits))
        ones = ones.masked_fill(other.probs == 0, np.inf)
        ones = ones.masked_fill(self.probs == 0, 0.0)
        zeros = (1 - self.probs) * (softplus(other.logits) - softplus(self.logits))
        zeros = zeros.masked_fill(other.probs == 1, np.inf)
        return ones + zeros.masked_fill(self.probs == 1, 0.0)
