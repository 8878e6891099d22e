"""What one does with parameters, gradients and sequences beside the layers."""

from pellucid.nn.utils import rnn
from pellucid.nn.utils.gradients import clip_grad_norm_, clip_grad_value_

__all__ = ["clip_grad_norm_", "clip_grad_value_", "rnn"]
