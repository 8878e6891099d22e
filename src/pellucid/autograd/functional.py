"""Jacobians and Hessians of a function, by the names of ``torch.autograd.functional``.

J has the rows ∂yᵢ/∂x, one pass backward each; H is the Jacobian of the gradient.
"""

import numpy as np

from pellucid.autograd.modes import enable_grad
from pellucid.autograd.reverse import grad
from pellucid.autograd.tensor import Tensor

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vjp"]


def _leaves(inputs, create_graph):
    """Whether there is one input, and the inputs as what can be differentiated by."""
    one = isinstance(inputs, Tensor)
    given = (inputs,) if one else tuple(inputs)
    if create_graph:
        return one, tuple(x if x.requires_grad else x.detach().requires_grad_() for x in given)
    return one, tuple(x.detach().requires_grad_() for x in given)


def jacobian(func, inputs, create_graph=False):
    """∂y/∂x, of the shape of y and then of x; a tuple for several inputs, or outputs."""
    one, leaves = _leaves(inputs, create_graph)
    with enable_grad():
        out = func(*leaves)
        several = isinstance(out, tuple)
        found = [_rows(y, leaves, create_graph) for y in (out if several else (out,))]
    found = [rows[0] if one else rows for rows in found]
    return tuple(found) if several else found[0]


def _rows(y, leaves, create_graph):
    columns = [[] for _ in leaves]
    for place in np.ndindex(tuple(y.shape)):
        options = {"retain_graph": True, "create_graph": create_graph, "materialize_grads": True}
        row = grad(y[place], leaves, **options) if y.requires_grad else [x * 0 for x in leaves]
        for column, gradient in zip(columns, row, strict=True):
            column.append(gradient)
    return tuple(_stacked(c, y, x) for c, x in zip(columns, leaves, strict=True))


def _stacked(gradients, y, x):
    from pellucid.autograd.functions import PUBLIC  # written with the tape

    if not gradients:
        return x.new_zeros(*y.shape, *x.shape)
    return PUBLIC["stack"](gradients).reshape((*y.shape, *x.shape))


def hessian(func, inputs, create_graph=False):
    """∂²y/∂x∂x of a y of one number; a tuple of tuples for several inputs."""
    one = isinstance(inputs, Tensor)

    def gradient(*leaves):
        y = func(*leaves)
        if not isinstance(y, Tensor) or y.numel() != 1:
            raise RuntimeError("hessian: the function is to give one number")
        found = grad(y.reshape(()), leaves, create_graph=True, materialize_grads=True)
        return found[0] if one else found

    return jacobian(gradient, inputs, create_graph)


def vjp(func, inputs, v=None, create_graph=False):
    """(y, vᵀ ∂y/∂x); v may be absent where y is one number."""
    one, leaves = _leaves(inputs, create_graph)
    with enable_grad():
        out = func(*leaves)
        found = grad(out, leaves, v, create_graph=create_graph, materialize_grads=True)
    return out if create_graph else out.detach(), found[0] if one else found


def jvp(func, inputs, v=None, create_graph=False):
    """(y, ∂y/∂x v): the vjp is linear in what goes in, and its own vjp is this."""
    _, leaves = _leaves(inputs, create_graph)
    directions = (v,) if isinstance(v, Tensor) else v
    with enable_grad():
        out = func(*leaves)
        dummy = (out.detach() * 0).requires_grad_()
        pulled = grad(out, leaves, dummy, create_graph=True, materialize_grads=True)
        (found,) = grad(
            pulled, dummy, directions, create_graph=create_graph, materialize_grads=True
        )
    return out if create_graph else out.detach(), found


def hvp(func, inputs, v=None, create_graph=False):
    """(y, H v): the gradient of ⟨∂y/∂x, v⟩."""
    one, leaves = _leaves(inputs, create_graph)
    with enable_grad():
        out = func(*leaves)
        first = grad(out, leaves, create_graph=True, materialize_grads=True)
        directions = (v,) if isinstance(v, Tensor) else v
        found = grad(first, leaves, directions, create_graph=create_graph, materialize_grads=True)
    return out if create_graph else out.detach(), found[0] if one else found
