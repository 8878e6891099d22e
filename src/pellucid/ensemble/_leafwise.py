"""*Leaf-wise growth*: split the leaf that gains most, until none gains or there are enough.

A split is three steps: part the examples, so that those of a node lie side by side; search both
children column by column; ``settle`` on the best columns.  The first two are tasks of many pieces,
and one loop over pieces is all that is done by the threads that help.  One thread leads: when a
task is done it says which is next.  (So the code of the tasks stands in one place, and is compiled
once: called from every step, it took three times as long.)
"""

import numpy as np

from pellucid._compile import kernel
from pellucid._team import NONE, assemble, close, finish, follow, take, wait
from pellucid.ensemble._allowed import draw, find_allowed
from pellucid.ensemble._cut import leaf_value
from pellucid.ensemble._nodes import ALLOWED, FREE, LEAF, LEAVES, NODES, WAITING, workspace
from pellucid.ensemble._part import take_sides
from pellucid.ensemble._tasks import COLLECT, SCATTER, SEARCH, START, can_split, do, offer
from pellucid.reduction.threads import call_together

__all__ = ["Grower"]

CUTS = 5, 256  # of a column: sums of the left side, its last bin, and the gain
SMALL = 1 << 16  # entries of a table with which one thread is done before another is awake


class Grower:
    """Grows one tree after the other on the same table, in the same memory."""

    def __init__(self, table, limits, constant_hessian):
        self.table, self.limits = table, limits
        self.work = workspace(table, limits, constant_hessian)

    def grow(self, slopes, seed):
        """A tree for the gradients and Hessians ``slopes`` (N, 2).

        Returns its nodes, their category bits, and the rows in the order of the nodes.
        """
        self.work = work = self.work._replace(slopes=slopes, team=assemble())
        work.seed[0] = seed
        args = self.table, self.limits, work
        if len(slopes) * len(self.table.directions) < SMALL:
            grow(True, *args, np.empty(CUTS))
        else:
            call_together(
                lambda: grow(True, *args, np.empty(CUTS)),
                lambda offers: grow(False, *args, np.empty(CUTS)),
            )
        root, count = work.nodes[0], work.counts[NODES]
        if not (np.isfinite(root["gradient"]) and np.isfinite(root["hessian"])):
            raise ValueError(
                "The gradients of the loss are not finite: scale y, lower learning_rate or raise "
                "l2_regularization"
            )
        return work.nodes[:count], work.bits[:count], work.rows


@kernel(borrows=True)
def grow(leads, table, limits, work, cuts):
    """Grow the tree, or help the thread that leads; each has memory of its own for ``cuts``."""
    piece = plant(work) if leads else follow(work.team)
    while piece != NONE:
        do(piece, table, limits, work, cuts)
        piece = lead(table, limits, work) if leads else help_on(work.team)


@kernel(borrows=True, inner=True)
def plant(work):
    """A root, and nothing else."""
    root, N, kept = work.nodes[0], len(work.rows), len(work.free)
    root.parent, root.left, root.depth, root.feature, root.histogram = LEAF, LEAF, 0, LEAF, LEAF
    root.start, root.stop, root.samples = 0, N, N
    root.value, root.low, root.high = 0.0, -np.inf, np.inf
    for k in range(kept):
        work.free[k] = kept - 1 - k
    work.counts[NODES], work.counts[LEAVES], work.counts[WAITING] = 1, 1, 0
    work.counts[FREE] = kept
    return offer(START, 0, LEAF, work)


@kernel(borrows=True, inner=True)
def help_on(team):
    finish(team)
    return follow(team)


@kernel(borrows=True, inner=True)
def lead(table, limits, work):
    """The next piece of the task; when all are done, the first one of the next task."""
    task, node, other = work.task[0], work.task[1], work.task[2]
    if work.task[3] > 1:
        finish(work.team)
        piece = take(work.team)
        if piece != NONE:
            return piece
        wait(work.team)
    if task == START:
        add_up(work)
        if can_split(0, limits, work):
            return open_nodes(0, LEAF, table, limits, work)
    elif task == SCATTER:
        for k in range(1, work.task[3] + 1):
            work.lefts[k] += work.lefts[k - 1]
        return offer(COLLECT, node, branch(node, table, limits, work), work)
    elif task == SEARCH:
        settle(node, other, limits, work)
    elif other != LEAF:
        return open_nodes(other, sibling(other, work), table, limits, work)
    full = limits.leaves and work.counts[LEAVES] == limits.leaves
    if full or not work.counts[WAITING]:
        close(work.team)
        return NONE
    leaf = next_leaf(limits, work)
    take_sides(leaf, table, work)
    return offer(SCATTER, leaf, LEAF, work)


