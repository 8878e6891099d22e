"""Schedules that go up and down, the momentum against the rate."""

import math

from pellucid.optim.lr_scheduler.scheduler import LRScheduler, checked, known_of

__all__ = ["CyclicLR", "OneCycleLR"]

STOPS = {  # of the rate and of the momentum, by the number of ways between them
    2: (
        ("initial_lr", "max_lr", "min_lr"),
        ("max_momentum", "base_momentum", "max_momentum"),
    ),
    3: (
        ("initial_lr", "max_lr", "initial_lr", "min_lr"),
        ("max_momentum", "base_momentum", "max_momentum", "max_momentum"),
    ),
}


class _Momentum(LRScheduler):
    """Schedules that set the momentum, or Adam's β₁, beside the rate."""

    def _take_momentum(self, base, highest, last_epoch):
        if not {"momentum", "betas"} & set(self.optimizer.defaults):
            raise ValueError(
                "optimizer must support momentum or beta1 with `cycle_momentum` option enabled"
            )
        self.base_momentums = self._each("base_momentum", base)
        self.max_momentums = self._each("max_momentum", highest)
        if last_epoch == -1:
            self._give("base_momentum", self.base_momentums)
            self._give("max_momentum", self.max_momentums)

    def _set_momentum(self, values):
        for group, value in zip(self.optimizer.param_groups, values, strict=True):
            if "betas" in group:
                group["betas"] = (value, *group["betas"][1:])
            else:
                group["momentum"] = value


class OneCycleLR(_Momentum):
    """From η_max / ``div_factor`` up to η_max, then down to a part of the start.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates are set.
    max_lr : float or list
        η_max.
    total_steps : int or None
        Steps in all; None is ``epochs * steps_per_epoch``.
    epochs, steps_per_epoch : int or None
        Where ``total_steps`` is None.
    pct_start : float
        The part of the steps that goes up.
    anneal_strategy : {"cos", "linear"}
        Half a cosine, or a straight line.
    cycle_momentum : bool
        Whether the momentum goes from ``max_momentum`` to ``base_momentum`` and back.
    base_momentum, max_momentum : float or list
        Its bounds.
    div_factor, final_div_factor : float
        What η_max is divided by for the start, and the start for the end.
    three_phase : bool
        Whether it goes down as long as it went up, and only then to the end.
    last_epoch : int
        As in ``LRScheduler``.

    References
    ----------
    Smith, Topin, "Super-convergence: very fast training of neural networks using large learning
    rates", 2017.
    """

    def __init__(
        self,
        optimizer,
        max_lr,
        total_steps=None,
        epochs=None,
        steps_per_epoch=None,
        pct_start=0.3,
        anneal_strategy="cos",
        cycle_momentum=True,
        base_momentum=0.85,
        max_momentum=0.95,
        div_factor=25.0,
        final_div_factor=1e4,
        three_phase=False,
        last_epoch=-1,
    ):
        counts = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
        if total_steps is not None:
            counts = {"total_steps": total_steps}
        if None in counts.values():
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        for name, count in counts.items():
            if not isinstance(count, int) or count <= 0:
                raise ValueError(f"Expected positive integer {name}, but got {count}")
        total_steps = math.prod(counts.values())
        if not (isinstance(pct_start, float) and 0 <= pct_start <= 1):
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', not {anneal_strategy}"
            )
        self.optimizer, self.total_steps = checked(optimizer), total_steps
        self.cycle_momentum, self.anneal_strategy = cycle_momentum, anneal_strategy
        up = pct_start * total_steps - 1
        self.turns = [up, 2 * up, total_steps - 1] if three_phase else [up, total_steps - 1]
        if last_epoch == -1:
            max_lrs = self._each("max_lr", max_lr)
            self._give("max_lr", max_lrs)
            self._give("initial_lr", [rate / div_factor for rate in max_lrs])
            self._give("min_lr", [rate / div_factor / final_div_factor for rate in max_lrs])
        if cycle_momentum:
            self._take_momentum(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is "
                f"{self.total_steps}"
            )
        done = [k for k, turn in enumerate(self.turns[:-1]) if self.last_epoch > turn]
        phase = len(done)
        start = self.turns[phase - 1] if phase else 0.0
        done = (self.last_epoch - start) / (self.turns[phase] - start)
        rates, momenta = STOPS[len(self.turns)]
        if self.cycle_momentum:
            self._set_momentum(self._between(momenta[phase : phase + 2], done))
        return self._between(rates[phase : phase + 2], done)

    def _between(self, ends, done):
        """A part of the way between two settings of each group."""
        left = (1 + math.cos(math.pi * done)) / 2 if self.anneal_strategy == "cos" else 1 - done
        starts, ends = ([group[end] for group in self.optimizer.param_groups] for end in ends)
        return [end + (start - end) * left for start, end in zip(starts, ends, strict=True)]


