"""Cholesky, QR, eigenvalues and singular values, of each matrix of a batch.

References
----------
Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008.
"""

import numpy as np

from pellucid.autograd import Tensor, op, primitive
from pellucid.autograd.errors import LinAlgError
from pellucid.autograd.functions._kinds import named_results

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "matrix_rank",
    "pinv",
    "qr",
    "svd",
    "svdvals",
    "turned",
]

linalg_qr = named_results("linalg_qr", "Q", "R")
linalg_svd = named_results("linalg_svd", "U", "S", "Vh")
linalg_eig = named_results("linalg_eig", "eigenvalues", "eigenvectors")
linalg_eigh = named_results("linalg_eigh", "eigenvalues", "eigenvectors")
linalg_cholesky_ex = named_results("linalg_cholesky_ex", "L", "info")


def turned(x):
    """xᵀ, of each matrix."""
    return np.swapaxes(x, -1, -2)


def _check_real(A):
    """These gradients are those of real matrices."""
    if np.dtype(A.dtype).kind == "c":
        raise NotImplementedError("the decomposition of a complex matrix has no gradient here")


@primitive(np.linalg.cholesky)
def _cholesky(A):
    """Ā = ½ (S + Sᵀ) with S = L⁻ᵀ Φ(Lᵀ L̄) L⁻¹, Φ the lower triangle with half the diagonal."""
    L = np.linalg.cholesky(A)

    def vjp(dL):
        _check_real(A)
        n = A.shape[-1]
        lower = np.tri(n, dtype=A.dtype, like=A) - np.identity(n, dtype=A.dtype, like=A) / 2
        inverse = np.linalg.inv(L)
        S = turned(inverse) @ (lower * (turned(L) @ dL)) @ inverse
        return (S + turned(S)) / 2

    return L, vjp


def cholesky(A, *, upper=False):
    """The lower triangle L with L Lᵀ = A, for A positive definite; Lᵀ if ``upper``."""
    try:
        L = _cholesky(A)
    except np.linalg.LinAlgError as error:
        raise LinAlgError(
            "linalg.cholesky: the factorization could not be completed because the input is not "
            "positive-definite"
        ) from error
    return L.mH if upper else L


def cholesky_ex(A, *, upper=False, check_errors=False):
    """(L, 0); (what LAPACK left, 1) where one of the matrices is not positive definite."""
    try:
        L, failed = cholesky(A, upper=upper), 0
    except LinAlgError:
        if check_errors:
            raise
        L, failed = A.detach() * np.nan, 1
    return linalg_cholesky_ex(
        L, Tensor._of(np.full_like(A._array, failed, np.int32, shape=A.shape[:-2]))
    )


@primitive(np.linalg.qr)
def _qr(A):
    """Ā = (Q̄ + Q C) R⁻ᵀ with C the symmetric matrix of the lower triangle of R R̄ᵀ - Q̄ᵀ Q."""
    Q, R = np.linalg.qr(A)

    def vjp(dQ, dR):
        _check_real(A)
        if A.shape[-2] < A.shape[-1]:
            raise NotImplementedError("qr has a gradient where there are no more columns than rows")
        n = R.shape[-1]
        M = R @ turned(dR) - turned(dQ) @ Q
        lower, below = (np.tri(n, k=k, dtype=A.dtype, like=A) for k in (0, -1))
        C = lower * M + turned(below * M)
        return (dQ + Q @ C) @ turned(np.linalg.inv(R))

    return (Q, R), vjp


def qr(A, mode="reduced"):
    """(Q, R): A = Q R, Q of orthogonal columns, R an upper triangle."""
    if mode == "complete" and not A.requires_grad:
        return linalg_qr(*(Tensor._of(x) for x in np.linalg.qr(A._array, "complete")))
    if mode == "r" and not A.requires_grad:
        R = Tensor._of(np.linalg.qr(A._array, "r"))
        return linalg_qr(R.new_zeros(0), R)
    if mode != "reduced":
        raise NotImplementedError(
            f"qr: mode is 'reduced', or 'complete', 'r' without gradient: {mode}"
        )
    return linalg_qr(*_qr(A))


@primitive(np.linalg.eigh)
def _eigh(A, UPLO="L"):
    """Ā = V (diag(w̄) + F ∘ VᵀV̄) Vᵀ with Fᵢⱼ = 1 / (wⱼ - wᵢ) off the diagonal."""
    w, V = np.linalg.eigh(A, UPLO)

    def vjp(dw, dV):
        _check_real(A)
        one = np.identity(A.shape[-1], dtype=A.dtype, like=A)
        apart = np.expand_dims(w, -2) - np.expand_dims(w, -1) + one
        inner = one * np.expand_dims(dw, -2) + (1 - one) * (turned(V) @ dV) / apart
        return V @ inner @ turned(V)

    return (w, V), vjp


def eigh(A, UPLO="L"):
    """(eigenvalues, rising; eigenvectors, in columns) of a symmetric A, read from one triangle."""
    return linalg_eigh(*_eigh(A, UPLO))


def eigvalsh(A, UPLO="L"):
    """The eigenvalues of a symmetric A, rising."""
    return eigh(A, UPLO)[0]


