"""The four kinds of covariance: a matrix each, one for all, a variance a column, one for all.

Each kind says what it needs of a row z.  A scatter Σ_n w_n z_n z_nᵀ is kept without what is
symmetric or not asked for: its upper triangle, or its diagonal.  And the log density of the normal
distribution is linear in features φ of the row, as in every exponential family,

    log N(z; δ, Σ) = log|P| - ½ D log 2π - ½ ‖Pᵀ(z - δ)‖² = η · φ(z),    P Pᵀ = Σ⁻¹

so that K densities at N rows are one product of matrices, ηφ.  Rows are columns here, Z (D, N):
then every operation runs along the rows of the table, however few columns it has.
"""

import numpy as np
from scipy.linalg import solve_triangular

__all__ = ["COVARIANCES"]

ILL_DEFINED = (
    "Fitting the mixture model failed because some components have ill-defined empirical "
    "covariance (for instance caused by singleton or collapsed samples). Try to decrease the "
    "number of components, increase reg_covar, or scale the input data."
)


class Full:
    """Σ_k (K, D, D): each density a matrix of its own."""

    def shape(self, K, D):
        return (K, D, D)

    def n_free(self, K, D):
        return K * D * (D + 1) // 2

    def n_products(self, K, D):
        """How many numbers are made of a row, for all densities to learn from."""
        return 3 * D if few(K, D) else D * (D + 1) // 2

    def scatter(self, Z, weight):
        """Σ_n w_nk z_n z_nᵀ, packed                                           (K, D (D + 1) / 2)"""
        if few(weight.shape[1], len(Z)):
            roots = (Z * np.sqrt(w) for w in weight.T)
            return _pack(np.stack([R @ R.T for R in roots]))  # which is symmetric: half the work
        return weight.T @ _products(Z).T

    def join(self, scatters):
        """Of scatters (1, ...) of one density each, that of all."""
        return np.concatenate(scatters)

    def between(self, steps, weight):
        """w_k δ_k δ_kᵀ for δ (D, K), packed                                   (K, D (D + 1) / 2)"""
        return weight[:, None] * _products(steps).T

    def covariance(self, scatter, weight, reg_covar):
        """Σ_k = S_k / w_k + εI                                                         (K, D, D)"""
        covariance = _unpack(scatter / weight[:, None])
        _diagonal(covariance)[...] += reg_covar
        return covariance

    def variance(self, scatter, weight):
        return _diagonal(_unpack(scatter / weight[:, None]))  # (K, D)

    def matrix(self, covariance, k, D):
        """Σ_k itself                                                                    (D, D)"""
        return covariance[k]

    def packed(self, matrix):
        return _pack(matrix)

    def restrict(self, covariance, seen):
        """The covariance of some of the columns alone."""
        return covariance[:, seen][:, :, seen]

    def draw(self, mean, covariance, k, n_rows, random_state):
        """Rows from N(μ, Σ_k)                                                           (N, D)"""
        matrix = self.matrix(covariance, k, len(mean))
        return random_state.multivariate_normal(mean, matrix, n_rows)

    def precision(self, root):
        return root @ np.swapaxes(root, -1, -2)

    def root(self, covariance):
        """P_k, upper triangular, with P_k P_kᵀ = Σ_k⁻¹                                 (K, D, D)"""
        return np.stack([_inverse_root(matrix) for matrix in covariance])

    def log_det(self, root, D):
        return np.log(_diagonal(root)).sum(axis=-1)  # log|P_k| (K,)

    def whiten(self, Z, root, k):
        return root[k].T @ Z

    def features(self, Z, root):
        features = _products(Z, more=len(Z) + 1)
        features[-len(Z) - 1 : -1], features[-1] = Z, 1
        return features

    def natural(self, steps, root, peak):
        """η for the features, of densities at δ (D, K)                                    (K, F)"""
        precision = self.precision(root)
        linear = np.einsum("kde,ek->kd", precision, steps)
        _diagonal(precision)[...] /= 2  # of the other z_i z_j the triangle has one, not two
        constant = peak - np.einsum("kd,dk->k", linear, steps) / 2
        return np.concatenate([-_pack(precision), linear, constant[:, None]], axis=1)


