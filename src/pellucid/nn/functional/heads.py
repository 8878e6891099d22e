"""Attention of several heads, each of which compares queries and keys in a view of its own.

    Concat(head_1 ... head_H) W_O,  head_h = attention(Q W_h^Q, K W_h^K, V W_h^V)

Vaswani et al., "Attention Is All You Need", 2017.
"""

import math

from pellucid.autograd.creation import zeros
from pellucid.autograd.functions.shaping import cat
from pellucid.nn.functional.affine_maps import linear
from pellucid.nn.functional.attention import scaled_dot_product_attention
from pellucid.nn.functional.dropping import dropout
from pellucid.nn.functional.shares import softmax

__all__ = ["multi_head_attention_forward"]


def multi_head_attention_forward(
    query,
    key,
    value,
    embed_dim_to_check,
    num_heads,
    in_proj_weight,
    in_proj_bias,
    bias_k,
    bias_v,
    add_zero_attn,
    dropout_p,
    out_proj_weight,
    out_proj_bias,
    training=True,
    key_padding_mask=None,
    need_weights=True,
    attn_mask=None,
    use_separate_proj_weight=False,
    q_proj_weight=None,
    k_proj_weight=None,
    v_proj_weight=None,
    *,
    average_attn_weights=True,
    is_causal=False,
    batch_first=False,
):
    """What each query found (L, N, E), and the weights with which it looked, or None.

    Parameters
    ----------
    query, key, value : Tensors (L, N, E), (S, N, K) and (S, N, V); or without N
        Who looks, at what, and what is found there.
    embed_dim_to_check, num_heads : int
        E, and H which divides it.
    in_proj_weight, in_proj_bias : Tensors (3 E, E) and (3 E,) or None
        W^Q, W^K and W^V, one below the other; with ``use_separate_proj_weight`` they are
        ``q_proj_weight`` (E, E), ``k_proj_weight`` (E, K) and ``v_proj_weight`` (E, V).
    bias_k, bias_v : Tensors (1, 1, E) or None
        One more key and value, which are learned.
    add_zero_attn : bool
        Whether there is one more key and value of zeros.
    dropout_p : float
        The share of weights that are dropped in ``training``.
    out_proj_weight, out_proj_bias : Tensors (E, E) and (E,) or None
        W_O.
    key_padding_mask : Tensor (N, S) or None
        Boolean: which keys are nothing but padding; else it is added to the scores.
    need_weights, average_attn_weights : bool
        Whether the weights are wanted (without them it is faster); whether they are the mean over
        the heads (N, L, S), or of each (N, H, L, S).
    attn_mask : Tensor (L, S) or (N H, L, S), or None
        Boolean: who may **not** be seen; else it is added to the scores.
    is_causal : bool
        That ``attn_mask`` is the causal one: a hint, which needs the mask as well.
    batch_first : bool
        Whether sequences come, and go, as (N, L, E) rather than (L, N, E).
    """
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    _check(query, key, value, embed_dim_to_check, batch_first)
    single = query.ndim == 2
    if use_separate_proj_weight:
        weights = q_proj_weight, k_proj_weight, v_proj_weight
        q, k, v = _projected(query, key, value, weights, in_proj_bias)
    elif query is key and key is value:
        q, k, v = linear(query, in_proj_weight, in_proj_bias).chunk(3, -1)
    else:
        q, k, v = _projected(query, key, value, in_proj_weight.chunk(3), in_proj_bias)
    if single:
        q, k, v = (x.unsqueeze(0) for x in (q, k, v))
    elif not batch_first:
        q, k, v = (x.transpose(0, 1) for x in (q, k, v))
    N, S = k.shape[:2]
    if bias_k is not None:
        k, v = (cat([x, b.expand(N, 1, -1)], 1) for x, b in ((k, bias_k), (v, bias_v)))
    if add_zero_attn:
        k, v = (cat([x, x[:, :1] * 0], 1) for x in (k, v))
    heads = num_heads, embed_dim_to_check // num_heads
    q, k, v = (x.unflatten(-1, heads).transpose(1, 2) for x in (q, k, v))  # (N, H, L, E / H)
    mask = _mask(attn_mask, key_padding_mask, q, S, single)
    if mask is not None and k.shape[2] > S:  # what was put behind the keys may be seen by all
        mask = cat([mask, mask.new_zeros((*mask.shape[:-1], k.shape[2] - S))], -1)
    dropped = dropout_p if training else 0.0
    if need_weights:
        scores = q / math.sqrt(heads[1]) @ k.transpose(-1, -2)
        shares = softmax(scores if mask is None else scores + mask, -1)
        shares = dropout(shares, dropped) if dropped else shares
        found = shares @ v
        shares = shares.mean(1) if average_attn_weights else shares
        shares = shares.squeeze(0) if single else shares
    else:
        found, shares = scaled_dot_product_attention(q, k, v, mask, dropped), None
    found = linear(found.transpose(1, 2).flatten(2), out_proj_weight, out_proj_bias)  # (N, L, E)
    if single:
        return found.squeeze(0), shares
    return found if batch_first else found.transpose(0, 1), shares


