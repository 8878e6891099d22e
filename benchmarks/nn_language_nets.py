"""Nets that read text against PyTorch: training steps, and inference, in float32.

Both sides begin from the same weights and see the same tokens; the figure is the loss that is
reached.  PyTorch has its fastest ordinary settings: fused AdamW, and attention in one call.
"""

import importlib

import numpy as np

from benchmarks.rows import benchmark

VOCABULARY = 256  # bytes
STEPS = 2  # a call


@benchmark("2 x 256, 32 x 100", peer="torch")
def lstm_training(library, _):
    return training(library, *_lstm(library))


@benchmark("2 x 256, 32 x 100", peer="torch")
def lstm_inference(library, _):
    return _inference(library, *_lstm(library))


@benchmark("6 layers, 384 wide, 6 heads, 8 x 256", peer="torch")
def gpt_training(library, _):
    return training(library, *gpt(library))


@benchmark("6 layers, 384 wide, 6 heads, 8 x 256", peer="torch")
def gpt_inference(library, _):
    return _inference(library, *gpt(library))


def training(library, net, tokens, target):
    """Steps of AdamW on one batch."""
    fused = {"fused": True} if library.name == "torch" else {}  # ours has one form
    optimizer = library.optim.AdamW(net.parameters(), lr=1e-3, **fused)

    def steps():
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = _loss(library, net(tokens), target)
            loss.backward()
            optimizer.step()
        return loss.item()

    return steps


def _inference(library, net, tokens, target):
    package = importlib.import_module(library.name)
    net.eval()

    def infer():
        with package.no_grad():
            return _loss(library, net(tokens), target).item()

    return infer


def _loss(library, scores, target):
    return library.nn__functional.cross_entropy(scores.flatten(0, 1), target.flatten())


def _lstm(library):
    nn = library.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Embedding(VOCABULARY, 256)
            self.lstm = nn.LSTM(256, 256, 2, batch_first=True)
            self.output = nn.Linear(256, VOCABULARY)

        def forward(self, tokens):
            return self.output(self.lstm(self.tokens(tokens))[0])

    return _beginning(library, Net), *_text(library, 32, 100)


def gpt(library, width=384, heads=6, layers=6, length=256):
    """The net, tokens and those that follow them."""
    nn, F = library.nn, library.nn__functional
    package = importlib.import_module(library.name)

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
            self.attention_in = nn.Linear(width, 3 * width)
            self.attention_out = nn.Linear(width, width)
            self.mlp_in, self.mlp_out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            x = x + self.attention_out(self.attend(self.attention_norm(x)))
            return x + self.mlp_out(F.gelu(self.mlp_in(self.mlp_norm(x))))

        def attend(self, x):
            N, T, W = x.shape
            qkv = self.attention_in(x).view(N, T, 3, heads, W // heads)
            q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # (N, heads, T, W / heads)
            seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return seen.transpose(1, 2).reshape(N, T, W)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Embedding(VOCABULARY, width)
            self.places = nn.Embedding(length, width)
            self.layers = nn.ModuleList([Layer() for _ in range(layers)])
            self.norm = nn.LayerNorm(width)
            self.output = nn.Linear(width, VOCABULARY, bias=False)

        def forward(self, tokens):
            x = self.tokens(tokens) + self.places(package.arange(length, device=tokens.device))
            for layer in self.layers:
                x = layer(x)
            return self.output(self.norm(x))

    return _beginning(library, Net), *_text(library, 8, length)


def _beginning(library, net):
    """The net, whose weights one seed makes the same on both sides."""
    importlib.import_module(library.name).manual_seed(0)
    return net()


def _text(library, sequences, length):
    """Tokens, and those that follow them."""
    tokens = np.random.default_rng(0).integers(0, VOCABULARY, (sequences, length + 1))
    tensor = importlib.import_module(library.name).from_numpy
    return tensor(tokens[:, :-1].copy()), tensor(tokens[:, 1:].copy())
