"""Dropout: y = m x / (1 - p), each m being 1 with probability 1 - p, drawn anew while training.

References
----------
Srivastava et al., "Dropout", JMLR 2014.
Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
"""

import math
import warnings

from pellucid.autograd._stream import default_generator
from pellucid.autograd.methods import change
from pellucid.nn.functional.activations import ALPHA, SCALE

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
]


def _dropping(function):
    """``function(input, p, shape of the mask)``, where it applies; in place, if wanted."""

    def applied(input, p, training, inplace, shape):
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        if not training or p == 0:
            return input
        if not input.is_floating_point():
            raise RuntimeError(f"dropout expects numbers with a point, not {input.dtype}")
        return change(input, function, p, shape) if inplace else function(input, p, shape)

    return applied


def _kept(shape, p, like):
    """Ones with probability 1 - p."""
    return default_generator.bernoulli(1 - p, tuple(shape), like._array.dtype.type)


@_dropping
def _dropped(input, p, shape):
    mask = _kept(shape, p, input)
    return input * (mask / input._array.dtype.type(1 - p) if p < 1 else mask)


@_dropping
def _lowered(input, p, shape):
    """What is dropped becomes selu(-∞); then all is moved to the mean and variance before."""
    low = -ALPHA * SCALE
    mask = _kept(shape, p, input)
    a = 1 / math.sqrt((1 - p) * (1 + p * low * low)) if p < 1 else 0.0
    return (input * mask + low * (1 - mask)) * a - a * p * low


def dropout(input, p=0.5, training=True, inplace=False):
    """Each number by itself is dropped; without ``training`` none is."""
    return _dropped(input, p, training, inplace, input.shape)


def _of_channels(n):
    def function(input, p=0.5, training=True, inplace=False):
        if n == 1 and input.ndim not in (2, 3):
            raise RuntimeError(
                f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input"
            )
        if input.ndim not in (n + 1, n + 2) or (n == 2 and input.ndim == 3):
            message = f"dropout{n}d: Received a {input.ndim}-D input; dimension 1 is the channels"
            warnings.warn(message, stacklevel=2)
        single = input.ndim == n + 1 and n != 2  # no batch; PyTorch takes three for (N, C, L) yet
        return _dropped(input, p, training, inplace, _one_a_channel(input, 1 if single else 2))

    function.__name__ = function.__qualname__ = f"dropout{n}d"
    function.__doc__ = "Whole channels are dropped: (N, C, ...), or (C, ...)."
    return function


def _one_a_channel(input, named=2):
    return (*input.shape[:named], *(1,) * (input.ndim - named))


dropout1d, dropout2d, dropout3d = map(_of_channels, (1, 2, 3))


def alpha_dropout(input, p=0.5, training=False, inplace=False):
    """Dropout for SELU, to selu(-∞), that keeps mean and variance."""
    return _lowered(input, p, training, inplace, input.shape)


def feature_alpha_dropout(input, p=0.5, training=False, inplace=False):
    """As ``alpha_dropout``, of whole channels (N, C, ...)."""
    return _lowered(input, p, training, inplace, _one_a_channel(input))
