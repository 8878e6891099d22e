"""Gradients of many parameters as one vector: its norm, and making it shorter."""

import math

import numpy as np

from pellucid.autograd import Tensor

__all__ = ["clip_grad_norm_", "clip_grad_value_"]


def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """g ← g min(1, c / (‖g‖ + 10⁻⁶)) for all gradients together; gives ‖g‖ as it was.

    Raises
    ------
    RuntimeError
        If ‖g‖ is infinite or NaN, and ``error_if_nonfinite``.
    """
    gradients = _gradients(parameters)
    norms = [np.linalg.norm(np.reshape(g._array, -1), norm_type) for g in gradients]
    norm = np.linalg.norm(np.array(norms), norm_type) if norms else np.float32(0.0)
    if error_if_nonfinite and not math.isfinite(norm):
        raise RuntimeError(f"the norm of order {norm_type} of the gradients is {norm}: not clipped")
    factor = min(1.0, max_norm / (float(norm) + 1e-6)) if not math.isnan(norm) else math.nan
    for g in gradients:
        g._array *= g._array.dtype.type(factor)
        g._bump()
    return Tensor._of(np.asarray(norm))


def clip_grad_value_(parameters, clip_value):
    """Each number of each gradient into [-c, c]."""
    for g in _gradients(parameters):
        np.clip(g._array, -clip_value, clip_value, out=g._array)
        g._bump()


def _gradients(parameters):
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad for p in parameters if p.grad is not None]
