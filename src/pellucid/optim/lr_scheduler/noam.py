"""NoamLR: up in a straight line, then down as one over the root of the step."""

from pellucid.optim.lr_scheduler.scheduler import LRScheduler

__all__ = ["NoamLR"]


class NoamLR(LRScheduler):
    """η = η₀ d^(-1/2) min(t^(-1/2), t w^(-3/2)), t counted from one.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates are set; its own η₀ is the scale.
    model_dim : int
        d, how wide the model is.
    warmup_steps : int
        w, the step of the highest rate.
    last_epoch : int
        As in ``LRScheduler``.

    References
    ----------
    Vaswani et al., "Attention is all you need", NeurIPS 2017, equation 3.
    """

    def __init__(self, optimizer, model_dim=512, warmup_steps=4000, last_epoch=-1):
        if model_dim < 1 or warmup_steps < 1:
            raise ValueError(
                f"model_dim and warmup_steps are to be positive, not {model_dim}, {warmup_steps}"
            )
        self.model_dim, self.warmup_steps = model_dim, warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t = self.last_epoch + 1
        factor = self.model_dim**-0.5 * min(t**-0.5, t * self.warmup_steps**-1.5)
        return [base * factor for base in self.base_lrs]
