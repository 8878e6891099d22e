"""Dropout: y = m x / (1 - p), each m being 1 with probability 1 - p, drawn anew while training.

References
----------
Srivastava et al., "Dropout", JMLR 2014.
Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
"""

import math

from pellucid.autograd._stream import default_generator
from pellucid.nn.functional.activations import ALPHA, SCALE

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d"]


def _kept(shape, p, like):
    """Ones with probability 1 - p."""
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    return default_generator.bernoulli(1 - p, tuple(shape), like._array.dtype.type)


def _dropped(input, p, shape):
    if not input.is_floating_point():
        raise RuntimeError(f"dropout expects numbers with a point, not {input.dtype}")
    mask = _kept(shape, p, input)
    return input * (mask / input._array.dtype.type(1 - p) if p < 1 else mask)


def dropout(input, p=0.5, training=True, inplace=False):
    """Each number by itself is dropped; without ``training`` none is."""
    if not training or p == 0:
        return input
    out = _dropped(input, p, input.shape)
    return input.copy_(out) if inplace else out


def _of_channels(n):
    def function(input, p=0.5, training=True, inplace=False):
        if not training or p == 0:
            return input
        single = input.ndim == n + 1 and n != 2  # no batch; PyTorch takes three for (N, C, L) yet
        named = 1 if single else 2
        shape = (*input.shape[:named], *(1,) * (input.ndim - named))
        out = _dropped(input, p, shape)
        return input.copy_(out) if inplace else out

    function.__name__ = function.__qualname__ = f"dropout{n}d"
    function.__doc__ = "Whole channels are dropped: (N, C, ...), or (C, ...)."
    return function


dropout1d, dropout2d, dropout3d = map(_of_channels, (1, 2, 3))


def alpha_dropout(input, p=0.5, training=False):
    """What is dropped becomes selu(-∞); then all is moved to the mean and variance before."""
    if not training or p == 0:
        return input
    low = -ALPHA * SCALE
    mask = _kept(input.shape, p, input)
    a = 1 / math.sqrt((1 - p) * (1 + p * low * low)) if p < 1 else 0.0
    return (input * mask + low * (1 - mask)) * a - a * p * low
