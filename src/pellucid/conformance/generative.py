"""Conformance of CTC and of the losses and machines that model how data come about."""

import itertools
import math

import numpy as np

from pellucid.conformance.rows import agrees, equals, holds

rng = np.random.RandomState(0)
LOGITS = rng.normal(size=(7, 3, 4))
TARGETS, TIMES, LENGTHS = np.array([[1, 1, 3], [2, 0, 0], [0, 0, 0]]), (7, 5, 4), (3, 1, 0)


def _both():
    import torch

    import pellucid

    return pellucid, torch


@agrees("nn.functional.ctc_loss", "nn.CTCLoss", library="torch", rtol=1e-9)
def labels_at_unknown_times():
    """Behind a log_softmax, where PyTorch's gradient is that of the loss."""
    found = []
    for library in _both():
        x = library.tensor(LOGITS, requires_grad=True)
        log_probs, targets = x.log_softmax(-1), library.tensor(TARGETS)
        layer = library.nn.CTCLoss(reduction="sum")
        each = library.nn.functional.ctc_loss(
            log_probs, targets, TIMES, LENGTHS, reduction="none", zero_infinity=True
        )
        (each.sum() + layer(log_probs, targets, TIMES, LENGTHS)).backward()
        found.append((each.detach().numpy(), x.grad.numpy()))
    ours, theirs = found
    yield "losses", ours[0], theirs[0]
    yield "gradient", ours[1], theirs[1]


@equals("nn.functional.nce_loss", "nn.NCELoss", definition="Mnih & Teh, equation 10", rtol=1e-6)
def noise_contrastive_estimation():
    """Of the layer as it begins, for x = 0: so it is whatever it drew."""
    import pellucid

    x, w, q = rng.normal(size=(3, 2)), rng.normal(size=(5, 2)), rng.dirichlet(np.ones(5))
    words, noise = np.array([4, 0, 4]), rng.randint(0, 5, (3, 6))

    def surprise(i):
        odds = np.exp(w @ x[i]) / (6 * q)
        said = np.log(odds[words[i]] / (1 + odds[words[i]]))
        return -said - np.sum(np.log(1 / (1 + odds[noise[i]])))

    made = map(pellucid.tensor, (x, words, noise, w))
    found = pellucid.nn.functional.nce_loss(
        *made, log_noise=pellucid.tensor(np.log(q)), reduction="none"
    )
    yield "each", found.numpy(), np.array([surprise(i) for i in range(3)])
    layer = pellucid.nn.NCELoss(2, pellucid.ones(5), num_samples=6)
    found = layer(pellucid.zeros(3, 2), pellucid.tensor(words))
    yield "of nothing", found.item(), math.log(7) + 6 * math.log(7 / 6)


@agrees("nn.functional.bernoulli_vae_loss", "nn.BernoulliVAELoss", library="torch", rtol=1e-9)
def bound():
    import torch
    from torch.distributions import Bernoulli, Normal, kl_divergence

    import pellucid

    p, x = rng.uniform(0.1, 0.9, (3, 4)), rng.randint(0, 2, (3, 4)).astype(float)
    mean, log_variance = rng.normal(size=(2, 3, 2))
    given = [pellucid.tensor(a) for a in (p, x, mean, log_variance)]
    divergence = kl_divergence(
        Normal(torch.tensor(mean), torch.tensor(np.exp(log_variance / 2))), Normal(0.0, 1.0)
    )
    expected = divergence.sum(1) - Bernoulli(torch.tensor(p)).log_prob(torch.tensor(x)).sum(1)
    each = pellucid.nn.functional.bernoulli_vae_loss(*given, reduction="none")
    yield "each", each.numpy(), expected.numpy()
    yield "mean", pellucid.nn.BernoulliVAELoss()(*given).item(), expected.mean().item()


WASSERSTEIN = ("gradient_penalty", "wgan_critic_loss", "wgan_generator_loss")


