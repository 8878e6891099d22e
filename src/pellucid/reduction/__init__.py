"""Learning from sums: statistics of blocks of rows, wherever those are, added in a fixed order.

    statistics(*block, *params) -> arrays      pure; moments are taken about a centre
    combine(a, b)               -> arrays      addition, unless the model says otherwise
    update(total)               -> params      the M-step, the Newton step, the split

The blocks depend on the data alone, never on the number of threads, and the results are combined
in the order of the blocks.  So a fit on two threads equals a fit on one, bit for bit; and so does
the fit to a file.
"""

from pellucid.reduction.rows import Rows
from pellucid.reduction.sources import is_plain, iterate, rows_of
from pellucid.reduction.threads import BLOCK_BYTES as BLOCK_BYTES
from pellucid.reduction.threads import (
    add,
    blocks,
    iterate_blocks,
    map_blocks,
    one_blas_thread,
    reduce_blocks,
)

__all__ = [
    "Rows",
    "add",
    "blocks",
    "is_plain",
    "iterate",
    "iterate_blocks",
    "map_blocks",
    "one_blas_thread",
    "reduce_blocks",
    "rows_of",
]
