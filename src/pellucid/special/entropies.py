"""Sums of logarithms that appear in entropies and in densities of matrices."""

import math

from pellucid.autograd.functions import PUBLIC
from pellucid.autograd.functions._kinds import alike, as_tensor, floating

__all__ = ["entr", "multigammaln", "xlog1py"]

masked_fill = PUBLIC["masked_fill"]


def entr(input):
    """-x log x; 0 at 0, and -∞ below."""
    x = floating(input)
    return masked_fill(-PUBLIC["xlogy"](x, x), x < 0, -math.inf)


def xlog1py(input, other):
    """x log(1 + y), and 0 where x is 0."""
    x, y = (floating(z) for z in alike(*map(as_tensor, (input, other))))
    zero = (x == 0) & y.isnan().logical_not()
    return masked_fill(x * masked_fill(y, zero, 0).log1p(), zero, 0)


def multigammaln(a, p):
    """log Γₚ(a) = p (p - 1) / 4 log π + Σⱼ log Γ(a - j / 2), for j from 0 to p - 1."""
    a = floating(a)
    if p < 1 or bool((a <= (p - 1) / 2).any()):
        raise RuntimeError("multigammaln: all elements must be greater than (p - 1) / 2, and p > 0")
    return sum((a - j / 2).lgamma() for j in range(p)) + p * (p - 1) / 4 * math.log(math.pi)
