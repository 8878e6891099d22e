"""Losses that hold more than a function: noise that they draw, weights that they learn."""

import math

from pellucid.autograd.creation import empty
from pellucid.autograd.random import multinomial, rand
from pellucid.nn import functional as F
from pellucid.nn import init
from pellucid.nn.modules.module import Module
from pellucid.nn.parameter import Parameter

__all__ = ["NCELoss", "WGANCriticLoss", "WGANGeneratorLoss"]


class NCELoss(Module):
    """-log σ(Δ_w) - Σ_i log σ(-Δ_vᵢ),  Δ_w = x·W_w + b_w - log(k q(w)), with k classes v from q.

    What it learns are scores that need no normalising: log p(w | x) = ``F.linear(x, W, b)``.

    Parameters
    ----------
    in_features : int
        The size of x.
    noise : Tensor (C,)
        q, or weights in proportion to it: for words their counts, often to the power 3/4.
    num_samples : int
        k.
    subtract_log_noise : bool
        False leaves log(k q(w)) away: negative sampling, which does not give probabilities.
    reduction : {"mean", "sum", "none"}
        What becomes of the examples.

    References
    ----------
    Mnih, Teh, "A fast and simple algorithm for training neural probabilistic language models",
    ICML 2012.
    """

    def __init__(
        self, in_features, noise, num_samples=64, subtract_log_noise=True, reduction="mean"
    ):
        super().__init__()
        if not (noise > 0).all():
            raise ValueError("NCELoss: every class is to be in the noise, with a weight above 0")
        self.in_features, self.num_samples = in_features, num_samples
        self.subtract_log_noise, self.reduction = subtract_log_noise, reduction
        self.register_buffer("noise", noise / noise.sum())  # (C,)
        self.weight = Parameter(empty(len(noise), in_features))
        self.bias = Parameter(empty(len(noise)))
        self.reset_parameters()

    def reset_parameters(self):
        """Begin anew, near the distribution of the noise whatever x is."""
        bound = 1 / math.sqrt(self.in_features)
        init.uniform_(self.weight, -bound, bound)
        self.bias.data.copy_(self.noise.log())

    def forward(self, input, target):
        N, k = len(target), self.num_samples
        drawn = multinomial(self.noise, N * k, replacement=True).reshape(N, k)
        log_noise = self.noise.log() if self.subtract_log_noise else None
        return F.nce_loss(
            input, target, drawn, self.weight, self.bias, log_noise, reduction=self.reduction
        )

    def extra_repr(self):
        return f"{self.in_features}, {len(self.noise)}, num_samples={self.num_samples}"


class WGANCriticLoss(Module):
    """E D(x̃) - E D(x) + λ E (‖∇_x̂ D(x̂)‖₂ - 1)²,  x̂ = ε x + (1 - ε) x̃ with ε uniform on [0, 1].

    Called with the critic D, real x and fake x̃ of one shape (N, ...).

    Parameters
    ----------
    penalty : float
        λ.

    References
    ----------
    Gulrajani et al., "Improved training of Wasserstein GANs", NIPS 2017, algorithm 1.
    """

    def __init__(self, penalty=10.0):
        super().__init__()
        self.penalty = penalty

    def forward(self, critic, real, fake):
        mix = rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype, device=real.device)
        return F.wgan_critic_loss(critic, real, fake, mix, self.penalty)

    def extra_repr(self):
        return f"penalty={self.penalty}"


class WGANGeneratorLoss(Module):
    """-E D(x̃), called with the critic D and the fake x̃, whose maker it teaches."""

    def forward(self, critic, fake):
        return F.wgan_generator_loss(critic, fake)
