"""KingLR: a smaller rate once it is unlikely that the losses still fall."""

import numpy as np
from scipy.special import ndtr

from pellucid.optim.lr_scheduler.scheduler import LRScheduler, checked

__all__ = ["KingLR"]


class KingLR(LRScheduler):
    """η ← ``factor`` · η once more than ``patience`` losses are unlikely to fall.

    A line is fitted to the last n losses; its slope is normal about the fitted one b with variance
    12 σ² / (n³ - n), σ² of n - 2 degrees of freedom, so that P(slope < 0) = Φ(-b / sd).  The
    largest n with P < 0.51 says for how long the losses have not fallen.  It must exceed the
    patience also without the largest tenth of the losses: a single bad batch moves no rate.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates are set.
    patience : int
        How many losses without a fall are borne.
    factor : float
        Of the rate.

    References
    ----------
    King, "Automatic learning rate scheduling that really works", blog of dlib, 2018.
    """

    def __init__(self, optimizer, patience=1000, factor=0.1):
        if not 0 < factor < 1:
            raise ValueError(f"factor is to be between 0 and 1, not {factor}")
        if patience < 3:
            raise ValueError(f"a slope takes three losses: patience is {patience}")
        self.optimizer, self.patience, self.factor = checked(optimizer), patience, factor
        self.losses, self.last_epoch = [], 0
        self._last_lr = self.rates

    def step(self, metrics):
        """Go on by one, ``metrics`` being the loss of this step."""
        self.last_epoch += 1
        # As many as leave more than the patience when a tenth of them is taken away.
        most = self.patience * 10 // 9 + 2
        self.losses = [*self.losses, float(metrics)][-most:]
        losses = np.array(self.losses)
        few = losses[losses <= np.quantile(losses, 0.9)]
        if all(steps_without_fall(some) > self.patience for some in (losses, few)):
            self._set([rate * self.factor for rate in self.rates])
            self.losses = []


def steps_without_fall(losses):
    """The largest n such that P(slope < 0) < 0.51 for the last n losses, 0 if there is none."""
    p = probability_of_fall(losses)
    return 3 + int(np.flatnonzero(p < 0.51)[-1]) if np.any(p < 0.51) else 0


def probability_of_fall(losses):
    """P(slope < 0) of the last n losses, for n = 3, 4, ..., N.                       (N - 2,)"""
    y = (losses - np.mean(losses))[::-1]  # backwards, so that a stretch is a beginning
    x = np.arange(len(y)) - len(y) / 2
    n = np.arange(1, len(y) + 1)
    sx, sy, sxx, sxy, syy = (np.cumsum(a) for a in (x, y, x * x, x * y, y * y))
    n, sx, sy, sxx, sxy, syy = (a[2:] for a in (n, sx, sy, sxx, sxy, syy))
    wide, both, high = sxx - sx * sx / n, sxy - sx * sy / n, syy - sy * sy / n
    backwards = both / wide
    residual = np.maximum(high - both * backwards, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = backwards / np.sqrt(residual / (n - 2) / wide)
    return ndtr(np.where(np.isnan(z), 0, z))  # no slope and no scatter: even chances
