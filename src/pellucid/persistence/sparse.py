"""SciPy's compressed rows and columns."""

import numpy as np
from scipy.sparse import csc_array, csc_matrix, csr_array, csr_matrix

from pellucid.persistence.codec import Kind, pack, unpack

__all__: list[str] = []

CLASSES = {cls.__name__: cls for cls in (csr_array, csr_matrix, csc_array, csc_matrix)}
INDEX = (np.int32, np.int64)


class Sparse(Kind, name="sparse"):
    """Data, indices and the ends of rows (or columns), proved to lie inside the shape.

    SciPy's compiled products do not look whether an index is in range.
    """

    shared = True

    @staticmethod
    def holds(value):
        return type(value) in CLASSES.values()

    @staticmethod
    def encode(value, path, encoder):
        return {
            "class": type(value).__name__,
            "shape": [int(n) for n in value.shape],
            "parts": pack((value.data, value.indices, value.indptr), path, encoder),
        }

    @staticmethod
    def decode(node, path, decoder):
        cls, shape = CLASSES[node["class"]], tuple(node["shape"])
        data, indices, indptr = unpack(node["parts"], path, decoder)
        rows, columns = shape if node["class"].startswith("csr") else shape[::-1]
        if not (
            data.ndim == 1
            and data.dtype.kind in "biufc"
            and indices.dtype in INDEX
            and indices.shape == data.shape
            and indptr.dtype in INDEX
            and indptr.shape == (rows + 1,)
            and indptr[0] == 0
            and indptr[-1] == len(data)
            and np.all(indptr[:-1] <= indptr[1:])
            and np.all(indices >= 0)
            and np.all(indices < columns)
        ):
            raise ValueError(f"the sparse array {path} is not sound")
        value = cls((data, indices, indptr), shape=shape)
        value.indices, value.indptr = indices, indptr  # csr_matrix would narrow int64
        return value
