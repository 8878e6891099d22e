"""PyTorch's functions of tensors: its names, arguments and types, over the ops of this package."""

from pellucid.autograd.functions import linear, pointwise, reducing, shaping

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


PUBLIC: dict = {}
for _module in (pointwise, shaping, reducing, linear):
    PUBLIC |= _written(_module)
for _table in TABLES:
    PUBLIC |= _table
PUBLIC.pop("index_of")
