"""Activations that are methods of tensors too."""

from pellucid.autograd import Tensor
from pellucid.autograd.in_place_methods import in_place
from pellucid.nn.functional import activations, shares

__all__ = ["OF_LAYERS"]


NAMES = ("relu", "sigmoid", "tanh", "selu", "celu", "prelu")
OF_LAYERS = {name: getattr(activations, name) for name in NAMES}
OF_LAYERS |= {"softmax": shares.softmax, "log_softmax": shares.log_softmax}
for _name, _function in OF_LAYERS.items():
    setattr(Tensor, _name, _function)
setattr(Tensor, "relu_", in_place(OF_LAYERS["relu"]))  # noqa: B010 (unknown to mypy)
