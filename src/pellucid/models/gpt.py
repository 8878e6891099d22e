"""GPT: a transformer that looks back, on one page."""

import math

from pellucid import arange, cat, nn, no_grad
from pellucid.models.next_token import draw
from pellucid.nn import functional as F

__all__ = ["GPT"]


class GPT(nn.Module):
    """x = E[token] + P[place];  x ← x + attention(norm x), x ← x + mlp(norm x), L times;
    p(next) = softmax(E norm x).

    Parameters
    ----------
    vocabulary, context : int
        How many tokens there are, and how many of them the model sees at once.
    width, heads, layers : int
        The size of x, into how many heads it is cut, and L.
    dropout : float
        The share dropped of x at first, and of what each half of a layer adds.

    References
    ----------
    Radford et al., "Language models are unsupervised multitask learners", 2019.
    Press, Wolf, "Using the output embedding to improve language models", EACL 2017.
    """

    def __init__(self, vocabulary, context, width=384, heads=6, layers=6, dropout=0.0):
        super().__init__()
        self.context = context
        self.tokens = nn.Embedding(vocabulary, width)
        self.places = nn.Embedding(context, width)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList([Layer(width, heads, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        for name, parameter in self.named_parameters():
            if name.endswith("out.weight"):  # what 2 L such matrices add keeps its size
                nn.init.normal_(parameter, 0.0, 0.02 / math.sqrt(2 * layers))
            elif parameter.ndim > 1:
                nn.init.normal_(parameter, 0.0, 0.02)

    def forward(self, tokens):
        length = tokens.shape[1]
        if length > self.context:
            raise ValueError(f"{length} tokens do not fit into a context of {self.context}")
        x = self.dropout(self.tokens(tokens) + self.places(arange(length)))  # (N, T, W)
        for layer in self.layers:
            x = layer(x)
        return F.linear(self.norm(x), self.tokens.weight)  # (N, T, V)

    @no_grad()
    def generate(self, tokens, length, temperature=1.0):
        """``tokens`` (N, T) and ``length`` more, each drawn after what stands before it."""
        for _ in range(length):
            logits = self(tokens[:, -self.context :])
            tokens = cat([tokens, draw(logits[:, -1], temperature)], 1)
        return tokens


class Layer(nn.Module):
    """x ← x + W_o attention(q, k, v), (q, k, v) = W norm x;  x ← x + W₂ gelu(W₁ norm x)."""

    def __init__(self, width, heads, dropout):
        super().__init__()
        self.heads = heads
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention_in, self.attention_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp_in, self.mlp_out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        x = x + self.dropout(self.attention_out(self.attend(self.attention_norm(x))))
        return x + self.dropout(self.mlp_out(F.gelu(self.mlp_in(self.mlp_norm(x)))))

    def attend(self, x):
        """Each place looks at itself and those before it, in each head apart."""
        N, T, W = x.shape
        qkv = self.attention_in(x).view(N, T, 3, self.heads, W // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # (N, heads, T, W / heads)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return seen.transpose(1, 2).reshape(N, T, W)