class CyclicLR(_Momentum):
    """η = η_base + h (η_max - η_base), h going from 0 to 1 and back in each cycle.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates are set.
    base_lr, max_lr : float or list
        η_base and η_max.
    step_size_up, step_size_down : int
        Steps up and down; None is as many down as up.
    mode : {"triangular", "triangular2", "exp_range"}
        How high a cycle goes: always to 1, to half as much each time, or γᵗ.
    gamma : float
        γ.
    scale_fn : callable or None
        The height, instead, as a function.
    scale_mode : {"cycle", "iterations"}
        Whether of the cycle's number, from 1, or of t.
    cycle_momentum : bool
        Whether the momentum goes from ``max_momentum`` to ``base_momentum`` and back.
    base_momentum, max_momentum : float or list
        Its bounds.
    last_epoch : int
        As in ``LRScheduler``.

    References
    ----------
    Smith, "Cyclical learning rates for training neural networks", 2017.
    """

    def __init__(
        self,
        optimizer,
        base_lr,
        max_lr,
        step_size_up=2000,
        step_size_down=None,
        mode="triangular",
        gamma=1.0,
        scale_fn=None,
        scale_mode="cycle",
        cycle_momentum=True,
        base_momentum=0.8,
        max_momentum=0.9,
        last_epoch=-1,
    ):
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        self.optimizer, self.mode, self.gamma = checked(optimizer), mode, gamma
        self._scale_fn_custom, self.scale_mode = scale_fn, scale_mode
        self.max_lrs = self._each("max_lr", max_lr)
        self.up = float(step_size_up)
        self.length = self.up + (self.up if step_size_down is None else step_size_down)
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._take_momentum(base_momentum, max_momentum, last_epoch)
        rates = self._each("base_lr", base_lr)
        if last_epoch == -1:
            self._set(rates)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = rates

    def get_lr(self):
        cycles, done = divmod(self.last_epoch, self.length)
        height = (
            done / self.up if done <= self.up else (self.length - done) / (self.length - self.up)
        )
        height *= self._scale(1 + cycles)
        if self.cycle_momentum:
            ends = zip(self.base_momentums, self.max_momentums, strict=True)
            self._set_momentum(high - (high - low) * height for low, high in ends)
        pairs = zip(self.base_lrs, self.max_lrs, strict=True)
        return [base + (highest - base) * height for base, highest in pairs]

    def _scale(self, cycle):
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.mode == "exp_range":
            return self.gamma**self.last_epoch
        return 0.5 ** (cycle - 1) if self.mode == "triangular2" else 1.0

    def state_dict(self):
        """All that it knows; of a ``scale_fn`` that is an object, what that knows."""
        return {**super().state_dict(), "_scale_fn_custom": known_of(self._scale_fn_custom)}

    def load_state_dict(self, state_dict):
        """Go on from what ``state_dict`` gave."""
        function, known = self._scale_fn_custom, state_dict["_scale_fn_custom"]
        super().load_state_dict({**state_dict, "_scale_fn_custom": function})
        if known is not None:
            vars(function).update(known)
