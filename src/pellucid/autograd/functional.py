"""Jacobians and Hessians of a function, by the names of ``torch.autograd.functional``.

J has the rows ∂yᵢ/∂x, one pass backward each; H is the Jacobian of the gradient.  What does not
depend on an input has the gradient zero, or with ``strict`` is an error.
"""

import numpy as np

from pellucid.autograd.modes import enable_grad
from pellucid.autograd.reverse import grad
from pellucid.autograd.tensor import Tensor

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def jacobian(
    func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"
):
    """∂y/∂x, of the shape of y and then of x; a tuple for several inputs, or outputs.

    Any ``vectorize`` and ``strategy`` give the same.
    """
    one, leaves = _leaves(inputs, create_graph)
    with enable_grad():
        several, outs = _outputs(func(*leaves))
        found = [_rows(y, leaves, create_graph, strict) for y in outs]
    found = [rows[0] if one else rows for rows in found]
    return tuple(found) if several else found[0]


def hessian(
    func,
    inputs,
    create_graph=False,
    strict=False,
    vectorize=False,
    outer_jacobian_strategy="reverse-mode",
):
    """∂²y/∂x∂x of a y of one number; a tuple of tuples for several inputs.

    Any ``vectorize`` and ``outer_jacobian_strategy`` give the same.
    """
    one = isinstance(inputs, Tensor)

    def gradient(*leaves):
        found = _gradient(func, leaves, strict)[1]
        return found[0] if one else found

    return jacobian(gradient, inputs, create_graph, strict)


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """(y, vᵀ ∂y/∂x); v may be absent where y is one number."""
    one, leaves = _leaves(inputs, create_graph)
    with enable_grad():
        several, outs = _outputs(func(*leaves))
        found = _pulled(outs, leaves, _directions(v, outs, "output"), create_graph, strict)
    return _given(outs, several, create_graph), found[0] if one else found


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """(y, ∂y/∂x v): the vjp is linear in what goes in, and its own vjp is this."""
    _, leaves = _leaves(inputs, create_graph)
    directions = _directions(v, leaves, "input")
    with enable_grad():
        several, outs = _outputs(func(*leaves))
        dummies = tuple((y.detach() * 0).requires_grad_() for y in outs)
        pulled = _pulled(outs, leaves, dummies, True, strict)
        found = _pulled(pulled, dummies, directions, create_graph, strict)
    return _given(outs, several, create_graph), found if several else found[0]


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """(y, vᵀ H) of a y of one number: the gradient of ⟨∂y/∂x, v⟩."""
    one, leaves = _leaves(inputs, create_graph)
    directions = _directions(v, leaves, "input")
    with enable_grad():
        y, first = _gradient(func, leaves, strict)
        found = _pulled(first, leaves, directions, create_graph, strict)
    return y if create_graph else y.detach(), found[0] if one else found


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """(y, H v): as ``vhp``, since H is symmetric."""
    return vhp(func, inputs, v, create_graph, strict)


def _leaves(inputs, create_graph):
    """Whether there is one input, and the inputs as what can be differentiated by."""
    one, given = isinstance(inputs, Tensor), _tensors(inputs, "inputs")
    if create_graph:
        return one, tuple(x if x.requires_grad else x.detach().requires_grad_() for x in given)
    return one, tuple(x.detach().requires_grad_() for x in given)


def _outputs(out):
    """Whether a function gave several tensors, and these."""
    return not isinstance(out, Tensor), _tensors(out, "outputs of the function")


def _tensors(given, what):
    several = (given,) if isinstance(given, Tensor) else given
    if not isinstance(several, tuple) or not all(isinstance(x, Tensor) for x in several):
        raise TypeError(f"the {what} are to be a Tensor or a tuple of Tensors, not {given!r:.60}")
    return several


def _directions(v, like, what):
    """What is multiplied by: 1 where v is absent, and ``like`` is one number."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(f"v can only be None where the {what} is a single number")
        return (Tensor._of(np.ones_like(like[0]._array)),)
    given = (v,) if isinstance(v, Tensor) else tuple(v)
    shapes = [tuple(x.shape) for x in given], [tuple(x.shape) for x in like]
    if shapes[0] != shapes[1]:
        raise RuntimeError(f"v has the shapes {shapes[0]}, and the {what} {shapes[1]}")
    return given


def _pulled(outs, leaves, directions, create_graph, strict):
    """Σ vᵀ ∂y/∂x for each x; zeros where no y depends on it."""
    tied = [(y, v) for y, v in zip(outs, directions, strict=True) if y.requires_grad]
    if strict and len(tied) < len(outs):
        raise RuntimeError("an output does not require gradients, and strict is asked for")
    found = [None] * len(leaves)
    if tied:
        options = {"create_graph": create_graph, "retain_graph": True, "allow_unused": True}
        found = grad([y for y, _ in tied], leaves, [v for _, v in tied], **options)
    if strict and any(g is None for g in found):
        raise RuntimeError("an output is independent of an input, and strict is asked for")
    return tuple(
        Tensor._of(np.zeros_like(x._array)) if g is None else g
        for x, g in zip(leaves, found, strict=True)
    )


def _gradient(func, leaves, strict):
    """(y, ∂y/∂x), on the tape, of a y of one number."""
    y = func(*leaves)
    if not isinstance(y, Tensor) or y.numel() != 1:
        raise RuntimeError("the function is to give one number")
    return y, _pulled((y,), leaves, (Tensor._of(np.ones_like(y._array)),), True, strict)


def _given(outs, several, create_graph):
    """What the function gave, off the tape if no graph is wanted."""
    outs = outs if create_graph else tuple(y.detach() for y in outs)
    return outs if several else outs[0]


def _rows(y, leaves, create_graph, strict):
    columns = [[] for _ in leaves]
    for place in np.ndindex(tuple(y.shape)):
        ones = (Tensor._of(np.ones_like(y._array[place])),)
        row = _pulled((y[place],), leaves, ones, create_graph, strict)
        for column, gradient in zip(columns, row, strict=True):
            column.append(gradient)
    return tuple(_stacked(c, y, x) for c, x in zip(columns, leaves, strict=True))


def _stacked(gradients, y, x):
    from pellucid.autograd.functions import PUBLIC  # written with the tape

    if not gradients:
        return x.new_zeros(*y.shape, *x.shape)
    return PUBLIC["stack"](gradients).reshape((*y.shape, *x.shape))
