"""Noise-contrastive estimation, the bound of autoencoders, the Wasserstein losses."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid
from pellucid import nn
from pellucid.autograd import grad, gradcheck
from pellucid.autograd.creation import tensor
from pellucid.nn import functional as F
from tests.agree import Normal, agree

rng = np.random.default_rng(0)
W, B, X = rng.normal(size=(6, 3)), rng.normal(size=6), rng.normal(size=(4, 3))
WORDS, NOISE = np.array([0, 5, 5, 2]), rng.integers(0, 6, (4, 8))
Q = rng.dirichlet(np.ones(6))


# Noise-contrastive estimation


def nce_by_definition(x, word, noise, k=8):
    def log_odds(w):
        return x @ W[w] + B[w] - math.log(k * Q[w])

    def log_sigmoid(a):
        return -math.log1p(math.exp(-a))

    return -log_sigmoid(log_odds(word)) - sum(log_sigmoid(-log_odds(v)) for v in noise)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_nce_is_its_definition(reduction):
    found = F.nce_loss(
        *map(tensor, (X, WORDS, NOISE, W, B, np.log(Q))),
        reduction=reduction,
    )
    each = np.array([nce_by_definition(*row) for row in zip(X, WORDS, NOISE, strict=True)])
    expected = each if reduction == "none" else getattr(each, reduction)()
    assert_allclose(found.numpy(), expected, 1e-12)


def test_nce_agrees_with_the_same_in_pytorch():
    """Words that come twice, as data and as noise, have the gradient of both."""
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")

    def theirs(x, words, noise, w, b, *, log_noise):
        classes = torch.column_stack([words, noise])
        delta = torch.einsum("nd,nkd->nk", x, w[classes]) + b[classes]
        delta = delta - (log_noise + np.log(8))[classes]
        truth = torch.zeros_like(delta)
        truth[:, 0] = 1
        loss = torch.nn.functional.binary_cross_entropy_with_logits
        return loss(delta, truth, reduction="sum") / 4

    agree(F.nce_loss, theirs, X, WORDS, NOISE, W, B, options={"log_noise": np.log(Q)})


def _bias_gradient(scores, q, noise, shares):
    """Of the mean loss of one distribution, the words being drawn with these shares."""
    C = len(scores)
    bias = tensor(scores, requires_grad=True)
    given = pellucid.ones(C, 1, dtype=pellucid.float64), tensor(np.arange(C))
    rows = tensor(np.tile(noise, (C, 1)))
    zero = pellucid.zeros(C, 1, dtype=pellucid.float64)
    each = F.nce_loss(*given, rows, zero, bias, tensor(np.log(q)), reduction="none")
    return grad((each * tensor(shares)).sum(), bias)[0].numpy()


def test_the_scores_of_nce_come_to_be_the_logarithms_of_the_data():
    """Gutmann & Hyvärinen, theorem 1, with every class as often in the noise as it should be."""
    shares, q = np.array([0.5, 0.3, 0.15, 0.05]), np.array([1, 1, 2, 1]) / 5
    noise = np.repeat([0, 1, 2, 2, 3], 3)
    assert_allclose(_bias_gradient(np.log(shares), q, noise, shares), 0, atol=1e-14)
    assert np.abs(_bias_gradient(np.log(shares) + 0.1, q, noise, shares)).max() > 0.01


def test_with_much_noise_the_gradient_is_that_of_the_likelihood():
    """∂/∂s (-log p) = p - shares of a model that is normalised (Mnih & Teh, equation 9)."""
    p, shares = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.5, 0.3, 0.15, 0.05])
    gaps = []
    for times in (10, 100, 1000):
        noise = np.tile(np.arange(4), times)
        gaps.append(_bias_gradient(np.log(p), np.ones(4) / 4, noise, shares) - (p - shares))
    sizes = [np.abs(gap).max() for gap in gaps]
    assert_allclose([sizes[0] / sizes[1], sizes[1] / sizes[2]], 10, rtol=0.2)


def test_without_the_noise_it_is_negative_sampling():
    found = F.nce_loss(*map(tensor, (X, WORDS, NOISE, W)), reduction="none")
    scores = np.einsum("nd,nkd->nk", X, W[np.column_stack([WORDS, NOISE])])
    signs = np.array([1] + [-1] * 8)
    assert_allclose(found.numpy(), np.log1p(np.exp(-signs * scores)).sum(1), 1e-12)


def test_the_layer_draws_its_noise_and_begins_with_it():
    pellucid.manual_seed(0)
    layer = nn.NCELoss(3, tensor([5.0, 3, 1, 1]), num_samples=20_000)
    x, words = pellucid.zeros(2, 3), tensor([1, 3])
    loss = layer(x, words)
    p = np.array([0.5, 0.3, 0.1, 0.1])
    assert_allclose(F.linear(x, layer.weight, layer.bias).exp().detach().numpy(), [p, p], 1e-6)
    assert_allclose(loss.item(), np.log(20_001) + 20_000 * np.log(20_001 / 20_000), 1e-5)
    loss.backward()
    assert (layer.weight.grad == 0).all() and (layer.bias.grad != 0).all()
    plain = nn.NCELoss(3, tensor([5.0, 3, 1, 1]), 4, subtract_log_noise=False, reduction="none")
    assert plain(x, words).shape == (2,)


def test_nce_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="same examples"):
        F.nce_loss(*map(tensor, (X[:3], WORDS, NOISE, W)))
    with pytest.raises(ValueError, match="weight above 0"):
        nn.NCELoss(3, tensor([1.0, 0.0]))
    with pytest.raises(IndexError):
        F.nce_loss(*map(tensor, (X, WORDS + 9, NOISE, W)))


def test_nce_of_far_scores_is_finite():
    far = F.nce_loss(*map(tensor, (1e6 * X, WORDS, NOISE, W, B, np.log(Q))))
    assert far.isfinite()


# The bound of a variational autoencoder

P, HALVES = rng.uniform(0.05, 0.95, (4, 2, 3)), (rng.random((4, 2, 3)) < 0.5).astype(float)
MEAN, LOG_VARIANCE = Normal((4, 5)), Normal((4, 5))


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_the_bound_agrees_with_pytorchs_distributions(reduction):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    from torch.distributions import Bernoulli, Normal, kl_divergence

    def theirs(p, x, mean, log_variance):
        latent = Normal(mean, (log_variance / 2).exp())
        divergence = kl_divergence(latent, Normal(0.0, 1.0)).sum(1)
        each = divergence - Bernoulli(p, validate_args=False).log_prob(x).flatten(1).sum(1)
        return each if reduction == "none" else getattr(each, reduction)()

    def ours(p, x, mean, log_variance):
        layer = nn.BernoulliVAELoss(reduction)
        return layer(p, x, mean, log_variance)

    agree(ours, theirs, P, HALVES, MEAN, LOG_VARIANCE)
    assert torch


def test_it_is_a_bound_on_the_likelihood_and_misses_it_by_the_divergence():
    """One latent number, by quadrature: E loss + log p(x) = KL(N(μ, σ²) ‖ p(z | x))."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()  # of N(0, 1)
    slopes, x = np.array([1.5, -2.0, 0.5]), np.array([1.0, 0.0, 1.0])

    def decoded(z):
        return 1 / (1 + np.exp(-np.outer(z, slopes)))  # (Z, 3)

    def likelihood(z):
        return np.prod(np.where(x, decoded(z), 1 - decoded(z)), 1)

    log_evidence = np.log(weights @ likelihood(nodes))
    for mean, log_variance in (0.0, 0.0), (0.9, -0.7), (-2.0, 1.0), (0.5, -3.0):
        deviation = math.exp(log_variance / 2)
        z = mean + deviation * nodes
        each = F.bernoulli_vae_loss(
            tensor(decoded(z)),
            tensor(np.tile(x, (len(z), 1))),
            *(tensor(np.full((len(z), 1), value)) for value in (mean, log_variance)),
            reduction="none",
        )
        gap = weights @ each.numpy() + log_evidence
        log_q = -0.5 * nodes**2 - log_variance / 2
        said = each.numpy() - 0.5 * (mean**2 + deviation**2 - 1 - log_variance)
        log_posterior = -0.5 * z**2 - said - log_evidence
        assert gap > 0
        assert_allclose(gap, weights @ (log_q - log_posterior), 1e-8)


