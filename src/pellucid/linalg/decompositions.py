"""Cholesky, QR, eigenvalues and singular values, of each matrix of a batch.

References
----------
Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008.
"""

from collections import namedtuple

import numpy as np

from pellucid.autograd import Tensor, op, primitive

__all__ = ["cholesky", "eigh", "eigvalsh", "matrix_rank", "pinv", "qr", "svd", "svdvals", "turned"]

linalg_qr = namedtuple("linalg_qr", ["Q", "R"])
linalg_svd = namedtuple("linalg_svd", ["U", "S", "Vh"])
linalg_eigh = namedtuple("linalg_eigh", ["eigenvalues", "eigenvectors"])


def turned(x):
    """xᵀ, of each matrix."""
    return np.swapaxes(x, -1, -2)


@primitive(np.linalg.cholesky)
def _cholesky(A):
    """Ā = ½ (S + Sᵀ) with S = L⁻ᵀ Φ(Lᵀ L̄) L⁻¹, Φ the lower triangle with half the diagonal."""
    L = np.linalg.cholesky(A)

    def vjp(dL):
        n = A.shape[-1]
        lower = np.tri(n, dtype=A.dtype) - np.eye(n, dtype=A.dtype) / 2
        inverse = np.linalg.inv(L)
        S = turned(inverse) @ (lower * (turned(L) @ dL)) @ inverse
        return (S + turned(S)) / 2

    return L, vjp


def cholesky(A, *, upper=False):
    """The lower triangle L with L Lᵀ = A, for A positive definite; Lᵀ if ``upper``."""
    try:
        L = _cholesky(A)
    except np.linalg.LinAlgError as error:
        raise RuntimeError(
            "linalg.cholesky: the factorization could not be completed because the input is not "
            "positive-definite"
        ) from error
    return L.mT if upper else L


@primitive(np.linalg.qr)
def _qr(A):
    """Ā = (Q̄ + Q C) R⁻ᵀ with C the symmetric matrix of the lower triangle of R R̄ᵀ - Q̄ᵀ Q."""
    Q, R = np.linalg.qr(A)

    def vjp(dQ, dR):
        if A.shape[-2] < A.shape[-1]:
            raise NotImplementedError("qr has a gradient where there are no more columns than rows")
        n = R.shape[-1]
        M = R @ turned(dR) - turned(dQ) @ Q
        C = np.tri(n, dtype=A.dtype) * M + np.tri(n, k=-1, dtype=A.dtype).T * turned(M)
        return (dQ + Q @ C) @ turned(np.linalg.inv(R))

    return (Q, R), vjp


def qr(A, mode="reduced"):
    """(Q, R): A = Q R, Q of orthogonal columns, R an upper triangle."""
    if mode == "complete" and not A.requires_grad:
        return linalg_qr(*(Tensor._of(x) for x in np.linalg.qr(A._array, "complete")))
    if mode != "reduced":
        raise NotImplementedError(f"qr: mode is 'reduced', or 'complete' without gradient: {mode}")
    return linalg_qr(*_qr(A))


@primitive(np.linalg.eigh)
def _eigh(A):
    """Ā = V (diag(w̄) + F ∘ VᵀV̄) Vᵀ with Fᵢⱼ = 1 / (wⱼ - wᵢ) off the diagonal."""
    w, V = np.linalg.eigh(A)

    def vjp(dw, dV):
        one = np.eye(A.shape[-1], dtype=A.dtype)
        apart = np.expand_dims(w, -2) - np.expand_dims(w, -1) + one
        inner = one * np.expand_dims(dw, -2) + (1 - one) * (turned(V) @ dV) / apart
        return V @ inner @ turned(V)

    return (w, V), vjp


def eigh(A, UPLO="L"):
    """(eigenvalues, rising; eigenvectors, in columns) of a symmetric A, read from one triangle."""
    if A.requires_grad or UPLO == "L":
        return linalg_eigh(*_eigh(A if UPLO == "L" else A.mT))
    return linalg_eigh(*(Tensor._of(x) for x in np.linalg.eigh(A._array, UPLO)))


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
        one = np.eye(s.shape[-1], dtype=A.dtype)
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


def svdvals(A):
    """The singular values, falling."""
    return _svd(A)[1]


@primitive(np.linalg.pinv)
def _pinv(A, rcond=None):
    """Ā = -Pᵀ P̄ Pᵀ + (I - A P) P̄ᵀ P Pᵀ + Pᵀ P P̄ᵀ (I - P A), for P the pseudo-inverse."""
    P = np.linalg.pinv(A, rcond)

    def vjp(dP):
        G, Pt = turned(dP), turned(P)
        first, last = G @ P @ Pt, Pt @ P @ G
        return -Pt @ dP @ Pt + first - A @ P @ first + last - last @ P @ A, None

    return P, vjp


def pinv(A, *, rtol=None):
    """The pseudo-inverse: of the singular values, those below rtol times the largest count as 0."""
    cut = max(A.shape[-2:]) * float(np.finfo(A._array.dtype).eps) if rtol is None else rtol
    return _pinv(A, np.asarray(cut, A._array.dtype))


def matrix_rank(A, *, rtol=None):
    """How many singular values are above rtol times the largest."""
    s = np.linalg.svd(A._array, compute_uv=False)
    cut = max(A.shape[-2:]) * float(np.finfo(s.dtype).eps) if rtol is None else rtol
    return Tensor._of(np.asarray(np.sum(s > cut * s.max(-1, keepdims=True, initial=0), -1)))
