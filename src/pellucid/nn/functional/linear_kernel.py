"""Linear maps of many rows and of few: three products, the first with its bias while it is hot."""

import numpy as np

from pellucid.nn.functional._blocks import as_rows, is_single
from pellucid.nn.functional._products import multiply
from pellucid.nn.functional.affine_maps import linear


@linear.kernel
def _(input, weight, bias=None):
    if (
        not is_single(input, weight, bias)
        or weight.ndim != 2
        or weight.size == 0
        or input.shape[-1:] != weight.shape[1:]
    ):
        return linear.body(input, weight, bias)
    O, I = weight.shape
    x = as_rows(input, I)
    y = np.empty((len(x), O), x.dtype)
    multiply(x, weight.T, y, bias)

    def vjp(dy):
        g = as_rows(dy, O)

        def by_input():
            dx = np.empty(input.shape, x.dtype)
            multiply(g, weight, dx.reshape(-1, I))
            return dx

        def by_weight():
            dw = np.empty((O, I), x.dtype)
            multiply(g.T, x, dw)
            return dw

        return by_input, by_weight, lambda: np.sum(g, 0)

    return (y if input.ndim == 2 else np.reshape(y, (*input.shape[:-1], O))), vjp
