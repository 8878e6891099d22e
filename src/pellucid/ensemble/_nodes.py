"""The growing tree of the histogram boosters: its nodes, and the memory they are grown in."""

from typing import NamedTuple

import numpy as np

from pellucid._team import assemble
from pellucid.ensemble._cut import FOUND

__all__ = ["ALLOWED", "FREE", "LEAF", "LEAVES", "NODE", "NODES", "ROWS", "WAITING", "Limits",
           "Table", "Work", "workspace"]  # fmt: skip

LEAF = -1
ROWS = 1 << 12  # of a node, in a piece of what is done with them: some 4 µs
NODE = np.dtype(
    [
        ("parent", np.int64),
        ("left", np.int64),  # the right child is the next
        ("start", np.int64),  # its examples, which lie side by side
        ("stop", np.int64),
        ("depth", np.int64),
        ("samples", np.int64),
        ("gradient", np.float64),  # their sums
        ("hessian", np.float64),
        ("value", np.float64),
        ("low", np.float64),  # bounds of the values below here
        ("high", np.float64),
        ("feature", np.int64),  # its best split
        ("split", FOUND),
        ("histogram", np.int64),
    ]
)
NODES, LEAVES, WAITING, FREE, ALLOWED = range(5)  # the places in ``Work.counts``


class Table(NamedTuple):
    """The columns as bins, and what is known of them."""

    bins: np.ndarray  # (D / 4, N) four columns in a word
    missing: np.ndarray  # (D,) whether any value is
    categories: np.ndarray  # (D,) 0 where values are ordered
    starts: np.ndarray  # (D + 1,) where their histograms lie
    directions: np.ndarray  # (D,) 1 or -1 for monotone ones
    groups: np.ndarray  # (G, D) which may stand on one path; none where all may


class Limits(NamedTuple):
    """How far a tree grows."""

    leaves: int  # 0 for any number
    depth: int
    samples: int  # the fewest in a leaf
    l2: float
    share: float  # of the features, drawn anew for each node


class Work(NamedTuple):
    """A tree, and what its growth writes to."""

    nodes: np.ndarray  # NODE (M,)
    bits: np.ndarray  # (M, words) the categories that go left
    rows: np.ndarray  # (N,) the examples, those of a node side by side
    spare: np.ndarray  # (N,)
    slopes: np.ndarray  # (N, 2) gradients and Hessians, in the order of the table
    near: np.ndarray  # (N, 2) and in that of ``rows``, where they were asked for
    histograms: np.ndarray  # (., B, 2 or 4)
    found: np.ndarray  # FOUND (2, D), for the smaller child and the larger
    found_bits: np.ndarray  # (2, D, words)
    orders: np.ndarray  # (D, 64 words + 1) the categories and the missing, sorted
    drawn: np.ndarray  # (2, D) the columns that each of them looks at
    allowed: np.ndarray  # (D,) the columns that may follow on their path
    sides: np.ndarray  # (256,) whether a bin goes left
    waiting: np.ndarray  # the leaves that can be split
    free: np.ndarray  # the histograms not in use
    counts: np.ndarray  # how many there are of the last three, of nodes and of leaves
    seed: np.ndarray  # (1,) of the next draw
    sums: np.ndarray  # (P, 2) of the slopes in each piece of the rows
    lefts: np.ndarray  # (P + 1,) how many rows of a node go left before each piece of them
    task: np.ndarray  # (4,) what the team is at, for which two nodes, and in how many pieces
    team: np.ndarray  # who takes which piece of it


def workspace(table, limits, constant_hessian):
    """Room for the largest tree; memory that is not touched costs nothing."""
    D, N = len(table.directions), table.bins.shape[1]
    leaves = min(limits.leaves or N, max(1, N // limits.samples))
    if limits.depth < 40:
        leaves = min(leaves, 1 << limits.depth)
    pieces = -(-N // ROWS)
    words = -(-int(table.categories.max(initial=0)) // 64)
    # Best first keeps a histogram a leaf; depth first, the smaller child first, few.
    kept = 2 + (leaves if limits.leaves else min(leaves, N.bit_length()))
    return Work(
        nodes=np.empty(2 * leaves + 1, NODE),
        bits=np.zeros((2 * leaves + 1, words), np.uint64),
        rows=np.empty(N, np.uint32),
        spare=np.empty(N, np.uint32),
        slopes=np.empty((0, 2), np.float32),
        near=np.empty((N, 2), np.float32),
        histograms=np.empty((kept, table.starts[-1], 2 if constant_hessian else 4)),
        found=np.empty((2, D), FOUND),
        found_bits=np.zeros((2, D, words), np.uint64),
        orders=np.empty((D, 64 * words + 1), np.int64),
        drawn=np.ones((2, D), np.bool_),
        allowed=np.arange(D),
        sides=np.empty(256, np.bool_),
        waiting=np.empty(2 * leaves + 1, np.int64),
        free=np.empty(kept, np.int64),
        counts=np.zeros(5, np.int64),
        seed=np.zeros(1, np.uint64),
        sums=np.empty((pieces, 2)),
        lefts=np.zeros(pieces + 1, np.int64),
        task=np.zeros(4, np.int64),
        team=assemble(),
    )
