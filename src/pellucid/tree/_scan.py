"""*Scan*: move one example at a time from the right to the left, and *score* the cuts on the way.

    cost(cut) = W_L I(L) + W_R I(R)

for the weights W and the impurities I of what lies left and right of the cut.  I is a function of
sums over examples, so that a step of the scan costs no more than one example's part in them.  The
sums of both sides are put by, and scored many cuts at a time.
"""

from collections import namedtuple

import numpy as np
from numba import types
from numba.extending import intrinsic

from pellucid._compile import kernel
from pellucid.tree._order import ZERO, place, rank

__all__ = [
    "TIE",
    "add",
    "batch",
    "cheapest",
    "cost",
    "is_narrow",
    "moves",
    "parts",
    "put",
    "scan",
    "tie_of",
    "value_of",
]

TIE = 4e-15  # the share of a sum that rounding may take or add: within it two costs are a tie

# Cuts to be scored: the sums of their left and right sides (., 2, O K), what each output of each
# side costs (., 2 O), and where they are (.,).
Batch = namedtuple("Batch", "sums costs cuts here")


def batch(sums, outputs, size=64):
    return Batch(
        np.empty((size, 2, sums)),
        np.empty((size, 2 * outputs)),
        np.empty(size, np.int64),
        np.empty(sums),
    )


@intrinsic
def pointer(context, address):
    """An address as the pointer to float64 that a criterion takes."""

    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.float64)(types.uintp), generate


@kernel(borrows=True, forceinline=True)
def address(array):
    return pointer(np.uintp(array.ctypes.data))


@kernel(borrows=True, forceinline=True)
def add(sums, K, target, i, w):
    """Count example i, w times, in the sums (O K,) of a node.

    ``target`` holds its classes (N, O), or y and t(y) (N, O, 2).
    """
    for o in range(target.shape[1]):
        k = o * K
        if target.ndim == 2:
            sums[k + target[i, o]] += w
        else:
            sums[k] += w
            sums[k + 1] += w * target[i, o, 0]
            sums[k + 2] += w * target[i, o, 1]


@kernel(borrows=True, forceinline=True)
def is_narrow(target, K):
    """Whether all sums fit in registers: those of one number, or of two classes."""
    return target.shape[1] == 1 and (target.ndim == 3 or K == 2)


@kernel(borrows=True, forceinline=True)
def parts(target, i):
    """What example i adds, times its weight, to the two sums of a narrow target."""
    if target.ndim == 2:
        return np.float64(target[i, 0]), 0.0
    return target[i, 0, 0], target[i, 0, 1]


@kernel(borrows=True, forceinline=True)
def put(sums, target, W, first, second):
    """Write down what was kept in registers."""
    if target.ndim == 2:
        sums[0], sums[1] = W - first, first
    else:
        sums[0], sums[1], sums[2] = W, first, second


@kernel(borrows=True, error_model="numpy")
def cost(criterion, sums, K, costs):
    """W I of the node with these sums (O K,), the mean over outputs."""
    O, total = len(sums) // K, 0.0
    criterion(address(sums), O, K, address(costs))
    for o in range(O):
        total += costs[o]
    return total / O


@kernel(borrows=True, error_model="numpy")
def value_of(sums, target):
    """What a leaf with these sums predicts: the share of the second class, or the mean."""
    return sums[1] / (sums[0] + sums[1]) if target.ndim == 2 else sums[1] / sums[0]


@kernel(borrows=True, error_model="numpy")
def scan(
    keys, first, filled, target, weight, criterion, K, total, limits, direction, bounds, whole,
    batch,
):  # fmt: skip
    """The cheapest cut of the sorted ``keys``: its cost, and how many keys lie left of it.

    ``total`` holds the sums of all examples, and ``whole`` is their weight.  No cut leaves fewer
    than ``first`` examples on the left, nor less than ``limits`` (samples, weight) on either side;
    a ``direction`` of 1 or -1 allows those alone whose values rise or fall, within ``bounds``.  A
    key is one example; but if the table is sparse, that of ZERO is all of the zeros.
    """
    sums, costs, cuts, left = batch
    least, lightest = limits
    best, cut, waiting, n, more = np.inf, 0, 0, len(keys), 0
    tie = tie_of(total, target, whole)
    narrow, gone, first_sum, second_sum = is_narrow(target, K), 0.0, 0.0, 0.0
    if filled is not None:
        n += max(int(filled.zeros[0]) - 1, 0)
    start, stop = max(first, least), n - least  # the first and the last cut
    left[:] = 0
    for p in range(1, min(stop, len(keys) - 1) + 1):
        i, zeros = place(keys[p - 1]), False
        if filled is not None:
            zeros = rank(keys[p - 1]) == ZERO
            if zeros:
                more = int(filled.zeros[0]) - 1
                gone += filled.zeros[1]
                if narrow:
                    first_sum += filled.gap[1]
                    second_sum += filled.gap[-1]
                for k in range(len(left)):
                    left[k] += filled.gap[k]
        if not zeros:
            w = weight[i]
            gone += w
            if narrow:
                a, b = parts(target, i)
                first_sum += w * a
                second_sum += w * b
            else:
                add(left, K, target, i, w)
        if p + more < start or p + more > stop or rank(keys[p]) == rank(keys[p - 1]):
            continue
        if gone < lightest or whole - gone < lightest:
            continue
        if narrow:
            put(left, target, gone, first_sum, second_sum)
        for k in range(len(left)):
            sums[waiting, 0, k], sums[waiting, 1, k] = left[k], total[k] - left[k]
        if direction and not moves(sums[waiting], target, direction, bounds):
            continue
        cuts[waiting] = p
        waiting += 1
        if waiting == len(cuts):
            best, cut = cheapest(sums, costs, cuts, waiting, criterion, K, best, cut, tie)
            waiting = 0
    return cheapest(sums, costs, cuts, waiting, criterion, K, best, cut, tie)


@kernel(borrows=True, forceinline=True)
def cheapest(sums, costs, cuts, waiting, criterion, K, best, cut, tie):
    """The cheapest of the cuts that wait to be scored; the first of those within a ``tie``."""
    criterion(address(sums), waiting * costs.shape[1], K, address(costs))
    for c in range(waiting):
        price = 0.0
        for o in range(costs.shape[1]):
            price += costs[c, o]
        if price + tie < best:
            best, cut = price, cuts[c]
    return best, cut


@kernel(borrows=True, forceinline=True)
def tie_of(total, target, whole):
    """How near two costs of these sums may be by rounding alone, where the first is to stand.

    So a table parts alike, dense or sparse, though sums over zeros are taken in other orders.
    """
    if target.ndim == 2:
        return TIE * whole
    size = 0.0
    for k in range(2, len(total), 3):  # Σ w t(y), which the cost is what is left of
        size += abs(total[k])
    return TIE * size


@kernel(borrows=True)
def moves(sides, target, direction, bounds):
    """Whether the values of both sides lie in the wanted ``direction``, and within ``bounds``."""
    low, high = value_of(sides[0], target), value_of(sides[1], target)
    if direction * (high - low) < 0:
        return False
    return min(low, high) >= bounds[0] and max(low, high) <= bounds[1]
