"""Single steps of the recurrent layers, for loops of one's own."""

from pellucid.autograd.creation import empty, zeros
from pellucid.nn import functional as F
from pellucid.nn.modules.module import Module
from pellucid.nn.modules.recurrent import check_input, check_nonlinearity, uniform
from pellucid.nn.parameter import Parameter

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]


class _Cell(Module):
    """One step of a layer, of x (N, I) or (I,)."""

    gates, states = 1, 1

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        options, rows = {"device": device, "dtype": dtype}, self.gates * hidden_size
        self.weight_ih = Parameter(empty(rows, input_size, **options))
        self.weight_hh = Parameter(empty(rows, hidden_size, **options))
        self.register_parameter("bias_ih", Parameter(empty(rows, **options)) if bias else None)
        self.register_parameter("bias_hh", Parameter(empty(rows, **options)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self):
        """Begin anew: all uniform on ±1/√hidden_size."""
        uniform(self)

    def forward(self, input, hx=None):
        """The next state, of x (N, I) and a state (N, H), for an LSTM a pair; zeros if None."""
        if input.ndim not in (1, 2):
            raise ValueError(
                f"{type(self).__name__}: Expected input to be 1D or 2D, got {input.ndim}D instead"
            )
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input has inconsistent input_size: got {input.shape[-1]} expected "
                f"{self.input_size}"
            )
        check_input(input, self.input_size, self.weight_ih)
        shape = (*input.shape[:-1], self.hidden_size)
        if hx is None:
            state = [zeros(*shape, dtype=input.dtype, device=input.device)] * self.states
        else:
            state = hx if self.states > 1 else [hx]
        self._check_state(state, shape)
        if input.ndim == 1:
            input, state = input.unsqueeze(0), [s.unsqueeze(0) for s in state]
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        _, *state = self._step(input.unsqueeze(0), *state, *weights)
        state = [s.reshape(shape) for s in state]
        return tuple(state) if self.states > 1 else state[0]

    def _check_state(self, state, shape):
        for k, s in enumerate(state):
            if s.ndim not in (1, 2):
                name = f"hx[{k}]" if self.states > 1 else "hidden"
                raise ValueError(
                    f"{type(self).__name__}: Expected {name} to be 1D or 2D, got {s.ndim}D instead"
                )
            if s.shape[-1] != shape[-1]:
                raise RuntimeError(
                    f"hidden{k} has inconsistent hidden_size: got {s.shape[-1]}, expected "
                    f"{shape[-1]}"
                )
            if tuple(s.shape) != shape:
                raise RuntimeError(
                    f"Input batch size {list(shape[:-1])} doesn't match hidden{k} batch size "
                    f"{list(s.shape[:-1])}"
                )

    def extra_repr(self):
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(_Cell):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu."""

    def __init__(
        self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None
    ):
        check_nonlinearity(nonlinearity)
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = nonlinearity

    def _step(self, *args):
        return F.rnn_layer(*args, nonlinearity=self.nonlinearity)

    def extra_repr(self):
        tanh = self.nonlinearity == "tanh"
        return super().extra_repr() + ("" if tanh else f", nonlinearity={self.nonlinearity}")


class LSTMCell(_Cell):
    """(h', c') of x and (h, c): one step of ``lstm_layer``."""

    gates, states = 4, 2

    def _step(self, *args):
        return F.lstm_layer(*args)


class GRUCell(_Cell):
    """h' of x and h: one step of ``gru_layer``."""

    gates = 3

    def _step(self, *args):
        return F.gru_layer(*args)