def _check(query, key, value, embed_dim, batch_first):
    if query.ndim not in (2, 3) or not query.ndim == key.ndim == value.ndim:
        raise AssertionError(
            "query, key and value should be unbatched 2D or batched 3D tensors but received "
            f"{query.ndim}-D, {key.ndim}-D and {value.ndim}-D ones"
        )
    if query.shape[-1] != embed_dim:
        raise AssertionError(
            f"was expecting embedding dimension of {embed_dim}, but got {query.shape[-1]}"
        )
    if key.shape[:-1] != value.shape[:-1]:
        raise AssertionError(
            f"key shape {key.shape} does not match value shape {value.shape}: they are sequences "
            "of one length and batches of one size"
        )
    batch = 0 if batch_first else 1
    if query.ndim == 3 and query.shape[batch] != key.shape[batch]:
        raise RuntimeError(f"queries {list(query.shape)} and keys {list(key.shape)}: not one batch")


def _projected(query, key, value, weights, bias):
    biases = (None,) * 3 if bias is None else bias.chunk(3)
    return [linear(*args) for args in zip((query, key, value), weights, biases, strict=True)]


def _mask(attn_mask, key_padding_mask, q, S, single):
    """Both masks as one that is added to the scores (N, H, L, S), or None."""
    (N, H, L, _), total = q.shape, None
    if attn_mask is not None:
        if attn_mask.ndim not in (2, 3):
            raise AssertionError(f"attn_mask has 2 or 3 dimensions, not {attn_mask.ndim}")
        expected = (L, S) if attn_mask.ndim == 2 else (N * H, L, S)
        if tuple(attn_mask.shape) != expected:
            refused = AssertionError if single and attn_mask.ndim == 3 else RuntimeError
            raise refused(
                f"The shape of the {attn_mask.ndim}D attn_mask is {attn_mask.shape}, but should be "
                f"{expected}."
            )
        mask = _added(attn_mask, q, "attn_mask")
        total = mask.unflatten(0, (N, H)) if mask.ndim == 3 else mask
    if key_padding_mask is not None:
        expected = (S,) if single else (N, S)
        if tuple(key_padding_mask.shape) != expected:
            raise AssertionError(
                f"Expected key_padding_mask of shape {expected}, but got {key_padding_mask.shape}"
            )
        mask = _added(key_padding_mask, q, "key_padding_mask").reshape(N, 1, 1, S)
        total = mask if total is None else total + mask
    return total


def _added(mask, like, name):
    """-∞ where a boolean mask says that nothing may be seen; other masks as they are."""
    if mask.is_floating_point():
        return mask
    if mask._array.dtype.kind != "b":
        raise AssertionError(f"only bool and floating types of {name} are supported")
    nothing = zeros(*mask.shape, dtype=like.dtype, device=like.device)
    return nothing.masked_fill(mask, -math.inf)
