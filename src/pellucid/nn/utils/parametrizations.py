"""Weights with a length of their own, of norm one, or with orthonormal columns.

References
----------
Salimans, Kingma, "Weight normalization: a simple reparameterization to accelerate training of deep
neural networks", 2016.
Miyato et al., "Spectral normalization for generative adversarial networks", 2018.
Lezcano-Casado, "Trivializations for gradient-based optimization on manifolds", 2019.
"""

from pellucid.autograd import no_grad
from pellucid.autograd.creation import empty, eye
from pellucid.autograd.functions.shaping import cat
from pellucid.autograd.random import randn
from pellucid.linalg import matrix_exp, qr, solve
from pellucid.nn.functional import normalize
from pellucid.nn.modules.convolution import ConvTranspose1d, ConvTranspose2d
from pellucid.nn.modules.module import Module
from pellucid.nn.utils.parametrize import register_parametrization
from pellucid.nn.utils.reparametrised import length

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


def weight_norm(module, name="weight", dim=0):
    """W = g v / ‖v‖, with a length g for each place along ``dim``; None: one for all.

    ``original0`` is g and ``original1`` is v.
    """
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)


class _WeightNorm(Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, g, v):
        return v * (g / length(v, self.dim))

    def right_inverse(self, weight):
        return length(weight, self.dim), weight


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """W = X / σ, with σ the largest singular value of X as a matrix.

    σ = uᵀXv, and each call while training improves u = Xv / ‖Xv‖ and v = Xᵀu / ‖Xᵀu‖.

    Parameters
    ----------
    n_power_iterations : int
        How often they are improved.
    eps : float
        What norms are at least.
    dim : int or None
        Along which X has the matrix's rows; None: 0, or 1 for transposed convolutions.
    """
    if dim is None:
        dim = 1 if isinstance(module, ConvTranspose1d | ConvTranspose2d) else 0
    norm = _SpectralNorm(getattr(module, name), n_power_iterations, dim, eps)
    return register_parametrization(module, name, norm)


class _SpectralNorm(Module):
    def __init__(self, weight, n_power_iterations, dim, eps):
        super().__init__()
        if not -weight.ndim <= dim < weight.ndim:
            raise IndexError(f"dim {dim} is not one of a weight of {weight.ndim} dimensions")
        if n_power_iterations <= 0:
            raise ValueError(
                "Expected n_power_iterations to be positive, but got "
                f"n_power_iterations={n_power_iterations}"
            )
        self.dim, self.eps, self.n_power_iterations = dim % weight.ndim, eps, n_power_iterations
        if weight.ndim > 1:
            matrix = self._matrix(weight.detach())
            for buffer, size in zip(("_u", "_v"), matrix.shape, strict=True):
                drawn = randn(size, dtype=weight.dtype, device=weight.device)
                self.register_buffer(buffer, normalize(drawn, dim=0, eps=eps))
            self._improve(matrix, 15)

    def _matrix(self, weight):
        return weight.movedim(self.dim, 0).flatten(1)

    def _improve(self, matrix, times):
        with no_grad():
            for _ in range(times):
                self._u = normalize(matrix @ self._v, dim=0, eps=self.eps)
                self._v = normalize(matrix.T @ self._u, dim=0, eps=self.eps)

    def forward(self, weight):
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = self._matrix(weight)
        if self.training:
            self._improve(matrix.detach(), self.n_power_iterations)
        return weight / (self._u @ (matrix @ self._v))

    def right_inverse(self, value):
        return value


def orthogonal(module, name="weight", orthogonal_map=None):
    """W with WᵀW = 1, or WWᵀ = 1 for a wide one, however X is changed.

    W = B Q, with Q from X and B such that W is what it was last set to, made orthogonal.

    Parameters
    ----------
    orthogonal_map : str or None
        Of the skew A = X - Xᵀ of a lower triangular X, Q is eᴬ for "matrix_exp" and
        (1 - A/2)⁻¹(1 + A/2) for "cayley"; for "householder" it is a product of reflections.  None:
        "matrix_exp" for a square weight, else "householder".

    Raises
    ------
    ValueError
        For a weight of fewer than two dimensions, or another map.
    """
    weight = getattr(module, name)
    if weight.ndim < 2:
        raise ValueError(
            f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions."
        )
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError(
            'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". '
            f"Got: {orthogonal_map}"
        )
    return register_parametrization(module, name, _Orthogonal(orthogonal_map), unsafe=True)


class _Orthogonal(Module):
    def __init__(self, orthogonal_map):
        super().__init__()
        self.orthogonal_map = orthogonal_map
        self.register_buffer("base", empty(0))

    def forward(self, X):
        lower = _tall(X)
        n, k = lower.shape[-2:]
        if self.orthogonal_map == "householder":
            Q = _reflected(lower)
        else:
            lower = cat([lower.tril(), lower.new_zeros(*lower.shape[:-1], n - k)], -1)
            A, one = lower - lower.mT, eye(n, dtype=X.dtype, device=X.device)
            by_exp = self.orthogonal_map == "matrix_exp"
            Q = (matrix_exp(A) if by_exp else solve(one - A / 2, one + A / 2))[..., :k]
        Q = self.base @ Q
        return Q.mT if X.shape[-2] < X.shape[-1] else Q

    def right_inverse(self, W):
        tall = _tall(W)
        n, k = tall.shape[-2:]
        more = randn(*tall.shape[:-1], n - k, dtype=W.dtype, device=W.device)
        Q, R = qr(cat([tall, more], -1))
        self.base = Q * R.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)
        return -eye(*W.shape[-2:], dtype=W.dtype, device=W.device).expand(W.shape)  # Q is 1


def _tall(X):
    """X or its transpose, with no more columns than rows."""
    return X.mT if X.shape[-2] < X.shape[-1] else X


def _reflected(X):
    """H₁ H₂ ... Hₖ, its first k columns: Hᵢ = 1 - 2 vvᵀ / vᵀv, v = eᵢ + what is below Xᵢᵢ.

    Column i is multiplied by Xᵢᵢ, a sign.
    """
    n, k = X.shape[-2:]
    one = eye(n, k, dtype=X.dtype, device=X.device)
    V, Q = X.tril(-1) + one, one.expand(X.shape)
    for i in reversed(range(k)):
        v = V[..., i : i + 1]
        Q = Q - v * (2 / (v * v).sum(-2, keepdim=True)) @ (v.mT @ Q)
    return Q * X.detach().diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)
