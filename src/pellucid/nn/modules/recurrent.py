"""Recurrent layers: stacked, in both directions of time, over padded or packed sequences."""

import math
import warnings

from pellucid.autograd.creation import empty, zeros
from pellucid.autograd.functions.shaping import cat, stack
from pellucid.nn import functional as F
from pellucid.nn import init
from pellucid.nn.modules.module import Module
from pellucid.nn.parameter import Parameter
from pellucid.nn.utils.rnn import PackedSequence, taken

__all__ = ["GRU", "LSTM", "RNN", "check_input", "check_nonlinearity", "uniform"]

DEFAULTS = {  # of what is said of a layer only if it is otherwise
    "proj_size": 0,
    "num_layers": 1,
    "bias": True,
    "batch_first": False,
    "dropout": 0.0,
    "bidirectional": False,
}


class _Recurrent(Module):
    """What the three have in common: weights by name, layers, directions, packed sequences.

    ``gates`` is how many rows of weights there are for each unit; ``states`` how many tensors a
    state is made of; ``names`` are those of a layer's weights, in the order its op takes them.
    """

    gates, states = 1, 1
    names: tuple[str, ...] = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        device=None,
        dtype=None,
    ):
        super().__init__()
        check_sizes(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        for name, value in (("bias", bias), ("batch_first", batch_first)):
            if not isinstance(value, bool):
                raise TypeError(f"{name} should be of type bool, got: {type(value).__name__}")
        if not 0 <= dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an "
                "element being zeroed"
            )
        if proj_size and "weight_hr" not in self.names:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if proj_size < 0:
            raise ValueError(
                "proj_size should be a positive integer or zero to disable projections"
            )
        if proj_size >= hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if dropout and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero "
                f"dropout expects num_layers greater than 1, but got dropout={dropout} and "
                f"num_layers={num_layers}",
                stacklevel=3,
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        options = {"device": device, "dtype": dtype}
        rows, shown = self.gates * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            width = input_size if layer == 0 else shown * (1 + bidirectional)
            shapes = {"weight_ih": (rows, width), "weight_hh": (rows, shown)}
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)} if bias else {}
            shapes |= {"weight_hr": (proj_size, hidden_size)} if proj_size else {}
            for suffix in self._suffixes(layer):
                for name, shape in shapes.items():
                    setattr(self, name + suffix, Parameter(empty(*shape, **options)))
        self.reset_parameters()

    @property
    def mode(self):
        """Which of the three it is, in PyTorch's word."""
        return type(self).__name__

    @property
    def all_weights(self):
        """The weights of each layer and direction."""
        layers = range(self.num_layers)
        each = [self._weights(suffix) for k in layers for suffix in self._suffixes(k)]
        return [[w for w in weights if w is not None] for weights in each]

    def reset_parameters(self):
        """Begin anew: all uniform on ±1/√hidden_size."""
        uniform(self)

    def flatten_parameters(self):
        """For programs that ask for one piece of memory: here the weights need not lie in one."""

    def _suffixes(self, layer):
        return [f"_l{layer}", f"_l{layer}_reverse"][: 1 + self.bidirectional]

    def _weights(self, suffix):
        return [getattr(self, name + suffix, None) for name in self.names]

    def forward(self, input, hx=None):
        """The last layer's h at all times, and the state of every layer at the last.

        Parameters
        ----------
        input : Tensor (T, N, I), or (N, T, I) if ``batch_first``; Tensor (T, I); PackedSequence
            The sequences.
        hx : Tensor (layers x directions, N, H), for an LSTM a pair of them, or None
            The states before time 0; zeros if None.
        """
        x, sizes, order, back = input if isinstance(input, PackedSequence) else self._times(input)
        check_input(x, self.input_size, self.weight_ih_l0)
        if sizes is not None:
            sizes = tuple(sizes.tolist())
        n_sequences = x.shape[1] if sizes is None else sizes[0]
        single = sizes is None and input.ndim == 2
        first = self._first_states(hx, n_sequences, single, x)
        last = []
        for layer in range(self.num_layers):
            if layer and self.dropout and self.training:
                x = F.dropout(x, self.dropout)
            outs = []
            for suffix in self._suffixes(layer):
                state = [taken(s, order._array) if order is not None else s for s in next(first)]
                reverse = suffix.endswith("reverse")
                y, *state = self._layer(x, *state, self._weights(suffix), sizes, reverse)
                last.append([taken(s, back._array) if back is not None else s for s in state])
                outs.append(y)
            x = outs[0] if len(outs) == 1 else cat(outs, -1)
        state = [stack(parts) for parts in zip(*last, strict=True)]
        if sizes is not None:
            x = PackedSequence(x, *input[1:])
        elif single:
            x, state = x.squeeze(1), [s.squeeze(1) for s in state]
        elif self.batch_first:
            x = x.transpose(0, 1)
        return x, tuple(state) if self.states > 1 else state[0]

    def _times(self, input):
        """The input as (T, N, I), all of whose sequences run all the time."""
        if input.ndim not in (2, 3):
            raise ValueError(
                f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.ndim}D instead"
            )
        if input.ndim == 2:
            input = input.unsqueeze(1)
        elif self.batch_first:
            input = input.transpose(0, 1)
        return input, None, None, None

    def _first_states(self, hx, n_sequences, single, x):
        """The tensors (N, H) of which the state of each layer and direction is made."""
        number, widths = (
            self.num_layers * (1 + self.bidirectional),
            [self.hidden_size] * self.states,
        )
        widths[0] = self.proj_size or self.hidden_size
        if hx is None:
            zero = [zeros(n_sequences, H, dtype=x.dtype, device=x.device) for H in widths]
            return iter([zero] * number)
        parts = hx if self.states > 1 else [hx]
        wanted = 2 if single else 3
        if any(part.ndim != wanted for part in parts):
            raise RuntimeError(
                f"For {'unbatched 2-D' if single else 'batched 3-D'} input, hx should also be "
                f"{wanted}-D but got {[part.ndim for part in parts]}-D tensors"
            )
        parts = [part.unsqueeze(1) if single else part for part in parts]
        for part, width in zip(parts, widths, strict=True):
            shape = (number, n_sequences, width)
            if tuple(part.shape) != shape:
                raise RuntimeError(f"Expected hidden size {shape}, got {list(part.shape)}")
        return zip(*(part.unbind(0) for part in parts), strict=True)

    def extra_repr(self):
        given = [
            f"{name}={value}"
            for name, default in DEFAULTS.items()
            if (value := getattr(self, name)) != default
        ]
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *given])


