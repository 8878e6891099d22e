"""NumPy's errors under the names that PyTorch gives them."""

import numpy as np

__all__ = ["LinAlgError", "as_pytorch"]


class LinAlgError(np.linalg.LinAlgError, RuntimeError):
    """A matrix that has no inverse, or no such decomposition."""


NUMPYS = {  # how a message of NumPy begins: what PyTorch raises there
    "operands could not be broadcast": RuntimeError,
    "could not broadcast": RuntimeError,
    "shape mismatch": RuntimeError,
    "cannot reshape": RuntimeError,
    "can only specify one unknown": RuntimeError,
    "all the input array": RuntimeError,
    "all input arrays must have": RuntimeError,
    "need at least one array": RuntimeError,
    "negative dimensions": RuntimeError,
    "all elements of broadcast shape": RuntimeError,
    "duplicate value in 'axis'": RuntimeError,
    "repeated axis": RuntimeError,
    "axes don't match": RuntimeError,
    "NumPy boolean array indexing": RuntimeError,
    "setting an array element": RuntimeError,
    "Size of label": RuntimeError,
    "einstein sum": RuntimeError,
    "Output character": RuntimeError,
    "Integers to negative": RuntimeError,
    "zero-size array to reduction": RuntimeError,
    "attempt to get arg": IndexError,
    "input operand has more dimensions": RuntimeError,
    "numpy boolean": NotImplementedError,
    "The numpy boolean": NotImplementedError,
    "ufunc '": NotImplementedError,
}


def as_pytorch(error):
    """The error that PyTorch would raise where NumPy raised this one; its own words otherwise."""
    if isinstance(error, np.exceptions.AxisError):
        n, axis = error.ndim, error.axis
        if n is None:
            return IndexError(f"Dimension out of range: {error}")
        return IndexError(
            f"Dimension out of range (expected to be in range of [{-max(n, 1)}, {max(n, 1) - 1}], "
            f"but got {axis})"
        )
    if isinstance(error, np.linalg.LinAlgError):
        return LinAlgError(str(error))
    for beginning, kind in NUMPYS.items():
        if str(error).startswith(beginning):
            return kind(str(error))
    return error
