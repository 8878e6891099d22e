"""Schedules that multiply the rate of now, so that several work on one optimiser."""

import math
from collections import Counter

from pellucid.optim.lr_scheduler.scheduler import LRScheduler, checked, known_of

__all__ = [
    "ConstantLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "PolynomialLR",
    "StepLR",
]


class _Factor(LRScheduler):
    """η ← η · ``_factor()`` at each step t = ``last_epoch``."""

    def get_lr(self):
        factor = self._factor(self.last_epoch)
        return [rate * factor for rate in self.rates]

    def _rates_at(self, t):
        factor = math.prod(map(self._factor, range(t + 1)))
        return [rate * factor for rate in self.base_lrs]


class _Smooth(_Factor):
    """A factor at every step: a rate that goes on has had that of its own."""

    def get_lr(self):
        return self.rates if self._goes_on else super().get_lr()


class StepLR(_Factor):
    """η ← γ η every ``step_size`` steps."""

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self, t):
        return self.gamma if t > 0 and t % self.step_size == 0 else 1


class MultiStepLR(_Factor):
    """η ← γ η at each of the ``milestones``, as often as it is named."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self, t):
        return self.gamma ** self.milestones[t]


class ConstantLR(_Factor):
    """η = η₀ · ``factor`` for ``total_iters`` steps, then η₀."""

    def __init__(self, optimizer, factor=1 / 3, total_iters=5, last_epoch=-1):
        if not 0 <= factor <= 1:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self, t):
        if t == 0:
            return self.factor
        return 1 / self.factor if t == self.total_iters else 1


class LinearLR(_Smooth):
    """η = η₀ · a straight line from ``start_factor`` to ``end_factor`` in ``total_iters`` steps."""

    def __init__(self, optimizer, start_factor=1 / 3, end_factor=1.0, total_iters=5, last_epoch=-1):
        if not 0 < start_factor <= 1:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to "
                "1."
            )
        if not 0 <= end_factor <= 1:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self, t):
        if t == 0:
            return self.start_factor
        if t > self.total_iters:
            return 1
        rise = self.end_factor - self.start_factor
        return 1 + rise / (self.total_iters * self.start_factor + (t - 1) * rise)


class ExponentialLR(_Smooth):
    """η = η₀ γᵗ."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self, t):
        return self.gamma if t > 0 else 1


class PolynomialLR(_Smooth):
    """η = η₀ (1 - t / T)ᵖ until T = ``total_iters``, p = ``power``."""

    def __init__(self, optimizer, total_iters=5, power=1.0, last_epoch=-1):
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def _factor(self, t):
        if not 0 < t <= self.total_iters:
            return 1
        return ((self.total_iters - t) / (self.total_iters - t + 1)) ** self.power


class _ByFunction(LRScheduler):
    """A function of t for all groups, or one for each.  Objects that are called keep a state."""

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        self.optimizer = checked(optimizer)
        self.lr_lambdas = self._each("lr_lambda", lr_lambda)
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(
                    f"lr_lambda should be a function, but got {type(function).__name__}"
                )
        super().__init__(optimizer, last_epoch)

    def state_dict(self):
        """All that it knows; of a function nothing, of an object that is called what it knows."""
        return {**super().state_dict(), "lr_lambdas": [known_of(f) for f in self.lr_lambdas]}

    def load_state_dict(self, state_dict):
        """Go on from what ``state_dict`` gave."""
        functions = self.lr_lambdas
        super().load_state_dict(state_dict)
        self.lr_lambdas = functions
        for of, known in zip(functions, state_dict["lr_lambdas"], strict=True):
            vars(of).update(known or {})


class MultiplicativeLR(_ByFunction):
    """η ← λ(t) η, a function for all groups or one for each."""

    def get_lr(self):
        if self._step_count == 1:
            return self.rates
        pairs = zip(self.rates, self.lr_lambdas, strict=True)
        return [rate * of(self.last_epoch) for rate, of in pairs]


class LambdaLR(_ByFunction):
    """η = η₀ λ(t), a function for all groups or one for each.

    A warm-up of 1,000 steps: ``LambdaLR(optimizer, lambda t: min(1, (t + 1) / 1000))``.
    """

    def get_lr(self):
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [rate * of(self.last_epoch) for rate, of in pairs]
