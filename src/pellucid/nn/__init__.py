"""Layers: modules with their parameters, and the functions that they call."""

from pellucid.nn import functional, init, utils
from pellucid.nn.modules.attention import MultiheadAttention
from pellucid.nn.modules.containers import ModuleDict, ModuleList, ParameterList, Sequential
from pellucid.nn.modules.linear import Bilinear, Flatten, Identity, Linear, Unflatten
from pellucid.nn.modules.module import Module
from pellucid.nn.modules.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from pellucid.nn.modules.transformer import (
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from pellucid.nn.parameter import Parameter

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Bilinear",
    "Flatten",
    "GRUCell",
    "Identity",
    "LSTMCell",
    "Linear",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiheadAttention",
    "Parameter",
    "ParameterList",
    "RNNCell",
    "Sequential",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "Unflatten",
    "functional",
    "init",
    "utils",
]