@agrees(
    *(f"nn.functional.{name}" for name in WASSERSTEIN),
    *("nn.WGANCriticLoss", "nn.WGANGeneratorLoss"),
    library="torch",
    rtol=1e-9,
)
def slopes_of_critics():
    """D(x) = v·tanh(W x): the gradient of the penalty by W and v is a second derivative."""
    real, fake, W, v = (rng.normal(size=s) for s in [(4, 3), (4, 3), (3, 5), (5, 1)])
    mix, found = rng.random_sample((4, 1)), []
    for library in _both():
        given = [library.tensor(a) for a in (real, fake, mix)]
        w, u = (library.tensor(a, requires_grad=True) for a in (W, v))

        def critic(x, w=w, u=u):
            return (x @ w).tanh() @ u

        if library.__name__ == "pellucid":
            F = library.nn.functional
            loss = F.wgan_critic_loss(critic, *given)
            layer = library.nn.WGANCriticLoss(0.0)(critic, *given[:2])
            made = library.nn.WGANGeneratorLoss()(critic, given[1]) + F.wgan_generator_loss(
                critic, given[1]
            )
            penalty = F.gradient_penalty(critic, *given)
        else:
            between = (given[2] * given[0] + (1 - given[2]) * given[1]).requires_grad_()
            (slope,) = library.autograd.grad(critic(between).sum(), between, create_graph=True)
            penalty = ((slope.norm(dim=1) - 1) ** 2).mean()
            layer = critic(given[1]).mean() - critic(given[0]).mean()
            loss, made = layer + 10 * penalty, -2 * critic(given[1]).mean()
        (loss + penalty).backward()
        values = [x.item() for x in (loss, layer, made, penalty)]
        found.append((np.array(values), w.grad.numpy(), u.grad.numpy()))
    yield from zip(("losses", "gradient of W", "of v"), *found, strict=True)


@agrees("models.RBM", library="sklearn", rtol=1e-9)
def hidden_given_visible():
    from sklearn.neural_network import BernoulliRBM

    import pellucid

    rbm = pellucid.models.RBM(4, 3).double()
    for p in rbm.parameters():
        pellucid.nn.init.normal_(p)
    v = np.array(list(itertools.product([0.0, 1.0], repeat=4)))
    other = BernoulliRBM(n_components=3, n_iter=1).fit(v)
    other.components_ = rbm.weight.numpy(force=True)
    other.intercept_hidden_ = rbm.hidden_bias.numpy(force=True)
    yield "p(h | v)", rbm.hidden(pellucid.tensor(v)).numpy(force=True), other.transform(v)


@equals("models.RBM", definition="sums over all states", rtol=1e-9)
def visible():
    import pellucid

    rbm = pellucid.models.RBM(4, 3).double()
    for p in rbm.parameters():
        pellucid.nn.init.normal_(p)
    W, a, b = (p.numpy(force=True) for p in (rbm.weight, rbm.visible_bias, rbm.hidden_bias))
    v, h = (np.array(list(itertools.product([0.0, 1.0], repeat=n))) for n in (4, 3))
    joint = np.exp((v @ a)[:, None] + h @ b + v @ W.T @ h.T)
    free_energy = rbm.free_energy(pellucid.tensor(v)).numpy(force=True)
    yield "p(v), not normalised", np.exp(-free_energy), joint.sum(1)


@holds("nn.SparseEvolution", that="the links stay as many, and only they carry", atol=0)
def links():
    import pellucid

    layer = pellucid.nn.SparseEvolution(20, 10, epsilon=2)
    for _ in range(3):
        layer.evolve()
        yield "links", layer.mask.sum().item(), 60.0
        yield "weights", (layer.weight * (1 - layer.mask)).abs().sum().item(), 0.0


@holds("nn.Add", "nn.Multiply", that="they are sum and product", rtol=1e-12)
def merging():
    import pellucid

    x, y, z = rng.normal(size=(3, 2, 4))
    inputs = [pellucid.tensor(a) for a in (x, y, z)]
    yield "sum", pellucid.nn.Add()(*inputs).numpy(), x + y + z
    yield "product", pellucid.nn.Multiply()(*inputs).numpy(), x * y * z
