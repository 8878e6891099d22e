"""Linear maps whose three products read their matrices as they lie."""

import numpy as np

from pellucid.nn.functional._blocks import as_rows, is_single
from pellucid.nn.functional._products import multiply, multiply_by_rows
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
    x, w = as_rows(input, I), as_rows(weight, I)
    b = np.zeros(O, x.dtype) if bias is None else as_rows(bias, O)[0]
    y = np.empty((*input.shape[:-1], O), x.dtype)
    multiply_by_rows(x, w, b, y.reshape(-1, O))

    def vjp(dy):
        g = as_rows(dy, O)

        def by_input():
            dx = np.empty(input.shape, x.dtype)
            multiply(g, w, dx.reshape(-1, I))
            return dx

        def by_weight():
            dw = np.empty((O, I), x.dtype)
            multiply(g, x, dw, transposed=True)
            return dw

        return by_input, by_weight, lambda: np.sum(g, 0)

    return y, vjp
