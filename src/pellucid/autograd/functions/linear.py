"""Products of vectors and matrices, by PyTorch's names."""

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
        return _matmul(input, other)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The product of tensors of {dimensions[0]} and {dimensions[1]} dimensions."
    return function


PRODUCTS = {"mm": _product("mm", 2, 2), "bmm": _product("bmm", 3, 3)}
PRODUCTS |= {"mv": _product("mv", 2, 1), "dot": _product("dot", 1, 1)}


def outer(input, vec2):
    """x yᵀ."""
    return input.unsqueeze(1) * vec2.unsqueeze(0)


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """β input + α mat1 mat2."""
    return input * beta + _matmul(mat1, mat2) * alpha


def einsum(equation, *operands):
    """A sum over the letters that are not in the output."""
    if len(operands) == 1 and not isinstance(operands[0], Tensor):
        operands = tuple(operands[0])
    return _einsum(*operands, equation=equation)
