"""What softmax, cross-entropy and attention do to a row of single precision, sixteen at a time."""

import numpy as np

from pellucid._compile import kernel
from pellucid.nn.functional._exponential import ZERO, exp

__all__ = ["exponentials", "largest", "product", "sum_exponentials", "sum_of"]

LOWEST, SIGN, BELOW_SIGN = np.int32(-(2**31)), np.int32(31), np.int32(2**31 - 1)
in_any_order = kernel(
    borrows=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"}
)  # so that a sum is taken sixteen numbers at a time


@kernel(borrows=True)
def largest(x):
    """By the bits: as whole numbers they are in order, the negative ones turned round.

    So the compiler compares sixteen at a time.  NaN is the largest, or it is in the sum as well.
    """
    bits, top = x.view(np.int32), LOWEST
    for j in range(len(bits)):
        top = max(top, _turned(bits[j]))
    return np.int32(_turned(top)).view(np.float32)


@kernel(borrows=True)
def _turned(bits):
    return np.int32(bits ^ ((bits >> SIGN) & BELOW_SIGN))


@in_any_order
def exponentials(x, top):
    """x = e^(x - top), and its sum."""
    total = ZERO
    for j in range(len(x)):
        x[j] = exp(x[j] - top)
        total += x[j]
    return total


@in_any_order
def sum_exponentials(x, top):
    total = ZERO
    for j in range(len(x)):
        total += exp(x[j] - top)
    return total


@in_any_order
def product(x, y):
    total = ZERO
    for j in range(len(x)):
        total += x[j] * y[j]
    return total


@in_any_order
def sum_of(x):
    total = ZERO
    for j in range(len(x)):
        total += x[j]
    return total
