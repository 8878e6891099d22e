"""Learning an unnormalised distribution by telling its examples from noise."""

import math

from pellucid.autograd.creation import zeros_like
from pellucid.autograd.functions.shaping import cat
from pellucid.nn.functional.losses import binary_cross_entropy_with_logits, reduced
from pellucid.nn.functional.sparse import embedding

__all__ = ["nce_loss"]


@reduced
def nce_loss(input, target, noise, weight, bias=None, log_noise=None):
    """-log σ(Δ_w) - Σ_i log σ(-Δ_vᵢ),  Δ_w = x·W_w + b_w - log(k q(w)):  w is true, each v noise.

    The scores x·W + b come to be log p(w | x), normalised, though nothing sums over all classes.
    The more noise, the nearer is the gradient to that of the likelihood.

    Parameters
    ----------
    input : Tensor (N, D)
        x.
    target : Tensor (N,)
        The classes w of the data.
    noise : Tensor (N, k)
        k classes v for each, drawn from q.
    weight : Tensor (C, D)
        W.
    bias : Tensor (C,) or None
        b.
    log_noise : Tensor (C,) or None
        log q; None for Δ_w = x·W_w + b_w, which is negative sampling.
    reduction : {"mean", "sum", "none"}
        What becomes of the examples.

    References
    ----------
    Gutmann, Hyvärinen, "Noise-contrastive estimation", AISTATS 2010.
    Mnih, Teh, "A fast and simple algorithm for training neural probabilistic language models",
    ICML 2012.
    Mikolov et al., "Distributed representations of words and phrases", NIPS 2013: log_noise=None.
    """
    N, k = noise.shape
    if input.shape[:1] != (N,) or target.shape != (N,):
        raise ValueError(
            f"nce_loss: {tuple(input.shape)} inputs, {tuple(target.shape)} targets and "
            f"{tuple(noise.shape)} classes of noise are not of the same examples"
        )
    classes = cat([target.unsqueeze(1), noise], 1)  # (N, 1 + k)
    delta = (embedding(classes, weight) @ input.unsqueeze(2)).squeeze(2)
    if bias is not None:
        delta = delta + bias[classes]
    if log_noise is not None:
        delta = delta - (log_noise[classes] + math.log(k))
    is_data = zeros_like(delta)
    is_data[:, 0] = 1
    return binary_cross_entropy_with_logits(delta, is_data, reduction="none").sum(1)
