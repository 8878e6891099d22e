"""Optimisers: each an equation, how it begins and one step."""

from pellucid.optim.adam import Adam, AdamW
from pellucid.optim.optimizer import Optimizer
from pellucid.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]
