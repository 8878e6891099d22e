"""Attention of several heads, each of which compares queries and keys in a view of its own."""

import math

from pellucid.autograd.creation import empty, zeros
from pellucid.nn import functional as F
from pellucid.nn import init
from pellucid.nn.modules.linear import Linear
from pellucid.nn.modules.module import Module
from pellucid.nn.parameter import Parameter

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """Concat(head_1 ... head_H) W_O,  head_h = attention(Q W_h^Q, K W_h^K, V W_h^V).

    Parameters
    ----------
    embed_dim : int
        The size of queries and of what comes out.
    num_heads : int
        H, which divides ``embed_dim``.
    dropout : float
        The share of attention weights that are dropped while learning.
    bias : bool
        Whether the projections have biases.
    kdim, vdim : int or None
        The sizes of keys and values; ``embed_dim`` if None.
    batch_first : bool
        Whether sequences come, and go, as (N, L, E) rather than (L, N, E).

    References
    ----------
    Vaswani et al., "Attention Is All You Need", 2017.
    """

    def __init__(
        self,
        embed_dim,
        num_heads,
        dropout=0.0,
        bias=True,
        kdim=None,
        vdim=None,
        batch_first=False,
        device=None,
        dtype=None,
    ):
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0 or embed_dim % num_heads:
            raise ValueError(
                f"embed_dim must be divisible by num_heads, both above 0; got {embed_dim} and "
                f"{num_heads}"
            )
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, dropout
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        self.batch_first, self.head_dim = batch_first, embed_dim // num_heads
        options = {"device": device, "dtype": dtype}
        self._of_one_size = self.kdim == self.vdim == embed_dim
        separate = {"q_proj_weight": embed_dim, "k_proj_weight": self.kdim}
        separate |= {"v_proj_weight": self.vdim}
        for name, width in separate.items():
            weight = None if self._of_one_size else Parameter(empty(embed_dim, width, **options))
            self.register_parameter(name, weight)
        joint = Parameter(empty(3 * embed_dim, embed_dim, **options))
        self.register_parameter("in_proj_weight", joint if self._of_one_size else None)
        biases = Parameter(empty(3 * embed_dim, **options)) if bias else None
        self.register_parameter("in_proj_bias", biases)
        self.out_proj = Linear(embed_dim, embed_dim, bias, **options)
        self._reset_parameters()

    def _reset_parameters(self):
        names = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight")
        for name in names:
            if (weight := getattr(self, name)) is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)

    def forward(
        self,
        query,
        key,
        value,
        key_padding_mask=None,
        need_weights=True,
        attn_mask=None,
        average_attn_weights=True,
        is_causal=False,
    ):
        """What each query found (N, L, E), and the weights with which it looked, or None.

        Parameters
        ----------
        query, key, value : Tensors (L, N, E), (S, N, K) and (S, N, V); or without N
            Who looks, at what, and what is found there.
        key_padding_mask : Tensor (N, S) or None
            Boolean: which keys are nothing but padding; else it is added to the scores.
        need_weights : bool
            Whether the weights are wanted; without them it is faster.
        attn_mask : Tensor (L, S) or (N H, L, S), or None
            Boolean: who may **not** be seen; else it is added to the scores.
        average_attn_weights : bool
            Whether the weights are the mean over the heads (N, L, S), or of each (N, H, L, S).
        is_causal : bool
            That ``attn_mask`` is the causal one: a hint, which needs the mask as well.
        """
        if is_causal and attn_mask is None:
            raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
        single = query.ndim == 2
        q, k, v = self._projected(query, key, value)
        q, k, v = (self._by_head(x, single) for x in (q, k, v))  # (N, H, L, E / H)
        mask = self._mask(attn_mask, key_padding_mask, q)
        dropped = self.dropout if self.training else 0.0
        if need_weights:
            scores = q / math.sqrt(self.head_dim) @ k.transpose(-1, -2)
            weights = F.softmax(scores if mask is None else scores + mask, -1)
            weights = F.dropout(weights, dropped) if dropped else weights
            found = weights @ v
            weights = weights.mean(1) if average_attn_weights else weights
            weights = weights.squeeze(0) if single else weights
        else:
            found, weights = F.scaled_dot_product_attention(q, k, v, mask, dropped), None
        found = self.out_proj(found.transpose(1, 2).flatten(2))  # (N, L, E)
        if single:
            return found.squeeze(0), weights
        return found if self.batch_first else found.transpose(0, 1), weights

    def _projected(self, query, key, value):
        bias = self.in_proj_bias
        if self._of_one_size and query is key and key is value:
            return F.linear(query, self.in_proj_weight, bias).chunk(3, -1)
        biases = (None,) * 3 if bias is None else bias.chunk(3)
        if self._of_one_size:
            weights = self.in_proj_weight.chunk(3)
        else:
            weights = self.q_proj_weight, self.k_proj_weight, self.v_proj_weight
        return [F.linear(*args) for args in zip((query, key, value), weights, biases, strict=True)]

    def _by_head(self, x, single):
        if single:
            x = x.unsqueeze(0)
        elif not self.batch_first:
            x = x.transpose(0, 1)
        return x.unflatten(-1, (self.num_heads, self.head_dim)).transpose(1, 2)

    def _mask(self, attn_mask, key_padding_mask, q):
        """Both masks as one that is added to the scores (N, H, L, S), or None."""
        total = None
        if attn_mask is not None:
            mask = _added(attn_mask, q)
            total = mask.unflatten(0, (-1, self.num_heads)) if mask.ndim == 3 else mask
        if key_padding_mask is not None:
            mask = _added(key_padding_mask, q)
            mask = mask.reshape(-1, 1, 1, mask.shape[-1])
            total = mask if total is None else total + mask
        return total


def _added(mask, like):
    """-∞ where a boolean mask says that nothing may be seen; other masks as they are."""
    if mask.is_floating_point():
        return mask
    nothing = zeros(*mask.shape, dtype=like.dtype, device=like.device)
    return nothing.masked_fill(mask, -math.inf)
