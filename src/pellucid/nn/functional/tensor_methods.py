"""Activations that are methods of tensors too."""

import functools

from pellucid.autograd import Tensor
from pellucid.autograd.functions._kinds import floating
from pellucid.autograd.in_place_methods import in_place
from pellucid.nn.functional import activations

__all__ = ["OF_LAYERS"]


def _of_floats(function):
    """Let a function of numbers with a point take whole ones."""

    @functools.wraps(function)
    def of_floats(input):
        return function(floating(input))

    return of_floats


NAMES = ("relu", "sigmoid", "softmax", "log_softmax", "tanh", "selu", "celu", "prelu")
OF_LAYERS = {name: getattr(activations, name) for name in NAMES}
OF_LAYERS |= {name: _of_floats(OF_LAYERS[name]) for name in ("sigmoid", "tanh")}
for _name, _function in OF_LAYERS.items():
    setattr(Tensor, _name, _function)
setattr(Tensor, "relu_", in_place(OF_LAYERS["relu"]))  # noqa: B010 (unknown to mypy)
