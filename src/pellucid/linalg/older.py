"""Decompositions and products as PyTorch first had them, beside ``torch.linalg``."""

from pellucid.linalg.decompositions import cholesky as _cholesky
from pellucid.linalg.decompositions import named_results
from pellucid.linalg.decompositions import qr as _qr
from pellucid.linalg.decompositions import svd as _svd
from pellucid.linalg.products import multi_dot
from pellucid.linalg.solutions import cholesky_solve

__all__ = ["OLDER"]

Svd = named_results("svd", "U", "S", "V")


def cholesky(input, upper=False):
    """The lower triangle L with L Lᵀ = A, for A positive definite; Lᵀ if ``upper``."""
    return _cholesky(input, upper=upper)


def cholesky_inverse(L, upper=False):
    """A⁻¹, from the Cholesky factor of A: L Lᵀ, or LᵀL if ``upper``."""
    one = (L * 0).diagonal(0, -2, -1).add(1).diag_embed()
    return cholesky_solve(one, L, upper)


def qr(input, some=True):
    """(Q, R): A = Q R; Q square where not ``some``."""
    return _qr(input, "reduced" if some else "complete")


def svd(input, some=True, compute_uv=True):
    """(U, S falling, V): A = U diag(S) Vᵀ; U, V square where not ``some``, zeros if not wanted."""
    U, S, Vh = _svd(input, full_matrices=not some)
    return Svd(U, S, Vh.mH) if compute_uv else Svd(U.detach() * 0, S, Vh.detach().mH * 0)


def chain_matmul(*matrices):
    """The product of all, in the order that takes the fewest multiplications."""
    return multi_dot(matrices)


OLDER = {f.__name__: f for f in (chain_matmul, cholesky, cholesky_inverse, cholesky_solve, qr, svd)}
