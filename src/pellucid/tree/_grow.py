"""Grow a tree: open a node, search for its best split, part its examples, go on with both sides.

Depth first; or, where the number of leaves is limited, by the largest gain first.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.tree._deviation import deviation
from pellucid.tree._filled import divide_filled, run_of, sides
from pellucid.tree._order import MISSING
from pellucid.tree._scan import add, cost, is_narrow, parts, put, value_of
from pellucid.tree._search import search
from pellucid.tree._split import UNSEEN, goes_left

__all__ = ["NODE", "grow"]

NODE = np.dtype(
    [
        ("left", np.int32),
        ("right", np.int32),
        ("feature", np.int32),
        ("cut", np.uint32),  # the largest rank that goes left
        ("missing_left", np.uint8),
        ("below", np.int32),  # the examples on either side of the cut, between whose values
        ("above", np.int32),  # the threshold lies
        ("threshold", np.float64),  # or the one that was drawn
        ("impurity", np.float64),
        ("samples", np.int32),
        ("weight", np.float64),
        ("low", np.float64),  # bounds of the values below here
        ("high", np.float64),
    ]
)
# A run of examples that is to be a node; and once it is, where its own split parts them.
TASK = np.dtype(
    [
        ("parent", np.int64),
        ("on_left", np.bool_),
        ("start", np.int64),
        ("stop", np.int64),
        ("depth", np.int64),
        ("constant", np.int64),  # features known to be so
        ("low", np.float64),
        ("high", np.float64),
        ("node", np.int64),
        ("middle", np.int64),
        ("centre", np.float64),  # the value between those of the sides
        ("gain", np.float64),
    ]
)


@kernel
def grow(columns, samples, target, weight, criterion, K, limits, work, nodes, sums, bits):
    """Fill ``nodes``, their ``sums`` (., O K) and the ``bits`` (., words) of their categories.

    ``samples`` are the examples to learn from, and are put in the order of the leaves.  Returns
    the number of nodes; there is room for all there can be, in memory that is not touched before.
    """
    whole = 0.0
    for i in samples:
        whole += weight[i]
    own, own_weight = np.empty_like(target[: len(samples)]), np.empty(len(samples))
    tasks, count, leaves = np.empty(len(samples) + 2, TASK), np.int64(0), 1
    root = tasks[0]
    root.parent, root.start, root.stop, root.depth, root.constant = -1, 0, len(samples), 0, 0
    root.low, root.high = -np.inf, np.inf
    waiting, opened = 1, 0  # tasks; the first ``opened`` of them are nodes already
    while waiting:
        if limits.leaves and opened == waiting:  # split where that gains most
            if leaves == limits.leaves:
                break
            best, leaves = np.argmax(tasks["gain"][:waiting]), leaves + 1
            swap(tasks, best, waiting - 1)
            waiting = part(tasks, waiting - 1, columns, nodes)
            opened = waiting - 2
            continue
        task = tasks[waiting - 1]
        splits = open_node(
            task, count, columns, samples, target, weight, whole, criterion, K, limits, work,
            nodes, sums, bits, own, own_weight, work.medians,
            work.ranks, work.values, work.filled,
        )  # fmt: skip
        count += 1
        if not splits:
            waiting -= 1
        elif limits.leaves:
            swap(tasks, opened, waiting - 1)
            opened += 1
        else:
            waiting = part(tasks, waiting - 1, columns, nodes)
    return count


@kernel(borrows=True)
def swap(tasks, a, b):
    tasks[-1] = tasks[a]
    tasks[a] = tasks[b]
    tasks[b] = tasks[-1]


@kernel(borrows=True)
def part(tasks, at, columns, nodes):
    """Put both sides of an opened task in its place, the left one last; how many there are."""
    node, centre = tasks[at].node, tasks[at].centre
    start, middle, stop = tasks[at].start, tasks[at].middle, tasks[at].stop
    depth, constant, low, high = tasks[at].depth, tasks[at].constant, tasks[at].low, tasks[at].high
    direction = columns.monotonic[nodes[node].feature]
    for side in range(2):
        task, on_left = tasks[at + side], side == 1
        task.parent, task.on_left = node, on_left
        task.start, task.stop = (start, middle) if on_left else (middle, stop)
        task.depth, task.constant = depth + 1, constant
        falls = direction if on_left else -direction  # 1: this side holds the smaller values
        task.low = centre if falls < 0 else low
        task.high = centre if falls > 0 else high
    return at + 2


@kernel(borrows=True, forceinline=True)
def open_node(
    task, id, columns, samples, target, weight, whole, criterion, K, limits, work, nodes, sums,
    bits, own, own_weight, medians, ranks, values, filled,
):  # fmt: skip
    """Make the task a node; where it can be split, part its examples, and say so."""
    here, n = samples[task.start : task.stop], task.stop - task.start
    node, total, y, w = nodes[id], sums[id], own[:n], own_weight[:n]
    if task.parent >= 0:
        if task.on_left:
            nodes[task.parent].left = id
        else:
            nodes[task.parent].right = id
    W, pure = read(target, weight, here, y, w, total, K)
    node.left = node.right = node.feature = -1
    node.missing_left, node.below, node.above, node.cut = 0, -1, -1, 0
    node.threshold, bits[id] = np.nan, 0
    node.samples, node.weight, node.low, node.high = n, W, task.low, task.high
    if medians is not None:
        node.impurity = deviation(y, w, n, medians) / (W * len(medians))
        for o in range(len(medians)):
            total[3 * o + 1], total[3 * o + 2] = medians[o] * W, node.impurity * W
    else:
        node.impurity = cost(criterion, total, K, work.batch.costs[0]) / W
    task.node = id
    if (
        pure
        or task.depth >= limits.depth
        or n < max(limits.split, 2 * limits.leaf)
        or 2 * limits.weight > W
    ):
        return False
    bounds, run = (task.low, task.high), (n, n, n, n)
    if filled is not None:
        run = run_of(filled, task.parent, task.on_left, here, task.start, work.counts)
    split, task.constant = search(
        columns, ranks, values, filled, run, here, y, w, W, criterion, K, total, limits, bounds,
        task.constant, work,
    )  # fmt: skip
    O = len(total) // K
    task.gain = (W * node.impurity - split.cost / O) / whole
    if split.feature < 0 or task.gain + 1e-16 < limits.decrease:
        return False
    node.feature, node.cut, node.threshold = split.feature, split.cut, split.threshold
    node.below, node.above = split.below, split.above
    if work.order is not None and columns.categories[split.feature]:
        for word in range(len(work.bits)):
            bits[id, word] = work.bits[word]
    if filled is not None:
        sides(filled, run, split.feature, ranks, split.cut, values, split.threshold)
        middle = divide_filled(filled, run, id, here, work.spare)
    else:
        middle = divide(columns, ranks, values, split, here, work)
    task.middle = task.start + middle
    node.missing_left = split.missing_left
    if split.missing_left == UNSEEN:
        node.missing_left = middle > n - middle
    task.centre = centre(columns, split, here, middle, target, weight, K, work, medians)
    return True


@kernel(borrows=True, forceinline=True)
def read(target, weight, here, y, w, total, K):
    """Bring a node's examples together, and sum them; their weight, and whether all are alike."""
    narrow, W, first_sum, second_sum, pure = is_narrow(target, K), 0.0, 0.0, 0.0, True
    total[:] = 0
    for i in range(len(here)):
        j = here[i]
        v = weight[j]
        w[i] = v
        W += v
        copy_row(target, j, y, i)
        if narrow:
            a, b = parts(y, i)
            first_sum += v * a
            second_sum += v * b
        else:
            add(total, K, y, i, v)
        pure &= same(y, i)
    if narrow:
        put(total, target, W, first_sum, second_sum)
    return W, pure


