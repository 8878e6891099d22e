"""Complex numbers and their parts, by PyTorch's names.

The gradient by z = x + iy is ∂L/∂x + i ∂L/∂y.
"""

import math

import numpy as np

from pellucid.autograd import elementwise
from pellucid.autograd.functions._kinds import alike, floating
from pellucid.autograd.functions.pointwise import atan2, masked_fill
from pellucid.autograd.functions.seldom import broadcast_tensors
from pellucid.autograd.functions.shaping import stack
from pellucid.autograd.tensor import Tensor


def is_complex(input) -> bool:
    """Whether its numbers are complex."""
    return input._array.dtype.kind == "c"


def conj(input):
    """x - iy; what is real as it is."""
    return elementwise.conjugate(input) if is_complex(input) else input


def real(input):
    """x, of x + iy: a view."""
    return elementwise.real(input) if is_complex(input) else input


def imag(input):
    """y, of x + iy: a view."""
    if not is_complex(input):
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return elementwise.imag(input)


def isreal(input):
    """Where a number has no imaginary part."""
    return Tensor._of(np.isreal(input._array))


def angle(input):
    """The angle of x + iy with the axis of x; π for a negative number."""
    if is_complex(input):
        return atan2(imag(input), real(input))
    x = floating(input)
    return masked_fill(masked_fill(x, x.isnan().logical_not(), 0), x < 0, math.pi)


def sgn(input):
    """z / |z|, and 0 at 0; of real numbers, the sign."""
    if not is_complex(input):
        return input.sign()
    size = input.abs()
    return input / masked_fill(size, size == 0, 1)


def complex(real, imag):
    """x + iy."""
    if not (isinstance(real, Tensor) and isinstance(imag, Tensor)) or real.dtype != imag.dtype:
        raise RuntimeError(f"complex: expected two tensors of one dtype, not {real!r:.40}")
    return elementwise.joined(*broadcast_tensors(real, imag))


def polar(abs, angle):
    """r (cos φ + i sin φ)."""
    r, angle = alike(abs, angle)
    return complex(r * angle.cos(), r * angle.sin())


def view_as_real(input):
    """(x, y) along a last dimension, of x + iy."""
    return stack([real(input), imag(input)], -1)


def view_as_complex(input):
    """x + iy, of (x, y) along the last dimension."""
    if not input.ndim or input.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    return complex(input[..., 0], input[..., 1])
