"""Linear maps of many rows: blocks of products, one to a core, each with its bias while it is hot.

X̄ = Ȳ W is made by blocks of rows, W̄ = Ȳᵀ X and b̄ by blocks of columns of Ȳ: nothing is added up
between cores.
"""

import numpy as np

from pellucid.nn.functional._blocks import as_rows, is_single
from pellucid.nn.functional.affine_maps import linear
from pellucid.reduction import blocks, map_blocks, one_blas_thread

WORTH_SHARING = 1 << 22  # products: 40 µs, some four times what a hand-over takes
BLOCK_PRODUCTS = 1 << 26  # of a block, about: a core takes a millisecond


@linear.kernel
def _(input, weight, bias=None):
    if (
        not is_single(input, weight, bias)
        or weight.ndim != 2
        or input.shape[-1] != weight.shape[1]
        or input.size * len(weight) < WORTH_SHARING
    ):
        with one_blas_thread:
            return linear.body(input, weight, bias)
    O, I = weight.shape
    x = as_rows(input, I)
    y = np.empty((len(x), O), x.dtype)
    of_rows = _shares(len(x), I * O)

    def forward(s):
        np.matmul(x[s], weight.T, out=y[s])
        if bias is not None:
            y[s] += bias

    map_blocks(forward, of_rows)

    def vjp(dy):
        g = as_rows(dy, O)

        def by_input():
            dx = np.empty_like(x)
            map_blocks(lambda s: np.matmul(g[s], weight, out=dx[s]), of_rows)
            return np.reshape(dx, input.shape)

        def by_weight():
            dw = np.empty((O, I), x.dtype)
            map_blocks(lambda s: np.matmul(g[:, s].T, x, out=dw[s]), _shares(O, I * len(x)))
            return dw

        return by_input, by_weight, lambda: np.sum(g, 0)

    return np.reshape(y, (*input.shape[:-1], O)), vjp


def _shares(n, products):
    """An even number of equal blocks of ``n`` rows, each of which takes so many products."""
    pairs = max(1, round(n * products / (2 * BLOCK_PRODUCTS)))
    return blocks(n, 1, -(-n // (2 * pairs)))
