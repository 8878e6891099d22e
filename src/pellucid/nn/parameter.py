"""A tensor that a module learns, and one that it only keeps."""

from pellucid.autograd import Tensor

__all__ = ["Buffer", "Parameter"]


class Parameter(Tensor):
    """A leaf tensor that a Module, given it as an attribute, counts among its parameters.

    Parameters
    ----------
    data : Tensor
        Its numbers, whose memory it shares.
    requires_grad : bool
        Whether it is learned.
    """

    def __init__(self, data=None, requires_grad=True):
        self._set(Tensor()._array if data is None else data._array)
        self.requires_grad = requires_grad

    def __deepcopy__(self, memo):
        twin = super().__deepcopy__(memo)
        twin.grad = None  # a copy of a model begins without gradients
        return twin

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"


class Buffer(Tensor):
    """A tensor that a Module, given it as an attribute, counts among its buffers.

    Parameters
    ----------
    data : Tensor
        Its numbers, whose memory it shares.
    persistent : bool
        Whether it is in the module's ``state_dict``.
    """

    def __init__(self, data=None, *, persistent=True):
        self._set(Tensor()._array if data is None else data._array)
        self.persistent = persistent

    def __deepcopy__(self, memo):
        twin = super().__deepcopy__(memo)
        twin.persistent = self.persistent
        return twin

    def __reduce__(self):
        return (*super().__reduce__(), {"persistent": self.persistent})
