"""All parameters of a model as one vector, and back."""

from pellucid.autograd import Tensor
from pellucid.autograd.functions import PUBLIC

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters):
    """The parameters one after the other; gradients flow through."""
    return PUBLIC["cat"]([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec, parameters):
    """Let the parameters see slices of the vector, one after the other."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for p in parameters:
        p.data = vec[start : start + p.numel()].view_as(p).data
        start += p.numel()
