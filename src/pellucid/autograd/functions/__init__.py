"""PyTorch's functions of tensors: its names, arguments and types, over the ops of this package."""

import functools
import inspect

from pellucid.autograd.errors import as_pytorch
from pellucid.autograd.functions import (
    arranged,
    combined,
    complex_numbers,
    linear,
    other_names,
    picking,
    pointwise,
    rare,
    reducing,
    seldom,
    shaping,
    statistics,
)

__all__ = ["PUBLIC"]

TABLES = (
    pointwise.UNARIES,
    pointwise.BINARIES,
    pointwise.COMPARISONS,
    pointwise.TESTS,
    linear.PRODUCTS,
)


def _written(module):
    """The functions written out in a module."""
    return {
        name: thing
        for name, thing in vars(module).items()
        if callable(thing)
        and getattr(thing, "__module__", "") == module.__name__
        and name[0] != "_"
    }


def _with_numpys_names(function):
    """Let ``dim`` and ``keepdim`` be called axis and keepdims; raise what PyTorch raises."""
    if "dim" not in inspect.signature(function).parameters:
        return function

    @functools.wraps(function)
    def either(*args, **options):
        if options:
            options = {SAME.get(name, name): value for name, value in options.items()}
        try:
            return function(*args, **options)
        except (ValueError, TypeError) as error:
            raise as_pytorch(error) from None

    return either


SAME = {"axis": "dim", "keepdims": "keepdim"}
PUBLIC: dict = {}
for _module in (
    *(pointwise, shaping, picking, reducing, linear, combined, arranged, complex_numbers, seldom),
    *(statistics, rare),
):
    PUBLIC |= _written(_module)
for _table in TABLES:
    PUBLIC |= _table
for _name in ("along_dim", "check_range", "index_of", "steps_of", "weighted"):
    PUBLIC.pop(_name)
PUBLIC = {name: _with_numpys_names(function) for name, function in PUBLIC.items()}
PUBLIC |= {name: PUBLIC[same] for name, same in other_names.SAME.items()}
