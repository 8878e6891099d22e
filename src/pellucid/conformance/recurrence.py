"""Conformance of recurrent layers, attention and transformers with PyTorch."""

import numpy as np

from pellucid.conformance.neural import _differentiated
from pellucid.conformance.rows import agrees

rng = np.random.RandomState(0)
SERIES, STEP = rng.normal(size=(5, 2, 4)), rng.normal(size=(3, 4))
OTHER, MORE = rng.normal(size=(6, 2, 4)), rng.normal(size=(5, 3, 4))
LAYERS: dict = {
    ("RNN", "functional.rnn_layer"): ((4, 3), {"num_layers": 2, "bidirectional": True}, SERIES),
    ("LSTM", "functional.lstm_layer"): ((4, 3), {"num_layers": 2, "bidirectional": True}, SERIES),
    ("GRU", "functional.gru_layer"): ((4, 3), {"num_layers": 2, "batch_first": True}, SERIES),
    ("RNNCell",): ((4, 3), {}, STEP),
    ("LSTMCell",): ((4, 3), {}, STEP),
    ("GRUCell",): ((4, 3), {}, STEP),
    ("MultiheadAttention", "functional.dot_product_attention"): (
        (4, 2),
        {},
        *(SERIES, OTHER, OTHER),
    ),
    ("TransformerEncoderLayer",): ((4, 2, 8), {"dropout": 0.0}, SERIES),
    ("TransformerDecoderLayer",): ((4, 2, 8), {"dropout": 0.0}, SERIES, OTHER),
    ("Transformer", "TransformerEncoder", "TransformerDecoder"): (
        (4, 2, 1, 1, 8),
        {"dropout": 0.0, "batch_first": True},
        *(SERIES, MORE),
    ),
}


def _row(names, args, options, inputs):
    def case():
        import torch

        import pellucid

        layers = []
        for library in (pellucid, torch):
            library.manual_seed(7)
            layers.append(getattr(library.nn, names[0])(*args, **options))
        states = [layer.state_dict() for layer in layers]
        for key in states[1]:
            yield f"first {key}", states[0][key].numpy(), states[1][key].numpy()
        functions = [_first_of(layer.double()) for layer in layers]
        yield from _differentiated(*functions, inputs)

    case.__name__ = names[0]
    agrees(*[f"nn.{name}" for name in names], library="torch", rtol=1e-8)(case)


def _first_of(layer):
    """The layer without the states, or the weights, that it gives beside its output."""

    def function(*inputs):
        out = layer(*inputs)
        return out[0] if isinstance(out, tuple) else out

    return function


for _names, (_args, _options, *_inputs) in LAYERS.items():
    _row(_names, _args, _options, _inputs)


@agrees("nn.functional.scaled_dot_product_attention", library="torch", rtol=1e-9)
def scaled_attention():
    import torch

    import pellucid

    q, k, v = rng.normal(size=(3, 2, 2, 5, 4))
    for causal in (False, True):
        functions = [
            lambda *x, F=library.nn.functional, causal=causal: F.scaled_dot_product_attention(
                *x, is_causal=causal
            )
            for library in (pellucid, torch)
        ]
        yield from _differentiated(*functions, [q, k, v])


@agrees("nn.functional.multi_head_attention_forward", library="torch", rtol=1e-9)
def by_heads():
    import torch

    import pellucid

    x, W, b = rng.normal(size=(5, 2, 4)), rng.normal(size=(12, 4)), rng.normal(size=12)
    more, out = rng.normal(size=(2, 1, 1, 4)), rng.normal(size=(4, 4))
    functions = [
        lambda x, W, b, bias_k, bias_v, out, F=library.nn.functional: (
            F.multi_head_attention_forward(
                *(x, x, x, 4, 2, W, b, bias_k, bias_v, True, 0.0, out, None)
            )[0]
        )
        for library in (pellucid, torch)
    ]
    yield from _differentiated(*functions, [x, W, b, *more, out])