class Tied(Full):
    """Σ (D, D): all densities share a matrix; whitened by it once, all are spherical."""

    def shape(self, K, D):
        return (D, D)

    def n_free(self, K, D):
        return D * (D + 1) // 2

    def n_products(self, K, D):
        return 3 * D

    def scatter(self, Z, weight):
        return _pack((Z * weight.sum(axis=1)) @ Z.T)[None]  # (1, D (D + 1) / 2)

    def join(self, scatters):
        return sum(scatters)

    def between(self, steps, weight):
        return _pack((steps * weight) @ steps.T)[None]

    def covariance(self, scatter, weight, reg_covar):
        return super().covariance(scatter, weight.sum(keepdims=True), reg_covar)[0]

    def variance(self, scatter, weight):
        return super().variance(scatter, weight.sum(keepdims=True))  # (1, D)

    def matrix(self, covariance, k, D):
        return covariance

    def restrict(self, covariance, seen):
        return covariance[np.ix_(seen, seen)]

    def root(self, covariance):
        return _inverse_root(covariance)  # (D, D)

    def whiten(self, Z, root, k):
        return root.T @ Z

    def features(self, Z, root):
        return Spherical().features(root.T @ Z, None)

    def natural(self, steps, root, peak):
        return Spherical().natural(root.T @ steps, np.ones(len(peak)), peak)


class Diag:
    """σ²_k (K, D): each density a variance for each column."""

    def shape(self, K, D):
        return (K, D)

    def n_free(self, K, D):
        return K * D

    def n_products(self, K, D):
        return 3 * D

    def scatter(self, Z, weight):
        return weight.T @ (Z * Z).T  # (K, D)

    def join(self, scatters):
        return np.concatenate(scatters)

    def between(self, steps, weight):
        return weight[:, None] * (steps * steps).T

    def covariance(self, scatter, weight, reg_covar):
        return scatter / weight[:, None] + reg_covar

    def variance(self, scatter, weight):
        return scatter / weight[:, None]

    def matrix(self, covariance, k, D):
        return covariance[k] * np.eye(D)

    def packed(self, matrix):
        return np.diag(matrix)

    def restrict(self, covariance, seen):
        return covariance[:, seen]

    def draw(self, mean, covariance, k, n_rows, random_state):
        return mean + random_state.standard_normal((n_rows, len(mean))) * np.sqrt(covariance[k])

    def precision(self, root):
        return root**2

    def root(self, covariance):
        if not ((covariance > 0) & (covariance < np.inf)).all():
            raise ValueError(ILL_DEFINED)
        return 1 / np.sqrt(covariance)

    def log_det(self, root, D):
        return np.log(root).sum(axis=1)

    def whiten(self, Z, root, k):
        return root[k][..., None] * Z

    def features(self, Z, root):
        D, N = Z.shape
        features = np.empty((2 * D + 1, N))
        np.multiply(Z, Z, out=features[:D])
        features[D:-1], features[-1] = Z, 1
        return features

    def natural(self, steps, root, peak):
        precision = self.precision(root)
        linear = precision * steps.T
        constant = peak - np.einsum("kd,dk->k", linear, steps) / 2
        return np.concatenate([-precision / 2, linear, constant[:, None]], axis=1)


class Spherical(Diag):
    """σ²_k (K,): each density one variance for all columns."""

    def shape(self, K, D):
        return (K,)

    def n_free(self, K, D):
        return K

    def covariance(self, scatter, weight, reg_covar):
        return super().covariance(scatter, weight, reg_covar).mean(axis=1)

    def restrict(self, covariance, seen):
        return covariance

    def log_det(self, root, D):
        return D * np.log(root)

    def features(self, Z, root):
        return np.concatenate([np.einsum("dn,dn->n", Z, Z)[None], Z, np.ones((1, Z.shape[1]))])

    def natural(self, steps, root, peak):
        precision = self.precision(root)[:, None]
        linear = precision * steps.T
        constant = peak - np.einsum("kd,dk->k", linear, steps) / 2
        return np.concatenate([-precision / 2, linear, constant[:, None]], axis=1)


COVARIANCES = {"full": Full(), "tied": Tied(), "diag": Diag(), "spherical": Spherical()}


def few(K, D):
    """Whether so few densities share the D² / 2 products of a row that they are not worth it."""
    return 2 * K < D


def _products(Z, more=0):
    """z_i z_j for i ≤ j of every column z, by ``numpy.triu_indices``; and room for more rows."""
    D = len(Z)
    out = np.empty((D * (D + 1) // 2 + more, *Z.shape[1:]))
    start = 0
    for i in range(D):
        np.multiply(Z[i], Z[i:], out=out[start : start + D - i])
        start += D - i
    return out


def _pack(matrices):
    return matrices[(..., *np.triu_indices(matrices.shape[-1]))]


def _unpack(packed):
    D = int(np.sqrt(2 * packed.shape[-1]))
    i, j = np.triu_indices(D)
    matrices = np.empty((*packed.shape[:-1], D, D))
    matrices[..., i, j] = matrices[..., j, i] = packed
    return matrices


def _diagonal(matrices):
    """The diagonals, as a view that can be written to."""
    return np.einsum("...ii->...i", matrices)


def _inverse_root(matrix):
    try:
        L = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError as error:
        raise ValueError(ILL_DEFINED) from error
    if not np.isfinite(L).all():
        raise ValueError(ILL_DEFINED)
    return solve_triangular(L, np.eye(len(L)), lower=True).T
