"""Recurrent layers and attention against PyTorch's: a step of learning, and forward alone.

Both sides begin from one seed, which gives them the same weights, and see the same numbers; the
figure is the loss.  PyTorch's attention is its fused one.
"""

import numpy as np

from benchmarks.rows import benchmark

LAYERS = "batch 32, 100 times, 2 x 256"
HEADS = "batch 8, 6 heads, 256 x 64"


def _library(library):
    """Layers, how to make tensors, and how to record nothing."""
    if library.name == "torch":
        import torch

        torch.manual_seed(0)
        return torch.nn, torch.tensor, torch.no_grad

    from pellucid import nn
    from pellucid.autograd import no_grad
    from pellucid.autograd._stream import manual_seed
    from pellucid.autograd.creation import tensor

    manual_seed(0)
    return nn, tensor, no_grad


def _learn(model, x):
    def step():
        model.zero_grad()
        y, _ = model(x)
        loss = (y * y).mean()
        loss.backward()
        return loss.item()

    return step


def _infer(model, x, no_grad):
    def forward():
        with no_grad():
            y, _ = model(x)
            return (y * y).mean().item()

    return forward


def _layers(library, kind):
    nn, tensor, no_grad = _library(library)
    x = np.random.default_rng(0).normal(size=(100, 32, 256)).astype(np.float32)
    return getattr(nn, kind)(256, 256, 2), tensor(x), no_grad


@benchmark(LAYERS, peer="torch")
def lstm_step(library, size):
    return _learn(*_layers(library, "LSTM")[:2])


@benchmark(LAYERS, peer="torch")
def lstm_forward(library, size):
    return _infer(*_layers(library, "LSTM"))


@benchmark(LAYERS, peer="torch")
def gru_step(library, size):
    return _learn(*_layers(library, "GRU")[:2])


@benchmark(LAYERS, peer="torch")
def gru_forward(library, size):
    return _infer(*_layers(library, "GRU"))


@benchmark(LAYERS, peer="torch")
def rnn_step(library, size):
    return _learn(*_layers(library, "RNN")[:2])


@benchmark(LAYERS, peer="torch")
def rnn_forward(library, size):
    return _infer(*_layers(library, "RNN"))


@benchmark("one sequence, 500 times, 256", peer="torch")
def lstm_of_one_sequence(library, size):
    nn, tensor, no_grad = _library(library)
    x = np.random.default_rng(0).normal(size=(500, 1, 256)).astype(np.float32)
    return _infer(nn.LSTM(256, 256), tensor(x), no_grad)


def _heads(library):
    nn, tensor, no_grad = _library(library)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 8, 256, 6, 64)).astype(np.float32)
    heads = [tensor(part, requires_grad=True).transpose(1, 2) for part in x]
    return nn.functional.scaled_dot_product_attention, heads, no_grad


@benchmark(f"{HEADS}, causal", HEADS, peer="torch")
def attention_step(library, size):
    attention, heads, _ = _heads(library)

    def step():
        y = attention(*heads, is_causal="causal" in size)
        loss = (y * y).mean()
        loss.backward(retain_graph=True)
        return loss.item()

    return step


@benchmark(f"{HEADS}, causal", HEADS, peer="torch")
def attention_forward(library, size):
    attention, heads, no_grad = _heads(library)

    def forward():
        with no_grad():
            y = attention(*heads, is_causal="causal" in size)
            return (y * y).mean().item()

    return forward
