"""The categorical distribution."""

from functools import cached_property
from typing import ClassVar

import numpy as np

from pellucid.autograd import Size, Tensor, enable_grad
from pellucid.autograd.random import multinomial
from pellucid.distributions.distribution import REAL, SIMPLEX, Constraint, Distribution

__all__ = ["Categorical"]


class Categorical(Distribution):
    """k with probability p_k, from the weights ``probs`` or the logarithms of weights ``logits``.

    p_k = w_k / Σ_j w_j = exp(l_k) / Σ_j exp(l_j), along the last dimension
    log P(k) = log p_k
    H = -Σ_k p_k log p_k
    KL(p ‖ q) = Σ_k p_k (log p_k - log q_k)
    """

    arg_constraints: ClassVar = {"probs": SIMPLEX, "logits": REAL}
    has_enumerate_support = True

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        given = logits if probs is None else probs
        if given.ndim == 0:
            name = "logits" if probs is None else "probs"
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        if probs is None:
            self.logits = logits - logits.logsumexp(-1, keepdim=True)
        else:
            self.probs = probs / probs.sum(-1, keepdim=True)
        self.param_shape = given.shape
        super().__init__(given.shape[:-1], validate_args=validate_args)

    @cached_property
    @enable_grad()  # whoever asks first: what is kept has its gradient
    def probs(self):
        """p."""
        return self.logits.exp()

    @cached_property
    @enable_grad()  # whoever asks first: what is kept has its gradient
    def logits(self):
        """log p, p kept from 0 and 1 by the smallest step of its type."""
        eps = float(np.finfo(self.probs._array.dtype).eps)
        return self.probs.clamp(eps, 1 - eps).log()

    @property
    def support(self):
        """The whole numbers below that of the categories."""
        n = self.param_shape[-1]
        return Constraint(
            f"whole numbers from 0 to {n - 1}", lambda k: (k >= 0) & (k < n) & (k == np.floor(k))
        )

    @property
    def mean(self):
        """NaN: categories have no mean."""
        return Tensor._of(np.full(self.batch_shape, np.nan, self.probs._array.dtype))

    variance = mean

    @property
    def mode(self):
        return self.probs.argmax(-1)

    def expand(self, batch_shape):
        """The same distribution over a larger batch."""
        name = "probs" if "probs" in vars(self) else "logits"
        given = vars(self)[name].expand(*batch_shape, self.param_shape[-1])
        return type(self)(**{name: given}, validate_args=self._validate_args)

    def _draw(self, shape):
        rows = self.probs.reshape(-1, self.param_shape[-1])
        draws = Size(shape[: len(shape) - len(self.batch_shape)]).numel()
        return multinomial(rows, draws, replacement=True).T.reshape(*shape)

    def log_prob(self, value):
        """The logarithm of the probability."""
        self._check_value(value)
        shape = np.broadcast_shapes(tuple(value.shape), self.batch_shape)
        logits = self.logits.expand(*shape, self.param_shape[-1])
        return logits.gather(-1, value.long().expand(*shape).unsqueeze(-1)).squeeze(-1)

    def entropy(self):
        """The entropy, in nats."""
        lowest = float(np.finfo(self.logits._array.dtype).min)  # so that 0 · log 0 = 0
        return -(self.probs * self.logits.clamp(min=lowest)).sum(-1)

    def enumerate_support(self, expand=True):
        """Every category, along a new first dimension."""
        n = self.param_shape[-1]
        values = np.arange(n).reshape(n, *[1] * len(self.batch_shape))
        return Tensor._of(np.broadcast_to(values, (n, *self.batch_shape)) if expand else values)

    def _kl(self, other):
        terms = self.probs * (self.logits - other.logits)
        terms = terms.masked_fill(other.probs == 0, np.inf)
        return terms.masked_fill(self.probs == 0, 0.0).sum(-1)