def test_the_bound_at_the_prior_and_with_certain_pictures():
    zero = pellucid.zeros(2, 3)
    exact = F.bernoulli_vae_loss(tensor([[0.0, 1.0]] * 2), tensor([[0.0, 1.0]] * 2), zero, zero)
    assert exact.item() == 0
    wrong = F.bernoulli_vae_loss(tensor([[0.0, 1.0]] * 2), tensor([[1.0, 1.0]] * 2), zero, zero)
    assert wrong.item() == 100  # as of binary_cross_entropy
    with pytest.raises(ValueError, match="logarithms of variances"):
        F.bernoulli_vae_loss(zero, zero, zero, zero[:, :2])
    with pytest.raises(ValueError, match="different to the input size"):
        F.bernoulli_vae_loss(zero, zero[:, :2], zero, zero)
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        F.bernoulli_vae_loss(zero + 2, zero, zero, zero)


# Wasserstein, with the slope held to one

REAL, FAKE, MIX = rng.normal(size=(5, 1, 4, 4)), rng.normal(size=(5, 1, 4, 4)), rng.random(5)


def critics(scale=1.0):
    """The same small critic of pictures, ours and PyTorch's."""
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    both = []
    for library in (pellucid, torch):
        layers = library.nn
        both.append(
            layers.Sequential(
                *(layers.Conv2d(1, 3, 3, padding=1), layers.LeakyReLU(0.2)),
                *(layers.Conv2d(3, 2, 2, stride=2), layers.Tanh(), layers.Flatten()),
                layers.Linear(8, 1),
            ).double()
        )
    state = {k: scale * rng.normal(size=tuple(v.shape)) for k, v in both[0].state_dict().items()}
    for net, library in zip(both, (pellucid, torch), strict=True):
        net.load_state_dict({k: library.tensor(v) for k, v in state.items()})
    return both


