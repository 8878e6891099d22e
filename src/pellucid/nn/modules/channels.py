"""Modules without parameters that look across channels, or draw their slopes."""

from pellucid.nn import functional as F
from pellucid.nn.modules.module import Module

__all__ = ["LocalResponseNorm", "RReLU", "Softmax2d"]


class Softmax2d(Module):
    """The softmax over the channels at each place of (N, C, H, W) or (C, H, W)."""

    def forward(self, input):
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected 3 or 4 dimensions, not {tuple(input.shape)}")
        return F.softmax(input, -3)


class RReLU(Module):
    """x where x > 0, else a x, with a drawn for each number while it learns (``F.rrelu``)."""

    def __init__(self, lower=1.0 / 8, upper=1.0 / 3, inplace=False):
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input):
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self):
        return f"lower={self.lower}, upper={self.upper}{', inplace=True' if self.inplace else ''}"


class LocalResponseNorm(Module):
    """x / (k + α/n Σ x²)^β over n neighbouring channels (``F.local_response_norm``)."""

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1.0):
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input):
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self):
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
