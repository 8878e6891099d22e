"""*Leaf-wise growth*: split the leaf that gains most, until none gains or there are enough.

A split is three steps: part the examples, so that those of a node lie side by side; ``search``
both children column by column, where only the smaller one's histogram is made and the larger one's
is what is left of their parent's; ``settle`` on the best columns.  Small nodes are split one after
the other in compiled code (``advance``); a large one comes back here, where first its rows and
then its columns are shared between the threads.  The sums are the same either way, bit for bit.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.ensemble._allowed import draw, find_allowed
from pellucid.ensemble._cut import cut_categories, cut_values, leaf_value
from pellucid.ensemble._histogram import TOGETHER, fill, subtract
from pellucid.ensemble._nodes import ALLOWED, FREE, LEAF, LEAVES, NODES, WAITING, workspace
from pellucid.ensemble._part import collect, gather, scatter, take_sides
from pellucid.reduction import blocks, map_blocks

__all__ = ["Grower"]

LARGE = 1 << 19  # additions, about 0.4 ms of them: from here on the hand-over is worth its 20-50 µs
PIECE = 1 << 16
COST_OF_CUTS = 1000  # what the search in a histogram costs, in rows


class Grower:
    """Grows one tree after the other on the same table, in the same memory."""

    def __init__(self, table, limits, constant_hessian):
        self.table, self.limits = table, limits
        self.work = workspace(table, limits, constant_hessian)

    def grow(self, slopes, seed):
        """A tree for the gradients and Hessians ``slopes`` (N, 2).

        Returns its nodes, their category bits, and the rows in the order of the nodes.
        """
        self.work = work = self.work._replace(slopes=slopes)
        work.seed[0] = seed
        gradient, hessian = np.sum(
            map_blocks(lambda s: add_up(slopes[s]), blocks(len(slopes), 16)), axis=0
        )
        if not (np.isfinite(gradient) and np.isfinite(hessian)):
            raise ValueError(
                "The gradients of the loss are not finite: scale y, lower learning_rate or raise "
                "l2_regularization"
            )
        plant(gradient, hessian, work)
        if can_split(0, self.limits, work):
            self._open(0, LEAF)
        while (node := advance(self.table, self.limits, work)) != LEAF:
            self._part(node)
            if branch(node, self.table, self.limits, work):
                self._open(*smaller_first(node, work))
        count = work.counts[NODES]
        return work.nodes[:count], work.bits[:count], work.rows

    def _part(self, node):
        work, table = self.work, self.table
        take_sides(node, table, work)
        start, stop = int(work.nodes["start"][node]), int(work.nodes["stop"][node])
        pieces = [(start + s.start, start + s.stop) for s in blocks(stop - start, 16)]
        lefts = np.array(map_blocks(lambda piece: scatter(node, *piece, table, work), pieces))
        rights = np.diff(pieces, axis=1)[:, 0] - lefts
        to_left = start + np.cumsum(lefts) - lefts
        to_right = start + lefts.sum() + np.cumsum(rights) - rights
        places = zip(pieces, lefts, to_left, to_right, strict=True)
        map_blocks(lambda place: collect(*place[0], *place[1:], work), places)

    def _open(self, small, large):
        table, limits, work = self.table, self.limits, self.work
        prepare(small, large, table, limits, work)
        columns = work.allowed[: work.counts[ALLOWED]]
        cost = work.nodes["samples"][small] + COST_OF_CUTS
        step = max(TOGETHER, PIECE // cost, len(columns) // 16) // TOGETHER * TOGETHER
        pieces = [columns[k : k + step] for k in range(0, len(columns), step)]
        if cost * len(columns) < LARGE:
            pieces = [columns]
        if small:  # in a root they lie side by side
            node = work.nodes[small]
            rows = blocks(node["samples"], 16)
            map_blocks(
                lambda s: gather(node["start"] + s.start, node["start"] + s.stop, work), rows
            )
        map_blocks(lambda piece: search(small, large, piece, table, limits, work), pieces)
        settle(small, large, limits, work)


@kernel
def add_up(slopes):
    """The sums of the gradients and of the Hessians."""
    g = h = 0.0
    for i in range(len(slopes)):
        g, h = g + slopes[i, 0], h + slopes[i, 1]
    return g, h


@kernel
def plant(gradient, hessian, work):
    """A root, and nothing else."""
    root, N, kept = work.nodes[0], len(work.rows), len(work.free)
    root.parent, root.left, root.depth, root.feature, root.histogram = LEAF, LEAF, 0, LEAF, LEAF
    root.start, root.stop, root.samples = 0, N, N
    root.gradient, root.hessian, root.value = gradient, hessian, 0.0
    root.low, root.high = -np.inf, np.inf
    for i in range(N):
        work.rows[i] = i
    for k in range(kept):
        work.free[k] = kept - 1 - k
    work.counts[NODES], work.counts[LEAVES], work.counts[WAITING] = 1, 1, 0
    work.counts[FREE] = kept


@kernel
def advance(table, limits, work):
    """Split leaves until all is done, which is LEAF, or until one is large, which is returned."""
    while work.counts[WAITING] and (not limits.leaves or work.counts[LEAVES] < limits.leaves):
        node = next_leaf(limits, work)
        start, stop = work.nodes[node].start, work.nodes[node].stop
        lefts = work.nodes[node].split.samples
        smaller = min(lefts, stop - start - lefts)
        cost = (smaller + COST_OF_CUTS) * len(table.directions)
        if cost >= LARGE or 4 * (stop - start) >= LARGE:
            return node
        take_sides(node, table, work)
        scatter(node, start, stop, table, work)
        collect(start, stop, lefts, start, start + lefts, work)
        if branch(node, table, limits, work):
            small, large = smaller_first(node, work)
            prepare(small, large, table, limits, work)
            gather(work.nodes[small].start, work.nodes[small].stop, work)
            search(small, large, work.allowed[: work.counts[ALLOWED]], table, limits, work)
            settle(small, large, limits, work)
    return LEAF


@kernel
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


@kernel
def can_split(node, limits, work):
    return work.nodes[node].depth < limits.depth and work.nodes[node].samples >= 2 * limits.samples


@kernel
def branch(node, table, limits, work):
    """Give the node its children; whether they are to be searched."""
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
    if not full and (can_split(left, limits, work) or can_split(left + 1, limits, work)):
        return True
    release(parent, work)
    return False


@kernel
def release(node, work):
    work.free[work.counts[FREE]] = node.histogram
    work.counts[FREE] += 1


@kernel
def smaller_first(node, work):
    left = work.nodes[node].left
    if work.nodes[left].samples <= work.nodes[left + 1].samples:
        return left, left + 1
    return left + 1, left


@kernel
def prepare(small, large, table, limits, work):
    """Give both nodes their histograms, and the columns that they may be split by."""
    work.counts[FREE] -= 1
    work.nodes[small].histogram = work.free[work.counts[FREE]]
    if large != LEAF:
        work.nodes[large].histogram = work.nodes[work.nodes[small].parent].histogram
    find_allowed(small, table, work)
    for k in range(2):
        draw(work.drawn[k], limits, work)


@kernel
def search(small, large, columns, table, limits, work):
    """Make both nodes' histograms of these columns, and find the best cut of each."""
    node = work.nodes[small]
    rows, slopes = work.rows[node.start : node.stop], work.near[node.start : node.stop]
    if small == 0:
        slopes = work.slopes
    fill(table.bins, columns, table.starts, rows, slopes, work.histograms[node.histogram])
    for k in range(2):
        id = small if k == 0 else large
        if id == LEAF:
            continue
        node, sums = work.nodes[id], work.histograms[work.nodes[id].histogram]
        splits = can_split(id, limits, work)
        for d in columns:
            here = sums[table.starts[d] : table.starts[d + 1]]
            if k == 1:
                first = work.histograms[work.nodes[small].histogram]
                subtract(here, first[table.starts[d] : table.starts[d + 1]])
            if not splits or not work.drawn[k, d]:
                continue
            found, missing = work.found[k, d], np.int64(table.missing[d])
            if table.categories[d]:
                bits = work.found_bits[k, d]
                cut_categories(here, missing, node, limits.samples, limits.l2, found, bits)
            else:
                direction = table.directions[d]
                cut_values(here, missing, node, limits.samples, limits.l2, direction, found)


@kernel
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


@kernel
def choose(node, found):
    split = node.split
    split.gain, split.bin, split.missing_left = found.gain, found.bin, found.missing_left
    split.gradient, split.hessian, split.samples = found.gradient, found.hessian, found.samples
