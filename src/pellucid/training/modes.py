"""A model that does not learn for a while."""

import contextlib

__all__ = ["evaluating"]


@contextlib.contextmanager
def evaluating(model):
    """``model.eval()`` inside; afterwards each of its modules is in the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield model
    finally:
        for module, training in modes:
            module.training = training
