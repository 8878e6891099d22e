"""Linear algebra by the names of ``torch.linalg``: norms, solutions, decompositions, products."""

from pellucid.linalg.decompositions import (
    cholesky,
    eigh,
    eigvalsh,
    matrix_rank,
    pinv,
    qr,
    svd,
    svdvals,
)
from pellucid.linalg.norms import cond, matrix_norm, norm, vector_norm
from pellucid.linalg.products import cross, diagonal, matmul, matrix_power, multi_dot, vecdot
from pellucid.linalg.solutions import det, inv, lstsq, slogdet, solve, solve_triangular

__all__ = [
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "vecdot",
    "vector_norm",
]
