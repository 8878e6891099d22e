"""Norms of vectors and matrices, by the names of ``torch.linalg``."""

from pellucid.autograd.functions import PUBLIC

__all__ = ["norm"]


def norm(A, ord=None, dim=None, keepdim=False):
    """(Σ |x|ᵖ)^(1/p) over a vector, or along ``dim``; of a matrix, p = 2 over all its numbers.

    Raises
    ------
    NotImplementedError
        For the norms of a matrix as an operator: a number as ``ord`` with two dimensions.
    """
    of_matrix = isinstance(dim, tuple | list) or (dim is None and A.ndim > 1)
    if of_matrix and ord not in (None, "fro"):
        raise NotImplementedError(f"linalg.norm of a matrix: ord is None or 'fro', not {ord!r}")
    return PUBLIC["norm"](A, 2 if ord is None else ord, dim, keepdim)
