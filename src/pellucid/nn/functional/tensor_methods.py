"""Activations that are methods of tensors too."""

from pellucid.autograd import Tensor
from pellucid.nn.functional import activations

__all__ = ["OF_LAYERS"]

OF_LAYERS = ("relu", "sigmoid", "softmax", "log_softmax", "tanh", "selu", "celu", "prelu")
for _name in OF_LAYERS:
    setattr(Tensor, _name, getattr(activations, _name))
