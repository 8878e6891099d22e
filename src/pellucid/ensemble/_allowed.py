"""Which columns a node may ask: those that keep its path within a group, and of them a draw."""

import numpy as np

from pellucid._compile import kernel
from pellucid._math import uniform
from pellucid.ensemble._nodes import ALLOWED, LEAF

__all__ = ["draw", "find_allowed"]


@kernel(borrows=True, inner=True)
def find_allowed(node, table, work):
    """The columns of which some group holds them and all that were asked on the way here."""
    if len(table.groups) == 0:
        work.counts[ALLOWED] = len(work.allowed)
        return
    may = work.drawn[0]  # not yet in use
    may[:] = False
    for group in table.groups:
        if holds_path(group, node, work):
            for d in range(len(may)):
                may[d] |= group[d]
    work.counts[ALLOWED] = 0
    for d in range(len(may)):
        if may[d]:
            work.allowed[work.counts[ALLOWED]] = d
            work.counts[ALLOWED] += 1


@kernel(borrows=True, inner=True)
def holds_path(group, node, work):
    at = work.nodes[node].parent
    while at != LEAF and group[work.nodes[at].feature]:
        at = work.nodes[at].parent
    return at == LEAF


@kernel(borrows=True, inner=True)
def draw(drawn, limits, work):
    """Mark a share of the allowed columns, every set of them as likely as any other."""
    left = work.counts[ALLOWED]
    wanted = max(1, np.int64(np.ceil(limits.share * left)))
    for k in range(work.counts[ALLOWED]):
        chosen = wanted == left or uniform(work.seed) * left < wanted
        drawn[work.allowed[k]] = chosen
        wanted -= chosen
        left -= 1
