"""ReduceLROnPlateau: a smaller rate whenever a figure no longer gets better."""

import math

from pellucid.optim.lr_scheduler.scheduler import LRScheduler, checked

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(LRScheduler):
    """η ← max(``factor`` · η, η_min) after more than ``patience`` steps without a better figure.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates are set.
    mode : {"min", "max"}
        Whether smaller figures are better, or larger ones.
    factor : float
        Of the rate.
    patience : int
        How many steps without a better figure are borne.
    threshold : float
        How much better is better.
    threshold_mode : {"rel", "abs"}
        Whether that is a part of the best figure, or added to it.
    cooldown : int
        Steps that are not counted after a reduction.
    min_lr : float or list
        η_min.
    eps : float
        A reduction by no more than this is not done.
    """

    def __init__(
        self,
        optimizer,
        mode="min",
        factor=0.1,
        patience=10,
        threshold=1e-4,
        threshold_mode="rel",
        cooldown=0,
        min_lr=0,
        eps=1e-8,
    ):
        if factor >= 1:
            raise ValueError("Factor should be < 1.0.")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        self.optimizer, self.mode = checked(optimizer), mode
        self.factor, self.patience = factor, patience
        self.threshold, self.threshold_mode, self.cooldown = threshold, threshold_mode, cooldown
        self.min_lrs, self.eps = self._each("min_lrs", min_lr), eps
        self.default_min_lr = None if isinstance(min_lr, list | tuple) else self.min_lrs[0]
        self.best = math.inf if mode == "min" else -math.inf
        self.last_epoch = self.num_bad_epochs = self.cooldown_counter = 0
        self._last_lr = self.rates

    @property
    def in_cooldown(self):
        """Whether steps are not counted now."""
        return self.cooldown_counter > 0

    def is_better(self, figure, best):
        """Whether a figure beats the best by the threshold; NaN never does."""
        sign = 1 if self.mode == "min" else -1
        if self.threshold_mode == "rel":
            return sign * figure < sign * best * (1 - sign * self.threshold)
        return sign * figure < sign * best - self.threshold

    def step(self, metrics):
        """Go on by one, ``metrics`` being the figure of this step."""
        figure = float(metrics)
        self.last_epoch += 1
        if self.is_better(figure, self.best):
            self.best, self.num_bad_epochs = figure, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = self.rates

    def _reduce(self):
        groups = len(self.optimizer.param_groups)
        if len(self.min_lrs) != groups:  # some have been added
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"The number of param groups in the `optimizer` ({groups}) is no longer that "
                    f"of `min_lrs` ({len(self.min_lrs)}): please make it as long as the groups are"
                )
            self.min_lrs = [self.default_min_lr] * groups
        rates = zip(self.rates, self.min_lrs, strict=True)
        smaller = [(old, max(self.factor * old, least)) for old, least in rates]
        self._set([new if old - new > self.eps else old for old, new in smaller])