class RNN(_Recurrent):
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), or relu.

    Parameters
    ----------
    input_size, hidden_size : int
        The last sizes of x and of h.
    num_layers : int
        How many layers, each of which reads what the one below shows.
    nonlinearity : {"tanh", "relu"}
        What the sum goes through.
    bias : bool
        Whether there are b_ih and b_hh.
    batch_first : bool
        Whether sequences come, and go, as (N, T, ...) rather than (T, N, ...).
    dropout : float
        The share of numbers that are dropped between layers while learning.
    bidirectional : bool
        Whether each layer goes through time a second time, backward, and shows both.
    """

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        nonlinearity="tanh",
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
    ):
        check_nonlinearity(nonlinearity)
        options = bias, batch_first, dropout, bidirectional, 0, device, dtype
        super().__init__(input_size, hidden_size, num_layers, *options)
        self.nonlinearity = nonlinearity

    def _layer(self, x, h, weights, sizes, reverse):
        options = {"batch_sizes": sizes, "reverse": reverse, "nonlinearity": self.nonlinearity}
        return F.rnn_layer(x, h, *weights, **options)


class LSTM(_Recurrent):
    """c_t = σ(f) c_{t-1} + σ(i) tanh(g), h_t = σ(o) tanh(c_t), with gates as in ``lstm_layer``.

    The state is a pair (h, c).  The parameters are those of ``RNN``, without ``nonlinearity``; with
    ``proj_size`` h is a product W_hr σ(o) tanh(c_t) of so many numbers, which is what is shown.
    """

    gates, states = 4, 2
    names = (*_Recurrent.names, "weight_hr")

    def _layer(self, x, h, c, weights, sizes, reverse):
        return F.lstm_layer(x, h, c, *weights, batch_sizes=sizes, reverse=reverse)


class GRU(_Recurrent):
    """h_t = (1 - z) n + z h_{t-1}, with gates as in ``gru_layer``.

    The parameters are those of ``RNN``, without ``nonlinearity``.
    """

    gates = 3

    def _layer(self, x, h, weights, sizes, reverse):
        return F.gru_layer(x, h, *weights, batch_sizes=sizes, reverse=reverse)


def uniform(module):
    """All parameters uniform on ±1/√hidden_size."""
    bound = 1 / math.sqrt(max(module.hidden_size, 1))
    for parameter in module.parameters():
        init.uniform_(parameter, -bound, bound)


def check_sizes(**sizes):
    """That they are whole numbers above zero."""
    for name, size in sizes.items():
        if not isinstance(size, int):
            raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
        if size <= 0:
            raise ValueError(f"{name} must be greater than zero")


def check_nonlinearity(nonlinearity):
    """That there is such a one."""
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")


def check_input(x, input_size, weight):
    """That x has the size and the type of what the weights were made for."""
    if x.shape[-1] != input_size:
        raise RuntimeError(
            f"input.size(-1) must be equal to input_size. Expected {input_size}, got {x.shape[-1]}"
        )
    if x.dtype != weight.dtype:
        raise ValueError(
            f"RNN input dtype ({x.dtype}) does not match weight dtype ({weight.dtype}). "
            f"Convert input: input.to({weight.dtype}), or convert model: model.to({x.dtype})"
        )