@op
def _svd(A):
    """Ā by those of U, S and V; singular values that are equal leave U and V without a gradient.

    Ā = U ((K(UᵀŪ) / E) S + S (K(VᵀV̄) / E) + diag s̄) Vᵀ + (I - UUᵀ) Ū S⁻¹ Vᵀ
    + U S⁻¹ V̄ᵀ (I - VVᵀ), with K(X) = X - Xᵀ and Eᵢⱼ = sⱼ² - sᵢ².
    """
    U, s, Vh = _parts(A)

    def vjp(dU, ds, dVh):
        _check_real(A)
        one = np.identity(s.shape[-1], dtype=A.dtype, like=A)
        E = np.expand_dims(s * s, -2) - np.expand_dims(s * s, -1) + one
        row, column = np.expand_dims(s, -2), np.expand_dims(s, -1)
        UdU, VdV = turned(U) @ dU, Vh @ turned(dVh)
        inner = (UdU - turned(UdU)) / E * row + column * (VdV - turned(VdV)) / E
        out = U @ (inner + one * np.expand_dims(ds, -2)) @ Vh
        if A.shape[-2] > s.shape[-1]:
            out = out + (dU - U @ UdU) / row @ Vh
        if A.shape[-1] > s.shape[-1]:
            out = out + U / row @ (dVh - turned(VdV) @ Vh)
        return out

    return (U, s, Vh), vjp


def _parts(A):
    return _svd(A) if isinstance(A, Tensor) else tuple(np.linalg.svd(A, full_matrices=False))


def svd(A, full_matrices=True):
    """(U, S falling, Vᵀ): A = U diag(S) Vᵀ; U and V square if ``full_matrices``."""
    if full_matrices and A.shape[-1] != A.shape[-2]:
        if A.requires_grad:
            raise NotImplementedError("svd has a gradient with full_matrices=False")
        return linalg_svd(*(Tensor._of(x) for x in np.linalg.svd(A._array)))
    return linalg_svd(*_svd(A))


def _check_square(name, A):
    """That A is a square matrix, or a batch of them."""
    if A.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {A.shape[-2]} by "
            f"{A.shape[-1]} matrices"
        )


def eig(A):
    """(eigenvalues, eigenvectors in columns) of any square A, complex; they have no gradient here.

    Raises
    ------
    RuntimeError
        Of no square matrices, or of NaN and infinities.
    NotImplementedError
        Where a gradient is wanted.
    """
    _check_square("linalg.eig", A)
    if A.requires_grad:
        raise NotImplementedError("linalg.eig has no gradient here: eigh has one")
    if not np.all(np.isfinite(A._array)):
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")
    kind = np.result_type(A._array.dtype, np.complex64)
    return linalg_eig(*(Tensor._of(x.astype(kind)) for x in np.linalg.eig(A._array)))


def eigvals(A):
    """The eigenvalues of any square A, complex."""
    return eig(A)[0]


def svdvals(A):
    """The singular values, falling."""
    return _svd(A)[1]


@primitive(np.linalg.pinv)
def _pinv(A, rcond=None):
    """Ā = -Pᵀ P̄ Pᵀ + (I - A P) P̄ᵀ P Pᵀ + Pᵀ P P̄ᵀ (I - P A), for P the pseudo-inverse."""
    P = np.linalg.pinv(A, rcond)

    def vjp(dP):
        _check_real(A)
        G, Pt = turned(dP), turned(P)
        first, last = G @ P @ Pt, Pt @ P @ G
        return -Pt @ dP @ Pt + first - A @ P @ first + last - last @ P @ A, None

    return P, vjp


def _cut(A, atol, rtol, hermitian):
    """(singular values, the largest, what they must exceed not to count as 0: atol, or rtol s₁)."""
    values = A._array
    s = np.abs(np.linalg.eigvalsh(values)) if hermitian else np.linalg.svd(values, compute_uv=False)
    atol, rtol = (x._array[..., None] if isinstance(x, Tensor) else x for x in (atol, rtol))
    if rtol is None:
        rtol = 0.0 if np.any(atol) else max(A.shape[-2:]) * float(np.finfo(s.dtype).eps)
    largest = np.max(s, -1, keepdims=True) if s.shape[-1] else np.sum(s, -1, keepdims=True)
    return s, largest, np.maximum(rtol * largest, 0.0 if atol is None else atol)


def pinv(A, rcond=None, *, atol=None, rtol=None, hermitian=False):
    """The pseudo-inverse: singular values that do not exceed atol or rtol s₁ count as 0.

    ``rcond`` is an older name of rtol; ``hermitian`` says that A is: this gives the same answer.
    """
    rtol = rcond if rtol is None else rtol
    _, largest, cut = _cut(A, atol, rtol, hermitian)
    share = cut / np.where(largest == 0, np.ones_like(largest), largest)
    return _pinv(A, share[..., 0])


def matrix_rank(A, tol=None, *, atol=None, rtol=None, hermitian=False):
    """How many singular values exceed both atol, whose older name is tol, and rtol s₁."""
    atol = tol if atol is None else atol
    s, _, cut = _cut(A, atol, rtol, hermitian)
    return Tensor._of(np.sum(s > cut, -1))
