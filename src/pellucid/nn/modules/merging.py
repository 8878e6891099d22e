"""Several tensors as one."""

import functools
import operator

from pellucid.nn.modules.module import Module

__all__ = ["Add", "Multiply"]


class Add(Module):
    """y = x₁ + x₂ + ...: each x̄ᵢ is ȳ."""

    def forward(self, *inputs):
        return functools.reduce(operator.add, inputs)


class Multiply(Module):
    """y = x₁ x₂ ...: x̄ᵢ is ȳ times the others."""

    def forward(self, *inputs):
        return functools.reduce(operator.mul, inputs)
