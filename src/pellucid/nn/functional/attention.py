"""Attention: every query takes the mean of the values, weighed by how well their keys answer it.

    attention(Q, K, V) = softmax(Q Kᵀ / √E) V

A. Vaswani et al., *Attention Is All You Need* (2017).  The compiled form keeps no (L, S) table of
weights: T. Dao et al., *FlashAttention* (2022), from whom it has the backward pass as well.
"""

import math

import numpy as np

from pellucid.autograd import op, sum_to
from pellucid.autograd.creation import ones
from pellucid.nn.functional._attention_blocks import attend, attend_back, memory_of, table_of
from pellucid.nn.functional.dropping import dropout
from pellucid.reduction import blocks, map_blocks

__all__ = ["dot_product_attention", "scaled_dot_product_attention"]

SCORES = 1 << 18  # of the heads of one block: some 0.4 ms, so that a core that wakes late has less


@op
def dot_product_attention(
    query, key, value, attn_mask=None, keep=None, is_causal=False, scale: float | None = None
):
    """Of queries (..., L, E), keys (..., S, E) and values (..., S, V): (..., L, V).

    ``attn_mask`` (..., L, S) says who may be seen, if it is boolean, and is added to the scores
    otherwise; a causal query l sees the keys up to the l-th.  One that sees nobody yields zeros.
    ``keep`` (..., L, S) multiplies the weights: dropout's mask.  ``scale`` stands for 1 / √E.
    """
    _check(query, key, value)
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = scale * (query @ np.swapaxes(key, -1, -2))  # (..., L, S)
    if attn_mask is not None:
        boolean = np.dtype(attn_mask.dtype).kind == "b"
        scores = np.where(attn_mask, scores, -np.inf) if boolean else scores + attn_mask
    if is_causal:
        scores = np.where(np.tri(*scores.shape[-2:], like=scores) > 0, scores, -np.inf)
    top = np.max(scores, -1, keepdims=True) if scores.shape[-1] else 0
    weights = np.exp(scores - np.where(np.isfinite(top), top, 0))
    total = np.sum(weights, -1, keepdims=True)
    weights = weights / np.where(total > 0, total, 1)
    kept = weights if keep is None else weights * keep

    def vjp(dy):
        d_weights = dy @ np.swapaxes(value, -1, -2)
        d_weights = d_weights if keep is None else d_weights * keep
        spread = np.sum(d_weights * weights, -1, keepdims=True)
        d_scores = weights * (d_weights - spread)  # (..., L, S)
        return (
            lambda: sum_to(scale * (d_scores @ key), query.shape),
            lambda: sum_to(scale * (np.swapaxes(d_scores, -1, -2) @ query), key.shape),
            lambda: sum_to(np.swapaxes(kept, -1, -2) @ dy, value.shape),
            lambda: sum_to(d_scores, attn_mask.shape),
            None,
        )

    return kept @ value, vjp


@dot_product_attention.kernel
def attention_compiled(
    query, key, value, attn_mask=None, keep=None, is_causal=False, scale: float | None = None
):
    """The same, some heads at a time on each core, and of a head 64 queries and keys at a time."""
    _check(query, key, value)
    given = query, key, value, attn_mask, keep, is_causal, scale
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    lead = np.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    q, k, v = (_heads(a, lead) for a in (query, key, value))
    (B, H, L, _), S = q.shape, k.shape[2]
    if q.dtype != np.float32 or 0 in (q.size, k.size, v.size):
        return dot_product_attention.body(*given)
    tables = table_of(attn_mask, lead, L, S), table_of(keep, lead, L, S)
    inputs = (*map(memory_of, (q, k, v)), *tables, is_causal, np.float32(scale))
    out, log_total = np.empty((B, L, H, v.shape[3]), q.dtype), np.empty((B * H, L), q.dtype)
    heads, some = np.arange(B * H), blocks(B * H, L * S, SCORES)
    map_blocks(lambda s: attend(heads[s], *inputs, out, log_total), some)

    def vjp(dy):
        kept = memory_of(np.swapaxes(out, 1, 2)), log_total, memory_of(_heads(dy, lead))
        dq, dk, dv = (np.empty((B, a.shape[2], H, a.shape[3]), a.dtype) for a in (q, k, v))
        map_blocks(lambda s: attend_back(heads[s], *inputs, *kept, dq, dk, dv), some)
        return (
            sum_to(_as_given(dq, lead), query.shape),
            sum_to(_as_given(dk, lead), key.shape),
            sum_to(_as_given(dv, lead), value.shape),
            lambda: dot_product_attention.body(*given)[1](dy)[3](),
            None,
        )

    return _as_given(out, lead), vjp


