"""The two losses of a Wasserstein GAN, whose critic is held to slopes of one.

    L_D = E D(x̃) - E D(x) + λ E (‖∇_x̂ D(x̂)‖₂ - 1)²,   x̂ = ε x + (1 - ε) x̃,   L_G = -E D(x̃)

-L_D comes to be the distance by which mass has to be carried from the x̃ made to the real x.

I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin, A. Courville, *Improved Training of Wasserstein
GANs*, NIPS 2017.
"""

from pellucid.autograd import grad

__all__ = ["gradient_penalty", "wgan_critic_loss", "wgan_generator_loss"]


def gradient_penalty(critic, real, fake, mix):
    """E (‖∇_x̂ D(x̂)‖₂ - 1)² between real x and fake x̃, differentiable by what D learns.

    Parameters
    ----------
    critic : callable
        D, from (N, ...) to one number an example.
    real, fake : Tensor (N, ...)
        x and x̃, of one shape.
    mix : Tensor (N, 1, ...)
        ε, uniform on [0, 1].
    """
    if real.shape != fake.shape:
        raise ValueError(
            f"gradient_penalty: {tuple(real.shape)} real and {tuple(fake.shape)} fake numbers "
            "cannot be mixed"
        )
    x = (mix * real + (1 - mix) * fake).detach().requires_grad_()
    (slopes,) = grad(critic(x).sum(), x, create_graph=True)
    return ((slopes.flatten(1).norm(2, 1) - 1) ** 2).mean()


def wgan_critic_loss(critic, real, fake, mix, penalty=10.0):
    """E D(x̃) - E D(x) + λ E (‖∇_x̂ D(x̂)‖₂ - 1)²; nothing flows to who made x̃.

    Parameters
    ----------
    critic, real, fake, mix
        As of ``gradient_penalty``.
    penalty : float
        λ.
    """
    distance = critic(fake.detach()).mean() - critic(real).mean()
    return distance + penalty * gradient_penalty(critic, real, fake, mix)


def wgan_generator_loss(critic, fake):
    """-E D(x̃), whose gradient goes through the critic to who made x̃."""
    return -critic(fake).mean()
