"""The affine map: y = x Wᵀ + b."""

import numpy as np

from pellucid.autograd import op

__all__ = ["bilinear", "linear"]


@op
def linear(input, weight, bias=None):
    """y = x Wᵀ + b.

    With the rows of all leading axes as one matrix, X̄ = Ȳ W, W̄ = Ȳᵀ X, b̄ = Σ Ȳ.

    Parameters
    ----------
    input : Tensor (..., I)
        x.
    weight : Tensor (O, I)
        W.
    bias : Tensor (O,) or None
        b.
    """
    if input.shape[-1:] != weight.shape[-1:]:
        raise RuntimeError(
            f"linear: input and weight of shapes {tuple(input.shape)} and {tuple(weight.shape)} "
            "cannot be multiplied: their last sizes differ"
        )
    if input.dtype != weight.dtype:
        raise RuntimeError(f"linear: input is {input.dtype}, weight {weight.dtype}")
    y = np.matmul(input, weight.T)
    if bias is not None:
        y = y + bias

    def vjp(dy):
        rows = np.reshape(dy, (-1, dy.shape[-1])) if weight.ndim == 2 else np.reshape(dy, (-1, 1))

        def by_weight():
            gradient = rows.T @ np.reshape(input, (-1, input.shape[-1]))
            return gradient if weight.ndim == 2 else gradient[0]

        return (
            lambda: np.reshape(rows @ np.reshape(weight, (-1, weight.shape[-1])), input.shape),
            by_weight,
            lambda: np.reshape(np.sum(rows, 0), bias.shape),
        )

    return y, vjp


def bilinear(input1, input2, weight, bias=None):
    """y_o = x₁ᵀ W_o x₂ + b_o, for W (O, I, J): one product with all W_o, then one with x₂."""
    O, I, J = weight.shape
    products = linear(input1, weight.permute(0, 2, 1).reshape(O * J, I)).unflatten(-1, (O, J))
    y = (products * input2.unsqueeze(-2)).sum(-1)
    return y if bias is None else y + bias
