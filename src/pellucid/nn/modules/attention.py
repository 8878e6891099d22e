"""Attention of several heads, each of which compares queries and keys in a view of its own."""

from pellucid.autograd.creation import empty
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
    add_bias_kv, add_zero_attn : bool
        Whether there is one more key and value that are learned, or that are zeros.
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
        add_bias_kv=False,
        add_zero_attn=False,
        kdim=None,
        vdim=None,
        batch_first=False,
        device=None,
        dtype=None,
    ):
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                "embed_dim and num_heads must be greater than 0, got "
                f"embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        if embed_dim % num_heads:
            raise AssertionError(
                f"embed_dim must be divisible by num_heads, as {embed_dim} is not by {num_heads}"
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
        for name in ("bias_k", "bias_v"):
            more = Parameter(empty(1, 1, embed_dim, **options)) if add_bias_kv else None
            self.register_parameter(name, more)
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self):
        names = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight")
        for name in names:
            if (weight := getattr(self, name)) is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for more in (self.bias_k, self.bias_v):
            if more is not None:
                init.xavier_normal_(more)

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
        """What each query found, and the weights with which it looked, or None.

        Sequences and masks are those of ``multi_head_attention_forward``; sequences are (N, L, E)
        if ``batch_first``.
        """
        return F.multi_head_attention_forward(
            *(query, key, value, self.embed_dim, self.num_heads),
            *(self.in_proj_weight, self.in_proj_bias, self.bias_k, self.bias_v),
            *(self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias),
            *(self.training, key_padding_mask, need_weights, attn_mask),
            *(not self._of_one_size, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight),
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
            batch_first=self.batch_first,
        )