def _check(query, key, value):
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        shapes = ", ".join(str(tuple(a.shape)) for a in (query, key, value))
        raise RuntimeError(f"queries, keys and values of shapes {shapes} do not fit each other")


def _heads(a, lead):
    """a (..., L, E) as (B, H, L, E)."""
    shape = (math.prod(lead[:-1]), math.prod(lead[-1:]), *a.shape[-2:])
    if a.shape[:-2] != lead:  # else its heads are read where they lie, and not as a copy
        a = np.broadcast_to(a, (*lead, *a.shape[-2:]))
    return np.reshape(a, shape)


def _as_given(a, lead):
    """a (B, L, H, E) as (..., L, E): the heads of a query lie side by side, ready to be joined."""
    a = np.swapaxes(a, 1, 2)
    return np.reshape(a, (*lead, *a.shape[2:]))


def scaled_dot_product_attention(
    query,
    key,
    value,
    attn_mask=None,
    dropout_p=0.0,
    is_causal=False,
    scale=None,
    enable_gqa=False,
):
    """softmax(Q Kᵀ scale + mask) V, with a share ``dropout_p`` of the weights dropped.

    Parameters
    ----------
    query, key, value : Tensors (..., L, E), (..., S, E) and (..., S, V)
        Q, K and V.
    attn_mask : Tensor (..., L, S) or None
        Boolean: who may be seen; else it is added to the scores.
    dropout_p : float
        The share of weights to drop: the caller says whether it is learning.
    is_causal : bool
        Whether query l sees the keys up to the l-th alone.
    scale : float or None
        What the scores are multiplied by; 1 / √E if None.
    enable_gqa : bool
        Whether several heads of queries share one head of keys and values.
    """
    _check_tensors(query, key, value, attn_mask, is_causal)
    if enable_gqa:
        if query.shape[-3] % key.shape[-3] or query.shape[-3] % value.shape[-3]:
            raise RuntimeError(
                "Number of heads in key and value must divide the number of heads in query: "
                f"{key.shape[-3]}, {value.shape[-3]} and {query.shape[-3]}"
            )
        key, value = (x.repeat_interleave(query.shape[-3] // x.shape[-3], -3) for x in (key, value))
    keep = None
    if dropout_p:
        lead = np.broadcast_shapes(query.shape[:-2], key.shape[:-2])
        keep = dropout(ones(*lead, query.shape[-2], key.shape[-2], dtype=query.dtype), dropout_p)
    return dot_product_attention(query, key, value, attn_mask, keep, is_causal, scale)


def _check_tensors(query, key, value, attn_mask, is_causal):
    """That they are of one type, have a sequence, and that there is one mask at most."""
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be at least 2 dimensional, but got query.dim: "
            f"{query.ndim} key.dim: {key.ndim} and value.dim: {value.ndim} instead."
        )
    if not query.dtype == key.dtype == value.dtype:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{query.dtype} key.dtype: {key.dtype} and value.dtype: {value.dtype} instead."
        )
    if attn_mask is not None and is_causal:
        raise RuntimeError("Explicit attn_mask should not be set when is_causal=True")
    if attn_mask is not None and attn_mask._array.dtype.kind not in "bf":
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
            f"attn_mask.dtype: {attn_mask.dtype} and query.dtype: {query.dtype} instead."
        )
