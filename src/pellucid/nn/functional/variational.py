"""The bound that a variational autoencoder raises."""

from pellucid.nn.functional.losses import binary_cross_entropy, reduced

__all__ = ["bernoulli_vae_loss"]


@reduced
def bernoulli_vae_loss(input, target, mean, log_variance):
    """-Σ log Bernoulli(x; x̂) + KL(N(μ, σ²) ‖ N(0, 1)),  KL = ½ Σ (μ² + σ² - 1 - log σ²).

    With z = μ + σ ε, ε normal, and x̂ what the decoder makes of z, its mean over ε is at least
    -log p(x), and by as much more as N(μ, σ²) is away from p(z | x).

    Parameters
    ----------
    input : Tensor (N, ...)
        x̂, between 0 and 1.
    target : Tensor (N, ...)
        x, in the same shape.
    mean, log_variance : Tensor (N, ...)
        μ and log σ², the encoder's; σ = exp(log σ² / 2).
    reduction : {"mean", "sum", "none"}
        What becomes of the examples; over numbers and latent dimensions it is the sum.

    References
    ----------
    Kingma, Welling, "Auto-encoding variational Bayes", ICLR 2014, appendix B and C.1.
    """
    if mean.shape != log_variance.shape or mean.shape[:1] != input.shape[:1]:
        raise ValueError(
            f"bernoulli_vae_loss: means {tuple(mean.shape)} and logarithms of variances "
            f"{tuple(log_variance.shape)} for {tuple(input.shape)}"
        )
    surprise = binary_cross_entropy(input, target, reduction="none")
    divergence = 0.5 * (mean * mean + log_variance.exp() - 1 - log_variance)
    return surprise.flatten(1).sum(1) + divergence.flatten(1).sum(1)