@kernel(borrows=True, inner=True)
def add_up(work):
    """The sums of the root."""
    root = work.nodes[0]
    root.gradient = root.hessian = 0.0
    for piece in range(len(work.sums)):
        root.gradient += work.sums[piece, 0]
        root.hessian += work.sums[piece, 1]


@kernel(borrows=True, inner=True)
def next_leaf(limits, work):
    """Take the leaf that gains most, or the last one where all will be split anyway."""
    at = last = work.counts[WAITING] - 1
    if limits.leaves:
        for k in range(last):
            if work.nodes[work.waiting[k]].split.gain > work.nodes[work.waiting[at]].split.gain:
                at = k
    node = work.waiting[at]
    work.waiting[at] = work.waiting[last]
    work.counts[WAITING] = last
    return node


@kernel(borrows=True, inner=True)
def branch(node, table, limits, work):
    """Give the node its children; the smaller one if they are to be searched, else LEAF."""
    parent, split, left = work.nodes[node], work.nodes[node].split, work.counts[NODES]
    parent.left = left
    low, high, l2 = parent.low, parent.high, limits.l2
    middle = parent.start + split.samples
    for side in range(2):
        child = work.nodes[left + side]
        child.parent, child.left, child.depth, child.feature = node, LEAF, parent.depth + 1, LEAF
        child.histogram = LEAF
        child.start, child.stop = (parent.start, middle) if side == 0 else (middle, parent.stop)
        child.samples = child.stop - child.start
        g, h = split.gradient, split.hessian
        child.gradient = g if side == 0 else parent.gradient - g
        child.hessian = h if side == 0 else parent.hessian - h
        child.value = leaf_value(child.gradient, child.hessian, l2, low, high)
        child.low, child.high = low, high
    direction = table.directions[parent.feature]
    if direction:
        centre = (work.nodes[left].value + work.nodes[left + 1].value) / 2
        lower, upper = (left, left + 1) if direction > 0 else (left + 1, left)
        work.nodes[lower].high = work.nodes[upper].low = centre
    work.counts[NODES] += 2
    work.counts[LEAVES] += 1
    full = limits.leaves and work.counts[LEAVES] == limits.leaves
    if full or not (can_split(left, limits, work) or can_split(left + 1, limits, work)):
        release(parent, work)
        return LEAF
    return left if split.samples <= parent.samples - split.samples else left + 1


@kernel(borrows=True, inner=True)
def release(node, work):
    work.free[work.counts[FREE]] = node.histogram
    work.counts[FREE] += 1


@kernel(borrows=True, inner=True)
def sibling(node, work):
    left = work.nodes[work.nodes[node].parent].left
    return left + 1 if node == left else left


@kernel(borrows=True, inner=True)
def open_nodes(small, large, table, limits, work):
    """Search two nodes, when they have histograms, and columns that they may be split by."""
    work.counts[FREE] -= 1
    work.nodes[small].histogram = work.free[work.counts[FREE]]
    if large != LEAF:
        work.nodes[large].histogram = work.nodes[work.nodes[small].parent].histogram
    find_allowed(small, table, work)
    for k in range(2):
        draw(work.drawn[k], limits, work)
    return offer(SEARCH, small, large, work)


@kernel(borrows=True, inner=True)
def settle(small, large, limits, work):
    """Let the nodes wait that gain by their best columns; the smaller one last, to go first."""
    for k in range(1, -1, -1):
        id = small if k == 0 else large
        if id == LEAF:
            continue
        node, best = work.nodes[id], LEAF
        if can_split(id, limits, work):
            gain = 0.0
            for i in range(work.counts[ALLOWED]):
                d = work.allowed[i]
                if work.drawn[k, d] and work.found[k, d].gain > gain:
                    gain, best = work.found[k, d].gain, d
        if best == LEAF:
            release(node, work)
            continue
        node.feature = best
        choose(node, work.found[k, best])
        for word in range(work.bits.shape[1]):
            work.bits[id, word] = work.found_bits[k, best, word]
        work.waiting[work.counts[WAITING]] = id
        work.counts[WAITING] += 1


@kernel(borrows=True, inner=True)
def choose(node, found):
    split = node.split
    split.gain, split.bin, split.missing_left = found.gain, found.bin, found.missing_left
    split.gradient, split.hessian, split.samples = found.gradient, found.hessian, found.samples
