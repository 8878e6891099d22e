"""*Scan*: move one example at a time from the right to the left, and *score* every cut on the way.

    cost(cut) = W_L I(L) + W_R I(R)

for the weights W and the impurities I of what lies left and right of the cut.  I is a function of
sums over examples, so that a step of the scan costs no more than one example's part in them.
"""

import numpy as np
from numba import types
from numba.extending import intrinsic

from pellucid._compile import kernel
from pellucid.tree._order import place, rank

__all__ = ["cost", "move", "scan", "value_of"]


@intrinsic
def pointer(context, address):
    """An address as the pointer to float64 that a criterion takes."""

    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.float64)(types.uintp), generate


@kernel(error_model="numpy")
def move(source, destination, K, target, i, w):
    """Take example i, w times, from the sums of one side (O K,) to those of the other.

    ``target`` holds its classes (N, O), or y and t(y) (N, O, 2).
    """
    if target.ndim == 2:
        for o in range(target.shape[1]):
            k = o * K + target[i, o]
            source[k] -= w
            destination[k] += w
    else:
        for o in range(target.shape[1]):
            k, first, second = o * K, w * target[i, o, 0], w * target[i, o, 1]
            source[k] -= w
            source[k + 1] -= first
            source[k + 2] -= second
            destination[k] += w
            destination[k + 1] += first
            destination[k + 2] += second


@kernel(error_model="numpy")
def cost(criterion, sums, K):
    """W I, I being the mean over outputs."""
    address, total = np.uintp(sums.ctypes.data), 0.0
    for k in range(0, len(sums), K):
        total += criterion(pointer(address + np.uintp(8 * k)), K)
    return total / (len(sums) // K)


@kernel(error_model="numpy")
def value_of(sums, target):
    """What a leaf with these sums predicts: the share of the second class, or the mean."""
    return sums[1] / (sums[0] + sums[1]) if target.ndim == 2 else sums[1] / sums[0]


@kernel(error_model="numpy")
def scan(keys, first, target, weight, whole, criterion, K, left, right, limits, direction, bounds):
    """The cheapest cut of the sorted ``keys``: its cost, and how many keys lie left of it.

    ``left`` holds zeros, ``right`` the sums of all keys, and ``whole`` is their weight.  No cut
    leaves fewer than ``first`` keys on the left, nor less than ``limits`` (samples, weight) on
    either side; a ``direction`` of 1 or -1 allows those alone whose values rise or fall, within
    ``bounds``.
    """
    best, cut, gone, n = np.inf, 0, 0.0, len(keys)
    least, lightest = limits
    l, r = np.uintp(left.ctypes.data), np.uintp(right.ctypes.data)
    for p in range(1, n):
        i = place(keys[p - 1])
        w = weight[i]
        move(right, left, K, target, i, w)
        gone += w
        if rank(keys[p]) == rank(keys[p - 1]) or p < first or p < least or n - p < least:
            continue
        if gone < lightest or whole - gone < lightest:
            continue
        if direction:
            low, high = value_of(left, target), value_of(right, target)
            if (
                direction * (high - low) < 0
                or min(low, high) < bounds[0]
                or max(low, high) > bounds[1]
            ):
                continue
        price = 0.0
        for k in range(0, len(left), K):
            a = np.uintp(8 * k)
            price += criterion(pointer(l + a), K) + criterion(pointer(r + a), K)
        if price < best:
            best, cut = price, p
    return best, cut
