"""WaveNet: what comes next, by causal convolutions whose reach doubles from layer to layer."""

from pellucid import cat, nn, no_grad, sigmoid, tanh
from pellucid.models.next_token import draw
from pellucid.nn import functional as F

__all__ = ["WaveNet", "WavenetResidualModule"]


class WaveNet(nn.Module):
    """p(next | those before) = softmax(W₂ relu(W₁ relu(Σ_l s_l))), s_l what layer l has to say.

    The layers' dilations are 1, 2, 4, ... and begin anew in each stack, so that ``stacks`` of
    ``layers`` see 1 + stacks (k - 1) (2^layers - 1) tokens (N, T).

    Parameters
    ----------
    vocabulary : int
        How many tokens there are: the 256 levels of a sound, characters.
    channels : int
        Of x and of the gates.
    layers, stacks : int
        Of how many layers a stack is, and how many stacks there are.
    kernel_width : int
        k.

    References
    ----------
    van den Oord et al., "WaveNet: a generative model for raw audio", 2016.
    """

    def __init__(self, vocabulary, channels=32, layers=5, stacks=2, kernel_width=2):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, channels)
        dilations = [2**layer for layer in range(layers)] * stacks
        self.layers = nn.ModuleList(
            WavenetResidualModule(channels, channels, d, kernel_width) for d in dilations
        )
        self.seen = 1 + (kernel_width - 1) * sum(dilations)
        self.hidden = nn.Conv1d(channels, channels, 1)
        self.output = nn.Conv1d(channels, vocabulary, 1)

    def forward(self, tokens):
        x, skip = self.embedding(tokens).transpose(1, 2), None  # (N, C, T)
        for layer in self.layers:
            x, skip = layer(x, skip)
        scores = self.output(F.relu(self.hidden(F.relu(skip))))  # (N, V, T)
        return scores.transpose(1, 2)

    @no_grad()
    def generate(self, tokens, length, temperature=1.0):
        """``tokens`` (N, T) and ``length`` more, each drawn after what stands before it."""
        for _ in range(length):
            scores = self(tokens[:, -self.seen :])
            tokens = cat([tokens, draw(scores[:, -1], temperature)], 1)
        return tokens


class WavenetResidualModule(nn.Module):
    """z = tanh(w_f * x) σ(w_g * x),  y = W z;  x ← x + y,  skip ← skip + y.

    * is a causal convolution: (w * x)[t] = b + Σ_u w[u] x[t - d (k - 1 - u)].

    Parameters
    ----------
    ch_residual, ch_dilation : int
        The channels of x, y and skip, and those of z.
    dilation, kernel_width : int
        d, which is 1 if no x is left out, and k.

    References
    ----------
    van den Oord et al., "WaveNet: a generative model for raw audio", 2016, figure 4.
    """

    def __init__(self, ch_residual, ch_dilation, dilation, kernel_width):
        super().__init__()
        self.before = dilation * (kernel_width - 1)
        both = 2 * ch_dilation  # w_f and w_g in one
        self.conv_dilation = nn.Conv1d(ch_residual, both, kernel_width, dilation=dilation)
        self.conv_1x1 = nn.Conv1d(ch_dilation, ch_residual, 1)

    def forward(self, x, skip=None):
        """x and skip (N, C, T), of which there need be none yet, as the next layer has them."""
        filtered, gate = self.conv_dilation(F.pad(x, (self.before, 0))).chunk(2, 1)
        y = self.conv_1x1(tanh(filtered) * sigmoid(gate))
        return x + y, y if skip is None else skip + y
