"""Products of vectors and matrices, by PyTorch's names."""

import numpy as np

from pellucid.autograd.functions.shaping import diagonal, expand
from pellucid.autograd.products import einsum as _einsum
from pellucid.autograd.products import matmul as _matmul
from pellucid.autograd.tensor import Tensor


def matmul(input, other):
    """The product of matrices, batches of them, or vectors."""
    return _matmul(input, other)


def _product(name, *dimensions):
    def function(input, other):
        if (input._array.ndim, other._array.ndim) != dimensions:
            raise RuntimeError(
                f"{name}: expected tensors of {dimensions} dimensions, not of shapes "
                f"{tuple(input.shape)} and {tuple(other.shape)}"
            )
        if dimensions == (3, 3) and len(input._array) != len(other._array):
            raise RuntimeError(f"bmm: batches of {len(input._array)} and {len(other._array)}")
        return _matmul(input, other)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The product of tensors of {dimensions[0]} and {dimensions[1]} dimensions."
    return function


PRODUCTS = {"mm": _product("mm", 2, 2), "bmm": _product("bmm", 3, 3)}
PRODUCTS |= {"mv": _product("mv", 2, 1), "dot": _product("dot", 1, 1)}


def outer(input, vec2):
    """x yᵀ."""
    if input._array.ndim != 1 or vec2._array.ndim != 1:
        shapes = f"{tuple(input.shape)} and {tuple(vec2.shape)}"
        raise RuntimeError(f"outer: expected two vectors, not tensors of shapes {shapes}")
    return input.unsqueeze(1) * vec2.unsqueeze(0)


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """β input + α mat1 mat2."""
    return weighted(input, _matmul(mat1, mat2), beta, alpha)


def weighted(input, product, beta, alpha):
    """β x + α y: for β = 0 whatever x is, NaN too; for whole numbers in their type."""
    whole = product._array.dtype.kind in "iu"
    beta, alpha = (int(c) if whole and not isinstance(c, Tensor) else c for c in (beta, alpha))
    product = product if alpha == 1 else product * alpha
    if beta == 0:
        return expand(product, *np.broadcast_shapes(input.shape, product.shape))
    return (input if beta == 1 else input * beta) + product


def einsum(equation, *operands):
    """A sum over the letters that are not in the output."""
    if len(operands) == 1 and not isinstance(operands[0], Tensor):
        operands = tuple(operands[0])
    left, arrow, out = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) == len(operands) and any(map(_twice, terms)):
        if not arrow:  # the letters that are there once, in their order
            once = [c for c in sorted(set(left) - set(",.")) if left.count(c) == 1]
            out = "".join(["..." if "..." in left else "", *once])
        operands, terms = zip(*map(_distinct, operands, terms), strict=True)
        equation = f"{','.join(terms)}->{out}"
    return _einsum(*operands, equation=equation)


def _twice(term):
    """A letter that is there more than once, or nothing."""
    return next((c for c in term if c != "." and term.count(c) > 1), "")


def _distinct(x, term):
    """The diagonal along the dimensions of each letter that the term has twice, put last."""
    while letter := _twice(term):
        first = term.index(letter)
        places = first, term.index(letter, first + 1)
        dots = term.find(".")
        places = [k - len(term) if 0 <= dots < k else k for k in places]
        x, term = diagonal(x, 0, *places), term.replace(letter, "", 2) + letter
    return x, term
