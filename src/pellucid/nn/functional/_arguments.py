"""What activations do about arguments: whole numbers, and x itself becoming y."""

import functools
import inspect

from pellucid.autograd import Tensor
from pellucid.autograd.functions._kinds import floating
from pellucid.autograd.methods import change

__all__ = ["in_floats", "of_floats", "or_in_place"]


def or_in_place(function):
    """Give a function of tensors a last argument ``inplace``: whether x becomes y."""
    last = len(inspect.signature(function).parameters)

    @functools.wraps(function)
    def either(input, *args, inplace=False, **options):
        if len(args) == last:
            *args, inplace = args
        if inplace:
            return change(input, function, *args, **options)
        return function(input, *args, **options)

    return either


def of_floats(function):
    """Refuse whole numbers, to which PyTorch does not apply the function."""

    @functools.wraps(function)
    def checked(input, *args, **options):
        if isinstance(input, Tensor) and input._array.dtype.kind not in "fc":
            raise NotImplementedError(f"{function.__name__} is not implemented for {input.dtype}")
        return function(input, *args, **options)

    return checked


def in_floats(function):
    """Take whole numbers as such with a point."""

    @functools.wraps(function)
    def converted(input):
        return function(floating(input) if isinstance(input, Tensor) else input)

    return converted