def test_the_critics_gradient_is_pytorchs_second_derivative():
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    net, other = critics()
    mix = MIX.reshape(5, 1, 1, 1)
    loss = F.wgan_critic_loss(net, tensor(REAL), tensor(FAKE), tensor(mix), 7.0)
    loss.backward()
    real, fake, mix = map(torch.tensor, (REAL, FAKE, mix))
    between = (mix * real + (1 - mix) * fake).requires_grad_()
    (slope,) = torch.autograd.grad(other(between).sum(), between, create_graph=True)
    penalty = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
    expected = other(fake).mean() - other(real).mean() + 7 * penalty
    expected.backward()
    assert_allclose(loss.item(), expected.item(), 1e-10)
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        g, h = ((x * 0 if x.grad is None else x.grad).detach().numpy() for x in (p, q))
        assert_allclose(g, h, 1e-9, 1e-9 * np.abs(h).max())


def test_the_penalty_of_a_linear_critic_is_known():
    """D(x) = w·x: (‖w‖ - 1)², with gradient 2 (‖w‖ - 1) w/‖w‖, wherever x is."""
    w = tensor(np.array([[3.0], [4.0]]), requires_grad=True)
    real, fake = (tensor(rng.normal(size=(6, 2))) for _ in range(2))
    penalty = F.gradient_penalty(lambda x: x @ w, real, fake, tensor(rng.random((6, 1))))
    assert_allclose(penalty.item(), 16, 1e-12)
    assert_allclose(grad(penalty, w)[0].numpy(), [[4.8], [6.4]], 1e-12)
    given = real, fake, tensor(rng.random((6, 1)))
    assert gradcheck(lambda w: F.wgan_critic_loss(lambda x: (x @ w).tanh(), *given), (w,))


def test_the_generator_learns_through_the_critic():
    """numpy-ml's gradient was the same whatever the critic: here it turns where D turns."""
    w, made = tensor(rng.normal(size=(3, 1))), tensor(rng.normal(size=(4, 3)), requires_grad=True)
    (dx,) = grad(nn.WGANGeneratorLoss()(lambda x: x @ w, made), made)
    assert_allclose(dx.numpy(), np.tile(-w.numpy().T / 4, (4, 1)), 1e-12)
    (turned,) = grad(nn.WGANGeneratorLoss()(lambda x: x @ (-100 * w), made), made)
    assert_allclose(turned.numpy(), -100 * dx.numpy(), 1e-12)


def test_the_critics_loss_falls_when_it_tells_real_from_fake_and_leaves_the_generator_alone():
    made = tensor(rng.normal(size=(4, 3)), requires_grad=True)
    real = tensor(rng.normal(size=(4, 3)))
    w = tensor(np.eye(3)[:, :1], requires_grad=True)  # of slope one: no penalty
    loss = nn.WGANCriticLoss()(lambda x: x @ w, real, made)
    distance = made.detach()[:, 0].mean() - real[:, 0].mean()
    assert_allclose(loss.item(), distance.item(), 1e-12)
    loss.backward()
    assert made.grad is None and w.grad is not None


def test_each_example_is_mixed_by_its_own_share():
    pellucid.manual_seed(0)
    seen = []

    def critic(x):
        seen.append(x.detach())
        return x.sum((1, 2), keepdim=False)

    nn.WGANCriticLoss()(critic, pellucid.ones(50, 2, 3), pellucid.zeros(50, 2, 3))
    mix = seen[-1]
    assert (mix == mix[:, :1, :1]).all() and mix.min() >= 0 and mix.max() <= 1
    assert len(mix[:, 0, 0].unique()) == 50


def test_unlike_pictures_cannot_be_mixed():
    with pytest.raises(ValueError, match="cannot be mixed"):
        nn.WGANCriticLoss()(lambda x: x.sum(1), pellucid.zeros(4, 2), pellucid.zeros(4, 3))
    with pytest.raises(TypeError, match="fake"):
        nn.WGANGeneratorLoss()(pellucid.zeros(4, 2))
