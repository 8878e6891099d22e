"""The transformer's layers: attention, then two affine layers, each added to what it was given.

    z = norm(x + attention(x, x, x)),   y = norm(z + W₂ relu(W₁ z + b₁) + b₂)

or, with ``norm_first``, x + attention(norm x) and so on.  A decoder's layer looks at the encoder's
output, the memory, between the two.

Vaswani et al., "Attention Is All You Need", 2017; Xiong et al., "On Layer Normalization in the
Transformer Architecture", 2020, on where the norm stands.
"""

import copy
import math

from pellucid.autograd.creation import full
from pellucid.nn import functional as F
from pellucid.nn import init
from pellucid.nn.modules.attention import MultiheadAttention
from pellucid.nn.modules.containers import ModuleList
from pellucid.nn.modules.dropouts import Dropout
from pellucid.nn.modules.linear import Linear
from pellucid.nn.modules.module import Module
from pellucid.nn.modules.normalization import LayerNorm

__all__ = [
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]


class TransformerEncoderLayer(Module):
    """Self-attention, then two affine layers, each with dropout, an addition and a norm.

    Parameters
    ----------
    d_model, nhead, dim_feedforward : int
        The sizes of x and of the space between the affine layers, and the number of heads.
    dropout : float
        The share that is dropped of attention weights and of what each part adds.
    activation : {"relu", "gelu"} or callable
        What stands between the affine layers.
    layer_norm_eps : float
        The ε of the norms.
    batch_first : bool
        Whether sequences are (N, L, E) rather than (L, N, E).
    norm_first : bool
        Whether the norm comes before each part rather than after it.
    bias : bool
        Whether affine layers and norms have biases.
    """

    def __init__(
        self,
        d_model,
        nhead,
        dim_feedforward=2048,
        dropout=0.1,
        activation=F.relu,
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        options = {"bias": bias, "device": device, "dtype": dtype}
        attention = {"dropout": dropout, "batch_first": batch_first, **options}
        self.self_attn = MultiheadAttention(d_model, nhead, **attention)
        self.linear1 = Linear(d_model, dim_feedforward, **options)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **options)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, **options)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, **options)
        self.dropout1, self.dropout2 = Dropout(dropout), Dropout(dropout)
        self.activation = _activation(activation)

    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        masks = src_mask, src_key_padding_mask, is_causal
        x = _added(src, self.norm1, self.norm_first, lambda x: self._sa_block(x, *masks))
        return _added(x, self.norm2, self.norm_first, self._ff_block)

    def _sa_block(self, x, mask, padding, is_causal):
        return _attention(self.self_attn, x, x, mask, padding, is_causal, self.dropout1)

    def _ff_block(self, x):
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerDecoderLayer(Module):
    """As ``TransformerEncoderLayer``, with attention to a memory between its parts."""

    def __init__(
        self,
        d_model,
        nhead,
        dim_feedforward=2048,
        dropout=0.1,
        activation=F.relu,
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        options = {"bias": bias, "device": device, "dtype": dtype}
        attention = {"dropout": dropout, "batch_first": batch_first, **options}
        self.self_attn = MultiheadAttention(d_model, nhead, **attention)
        self.multihead_attn = MultiheadAttention(d_model, nhead, **attention)
        self.linear1 = Linear(d_model, dim_feedforward, **options)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **options)
        self.norm_first = norm_first
        for k in (1, 2, 3):
            setattr(self, f"norm{k}", LayerNorm(d_model, layer_norm_eps, **options))
        for k in (1, 2, 3):
            setattr(self, f"dropout{k}", Dropout(dropout))
        self.activation = _activation(activation)

    def forward(
        self,
        tgt,
        memory,
        tgt_mask=None,
        memory_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        tgt_is_causal=False,
        memory_is_causal=False,
    ):
        own = tgt_mask, tgt_key_padding_mask, tgt_is_causal
        other = memory_mask, memory_key_padding_mask, memory_is_causal
        x = _added(tgt, self.norm1, self.norm_first, lambda x: self._sa_block(x, *own))
        x = _added(x, self.norm2, self.norm_first, lambda x: self._mha_block(x, memory, *other))
        return _added(x, self.norm3, self.norm_first, self._ff_block)

    def _sa_block(self, x, mask, padding, is_causal):
        return _attention(self.self_attn, x, x, mask, padding, is_causal, self.dropout1)

    def _mha_block(self, x, memory, mask, padding, is_causal):
        return _attention(self.multihead_attn, x, memory, mask, padding, is_causal, self.dropout2)

    def _ff_block(self, x):
        return self.dropout3(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerEncoder(Module):
    """``num_layers`` copies of an encoder's layer, one after the other, and a last norm.

    Any value of ``enable_nested_tensor``, which picks PyTorch's way, gives the same here.
    """

    def __init__(self, encoder_layer, num_layers, norm=None, enable_nested_tensor=True):
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, bool(is_causal))
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(Module):
    """``num_layers`` copies of a decoder's layer, one after the other, and a last norm."""

    def __init__(self, decoder_layer, num_layers, norm=None):
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(decoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def forward(
        self,
        tgt,
        memory,
        tgt_mask=None,
        memory_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        tgt_is_causal=None,
        memory_is_causal=False,
    ):
        masks = tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        for layer in self.layers:
            tgt = layer(tgt, memory, *masks, bool(tgt_is_causal), memory_is_causal)
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder of the source, and a decoder of the target that looks at what it made.

    Parameters
    ----------
    d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps
        As in the layers, and so are ``batch_first``, ``norm_first`` and ``bias``.
    num_encoder_layers, num_decoder_layers : int
        How many layers.
    custom_encoder, custom_decoder : Module or None
        Others in their places.
    """

    def __init__(
        self,
        d_model=512,
        nhead=8,
        num_encoder_layers=6,
        num_decoder_layers=6,
        dim_feedforward=2048,
        dropout=0.1,
        activation=F.relu,
        custom_encoder=None,
        custom_decoder=None,
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        sizes = d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps
        options = {"bias": bias, "device": device, "dtype": dtype}
        layer = (*sizes, batch_first, norm_first)
        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*layer, **options),
            num_encoder_layers,
            LayerNorm(d_model, layer_norm_eps, **options),
        )
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*layer, **options),
            num_decoder_layers,
            LayerNorm(d_model, layer_norm_eps, **options),
        )
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self,
        src,
        tgt,
        src_mask=None,
        tgt_mask=None,
        memory_mask=None,
        src_key_padding_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        src_is_causal=None,
        tgt_is_causal=None,
        memory_is_causal=False,
    ):
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise RuntimeError(
                f"the batch number of src and tgt must be equal: {src.shape} and {tgt.shape}"
            )
        if not src.shape[-1] == tgt.shape[-1] == self.d_model:
            raise RuntimeError(
                f"the feature number of src and tgt must be equal to d_model, {self.d_model}: "
                f"{src.shape} and {tgt.shape}"
            )
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        masks = tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        return self.decoder(tgt, memory, *masks, tgt_is_causal, memory_is_causal)

    @staticmethod
    def generate_square_subsequent_mask(sz, device=None, dtype=None):
        """The causal mask (T, T): -∞ above the diagonal, which is added to the scores."""
        return full((sz, sz), -math.inf, device=device, dtype=dtype).triu(1)


def _added(x, norm, norm_first, part):
    """x and what a part of the layer makes of it, normed before or after."""
    return x + part(norm(x)) if norm_first else norm(x + part(x))


def _attention(module, x, memory, mask, padding, is_causal, dropout):
    out = module(x, memory, memory, padding, False, mask, is_causal=is_causal)[0]
    if module.batch_first and out.ndim == 3:  # PyTorch draws the mask time by time
        return dropout(out.transpose(0, 1)).transpose(0, 1)
    return dropout(out)


def _activation(activation):
    if callable(activation):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {activation}")
    return getattr(F, activation)
