"""The tasks in growing a tree that take long, cut into pieces for whoever of the team is there.

    START    of rows: put all into the root, in their order, and sum their gradients and Hessians
    SCATTER  of a node's rows: sort them to the two sides of its cut
    COLLECT  of the same rows: bring them home, and the slopes of those in the smaller child
    SEARCH   of columns: make the histograms of two children, and find the best cut of each

A sum is made within one piece, or of pieces of the same size in their order: it is the same for
any number of threads, bit for bit.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid._team import announce
from pellucid.ensemble._cut import cut_categories, cut_values
from pellucid.ensemble._histogram import TOGETHER, fill, subtract
from pellucid.ensemble._nodes import ALLOWED, LEAF, ROWS
from pellucid.ensemble._part import collect, gather, scatter

__all__ = ["COLLECT", "SCATTER", "SEARCH", "START", "can_split", "do", "offer"]

START, SCATTER, COLLECT, SEARCH = range(4)


@kernel(borrows=True, inner=True)
def offer(task, node, other, work):
    """Share a task of one or two nodes with all who help; the first piece, for the one who leads.

    What is but one piece is not worth telling.
    """
    if task == SEARCH:
        words = -(-work.counts[ALLOWED] // TOGETHER)
        pieces = words + words % 2  # of an odd number the last in two, for two threads
    else:
        pieces = -(-work.nodes[node].samples // ROWS)
    work.task[0], work.task[1], work.task[2], work.task[3] = task, node, other, pieces
    if pieces > 1:
        announce(work.team, pieces)
    return 0


@kernel(borrows=True, inner=True)
def do(piece, table, limits, work, cuts):
    task, node, other = work.task[0], work.task[1], work.task[2]
    if task == SEARCH:
        start, stop = columns_of(piece, work)
        search(node, other, work.allowed[start:stop], table, limits, work, cuts)
        return
    first = work.nodes[node].start
    start = first + piece * ROWS
    stop = min(start + ROWS, work.nodes[node].stop)
    if task == START:
        begin(piece, start, stop, work)
    elif task == SCATTER:
        work.lefts[piece + 1] = scatter(node, start, stop, table, work)
    else:
        before, lefts = work.lefts[piece], work.lefts[piece + 1] - work.lefts[piece]
        to_left = first + before
        to_right = start - before + work.nodes[node].split.samples
        collect(start, stop, lefts, to_left, to_right, work)
        if other == LEAF:
            return
        if work.nodes[other].start == first:
            gather(to_left, to_left + lefts, work)
        else:
            gather(to_right, to_right + stop - start - lefts, work)


@kernel(borrows=True, inner=True)
def begin(piece, start, stop, work):
    g = h = 0.0
    for i in range(start, stop):
        work.rows[i] = i
        g, h = g + work.slopes[i, 0], h + work.slopes[i, 1]
    work.sums[piece, 0], work.sums[piece, 1] = g, h


@kernel(borrows=True, inner=True)
def columns_of(piece, work):
    """From where to where: as many of the allowed columns as are in a word; half as many in the
    last two of an odd number of words."""
    D = work.counts[ALLOWED]
    words = -(-D // TOGETHER)
    start = piece * TOGETHER
    stop = min(start + TOGETHER, D)
    if words % 2 and piece >= words - 1:
        start = (words - 1) * TOGETHER
        middle = start + (D - start + 1) // 2
        start, stop = (start, middle) if piece == words - 1 else (middle, D)
    return start, stop


@kernel(borrows=True, inner=True)
def can_split(node, limits, work):
    return work.nodes[node].depth < limits.depth and work.nodes[node].samples >= 2 * limits.samples


@kernel(borrows=True, inner=True)
def search(small, large, columns, table, limits, work, cuts):
    """Make both nodes' histograms of these columns, and find the best cut of each.

    Only the smaller one's is summed; the larger one's is what is left of their parent's.
    """
    node = work.nodes[small]
    rows, slopes = work.rows[node.start : node.stop], work.near[node.start : node.stop]
    if small == 0:  # in the root they are in order
        rows, slopes = work.rows[:0], work.slopes
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
                bits, order = work.found_bits[k, d], work.orders[d]
                cut_categories(here, missing, node, limits.samples, limits.l2, found, bits, order)
            else:
                direction = table.directions[d]
                cut_values(here, missing, node, limits.samples, limits.l2, direction, found, cuts)
