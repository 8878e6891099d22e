"""Gradients held to a norm, or to a range."""

import numpy as np

from pellucid.autograd import Tensor

__all__ = ["clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]


def get_total_norm(tensors, norm_type=2.0, error_if_nonfinite=False):
    """‖(‖g₁‖, ‖g₂‖, ...)‖: the norm of all the tensors as one vector."""
    arrays = [t._array for t in _list(tensors)]
    order = float(norm_type)
    if not arrays:
        return Tensor._of(np.zeros((), np.float32))
    with np.errstate(all="ignore"):
        norms = np.stack([np.linalg.norm(np.reshape(a, -1), order) for a in arrays])
        total = np.linalg.norm(norms.astype(arrays[0].dtype), order)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {order} for gradients from `parameters` is non-finite, so it "
            "cannot be clipped. To scale them by it anyway, set `error_if_nonfinite=False`"
        )
    return Tensor._of(np.reshape(total, ()).astype(arrays[0].dtype))


def clip_grads_with_norm_(parameters, max_norm, total_norm):
    """g ← g · min(1, ``max_norm`` / (``total_norm`` + 10⁻⁶)), in place."""
    with np.errstate(all="ignore"):
        scale = np.minimum(float(max_norm) / (total_norm._array + 1e-6), 1)
        for gradient in _gradients(parameters):
            gradient._array *= scale.astype(gradient._array.dtype)
            gradient._bump()


def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """Scale all gradients so that their norm is at most ``max_norm``; the norm is returned.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensors
        Those without a gradient are passed over.
    max_norm : float
        The most that is let be.
    norm_type : float
        p of the p-norm; ``inf`` is the largest absolute value.
    error_if_nonfinite : bool
        Whether a norm that is infinite or NaN is an error.
    foreach : bool or None
        Either way the answer is the same.
    """
    parameters = _list(parameters)
    total = get_total_norm(_gradients(parameters), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(parameters, max_norm, total)
    return total


def clip_grad_value_(parameters, clip_value, foreach=None):
    """g ← min(max(g, -c), c) with c = ``clip_value``, in place; the same for any ``foreach``."""
    limit = float(clip_value)
    for gradient in _gradients(parameters):
        np.clip(gradient._array, -limit, limit, out=gradient._array)
        gradient._bump()


def _list(tensors):
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients(parameters):
    return [p.grad for p in _list(parameters) if p.grad is not None]
