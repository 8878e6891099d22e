"""ClipGradients: no step longer than the gradient's norm allows."""

from pellucid.nn.utils import clip_grad_norm_
from pellucid.training.callback import Callback

__all__ = ["ClipGradients"]


class ClipGradients(Callback):
    """g ← g min(1, c / ‖g‖), g being the gradients of all parameters together and c ``max_norm``.

    ``norm`` is ‖g‖ before the last step.

    References
    ----------
    Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", 2013.
    """

    def __init__(self, max_norm):
        self.max_norm = max_norm

    def before_step(self, loop):
        self.norm = clip_grad_norm_(loop.model.parameters(), self.max_norm).item()