@kernel(borrows=True, forceinline=True)
def copy_row(source, i, destination, j):
    for o in range(source.shape[1]):
        if source.ndim == 2:
            destination[j, o] = source[i, o]
        else:
            destination[j, o, 0], destination[j, o, 1] = source[i, o, 0], source[i, o, 1]


@kernel(borrows=True, forceinline=True)
def same(y, i):
    """Whether example i is to be told as the first is."""
    for o in range(y.shape[1]):
        if y.ndim == 2:
            if y[i, o] != y[0, o]:
                return False
        elif y[i, o, 0] != y[0, o, 0]:
            return False
    return True


@kernel(borrows=True, forceinline=True)
def divide(columns, ranks, values, split, samples, work):
    """Put those that go left first, each side in its old order; how many they are."""
    f, side = split.feature, split.missing_left
    categories = columns.categories[f] > 0
    left, right = 0, 0
    for i in samples:
        if values is not None:
            here = goes_left(values[f, i], split.threshold, side, categories, work.bits)
        if ranks is not None:
            r = ranks[f, i]
            known = goes_left(r, split.cut, side, categories and r != MISSING, work.bits)
            here = known | ((side == 1) & (r == MISSING))
        samples[left] = work.spare[right] = i
        left += here
        right += not here
    for k in range(right):
        samples[left + k] = work.spare[k]
    return left


@kernel
def centre(columns, split, samples, middle, target, weight, K, work, medians):
    """Halfway between the values of both sides, which a monotone feature's children keep apart."""
    if not columns.monotonic[split.feature]:
        return 0.0
    n, low = len(samples), 0.0
    y, w = np.empty_like(target[:n]), np.empty(n)
    for side in range(2):
        first, last = (0, middle) if side == 0 else (middle, n)
        sums = work.batch.here
        sums[:] = 0
        for i in range(first, last):
            copy_row(target, samples[i], y, i - first)
            w[i - first] = weight[samples[i]]
            add(sums, K, target, samples[i], weight[samples[i]])
        value = value_of(sums, target)
        if medians is not None:
            deviation(y, w, last - first, medians)
            value = medians[0]
        low += value / 2
    return low
