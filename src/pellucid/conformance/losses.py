"""Conformance of the losses, the deviances and the links."""

import math

import numpy as np

from pellucid.conformance.rows import agrees, equals, exempt, holds

exempt("losses.Loss", reason="what a loss is; it computes nothing itself")
exempt("losses.Deviance", reason="what a family is; it computes nothing itself")
exempt("losses.Link", reason="what a link is; it computes nothing itself")

MARGIN = {
    "HingeLoss": lambda m: max(0.0, 1 - m),
    "PerceptronLoss": lambda m: max(0.0, -m),
    "SquaredHingeLoss": lambda m: max(0.0, 1 - m) ** 2,
    "ModifiedHuberLoss": lambda m: max(0.0, 1 - m) ** 2 if m >= -1 else -4 * m,
    "ExponentialLoss": lambda m: math.exp(-m),
    "LogLoss": lambda m: math.log1p(math.exp(-m)),
}
RESIDUAL = {
    "SquaredLoss": lambda r: r * r / 2,
    "AbsoluteLoss": lambda r: abs(r),
    "QuantileLoss": lambda r: max(0.7 * r, -0.3 * r),
    "HuberLoss": lambda r: r * r / 2 if abs(r) <= 1.35 else 1.35 * abs(r) - 1.35**2 / 2,
    "EpsilonInsensitiveLoss": lambda r: max(0.0, abs(r) - 0.1),
    "SquaredEpsilonInsensitiveLoss": lambda r: max(0.0, abs(r) - 0.1) ** 2,
}


def _cases():
    """Each loss, targets and scores off its kinks, and its definition as a function of both."""
    from pellucid import losses

    raw = np.linspace(-3.03, 3.07, 62)
    for name, definition in MARGIN.items():
        y = (np.arange(62) % 2).astype(float)
        expected = [definition((2 * t - 1) * s) for t, s in zip(y, raw, strict=True)]
        yield name, getattr(losses, name)(), y, raw, expected
    for name, definition in RESIDUAL.items():
        y = np.cos(np.arange(62))
        loss = losses.QuantileLoss(0.3) if name == "QuantileLoss" else getattr(losses, name)()
        yield name, loss, y, raw, [definition(s - t) for t, s in zip(y, raw, strict=True)]


NAMES = tuple(f"losses.{name}" for name in (*MARGIN, *RESIDUAL))


@equals(*NAMES, definition="the loss of one number, case by case", rtol=1e-14)
def values():
    for name, loss, y, raw, expected in _cases():
        yield name, loss.value(y, raw), np.array(expected)


@holds(*NAMES, that="gradient and Hessian are the differences of the value", rtol=1e-7, atol=1e-7)
def derivatives():
    h = 1e-6
    for name, loss, y, raw, _ in _cases():
        slope = (loss.value(y, raw + h) - loss.value(y, raw - h)) / (2 * h)
        yield f"{name}, gradient", loss.gradient(y, raw), slope
        bend = (loss.gradient(y, raw + h) - loss.gradient(y, raw - h)) / (2 * h)
        yield f"{name}, Hessian", loss.hessian(y, raw), bend


@agrees("losses.CrossEntropy", library="sklearn", rtol=1e-13)
def cross_entropy():
    from sklearn._loss import HalfMultinomialLoss

    from pellucid.losses import CrossEntropy

    rng = np.random.default_rng(0)
    raw, y = 30 * rng.normal(size=(50, 4)), rng.integers(4, size=50)
    value, slope = HalfMultinomialLoss(n_classes=4).loss_gradient(y.astype(float), raw)
    _, bend = HalfMultinomialLoss(n_classes=4).gradient_hessian(y.astype(float), raw)
    yield "value", CrossEntropy().value(y, raw), value
    yield "gradient", CrossEntropy().gradient(y, raw), slope
    yield "Hessian's diagonal", CrossEntropy().hessian(y, raw), bend


FAMILIES = {
    "NormalDeviance": "Gaussian",
    "PoissonDeviance": "Poisson",
    "GammaDeviance": "Gamma",
    "InverseGaussianDeviance": "InverseGaussian",
    "BinomialDeviance": "Binomial",
}


@agrees(*(f"losses.{name}" for name in FAMILIES), library="statsmodels", rtol=1e-9)
def deviances():
    from statsmodels.genmod import families

    from pellucid import losses

    y, mu = np.linspace(0.9, 0.1, 19), np.linspace(0.05, 0.95, 19)
    for name, theirs in FAMILIES.items():
        ours, theirs = getattr(losses, name)(), getattr(families, theirs)()
        yield f"{name}, d", ours.unit(y, mu), theirs.resid_dev(y, mu) ** 2
        yield f"{name}, V", ours.variance(mu), theirs.variance(mu)
        slope = theirs.variance.deriv(mu) * np.ones_like(mu)
        yield f"{name}, V's slope", ours.variance_derivative(mu), slope


@agrees("losses.TweedieDeviance", library="sklearn", rtol=1e-12)
def tweedie_deviance():
    from sklearn.metrics import mean_tweedie_deviance

    from pellucid.losses import TweedieDeviance

    mu = np.linspace(0.1, 5, 20)
    for power, y in [(-1.0, mu[::-1] - 1), (1.5, mu[::-1] - 0.1), (2.5, mu[::-1]), (4.0, mu[::-1])]:
        each = [mean_tweedie_deviance([a], [b], power=power) for a, b in zip(y, mu, strict=True)]
        yield f"power {power}", TweedieDeviance(power).unit(y, mu), np.array(each)


LINKS = {
    "IdentityLink": "Identity",
    "LogLink": "Log",
    "LogitLink": "Logit",
    "InverseLink": "InversePower",
}


@agrees(*(f"losses.{name}" for name in LINKS), library="statsmodels", rtol=1e-12)
def links():
    from statsmodels.genmod.families import links as reference

    from pellucid import losses

    mu = np.linspace(0.05, 0.95, 19)
    for name, theirs in LINKS.items():
        ours, theirs = getattr(losses, name)(), getattr(reference, theirs)()
        eta = theirs(mu)
        yield f"{name}, g", ours.link(mu), eta
        yield f"{name}, inverse of g", ours.inverse(eta), theirs.inverse(eta)
        yield f"{name}, its slope", ours.inverse_derivative(eta), theirs.inverse_deriv(eta)
        bend = theirs.inverse_deriv2(eta) * np.ones_like(eta)
        yield f"{name}, its curvature", ours.inverse_curvature(eta), bend


@agrees(
    *(f"losses.{name}Loss" for name in ("Log", "Squared", "Absolute", "Huber", "Exponential")),
    "losses.CrossEntropy",
    library="torch",
    rtol=1e-14,
)
def values_and_gradients_of_autograd():
    import torch
    from torch.nn import functional as F

    from pellucid import losses

    theirs = {
        losses.LogLoss(): F.binary_cross_entropy_with_logits,
        losses.SquaredLoss(): lambda raw, y, reduction: F.mse_loss(raw, y, reduction=reduction) / 2,
        losses.AbsoluteLoss(): F.l1_loss,
        losses.HuberLoss(1.2): lambda raw, y, reduction: F.huber_loss(raw, y, reduction, 1.2),
        losses.ExponentialLoss(): lambda raw, y, reduction: torch.exp((1 - 2 * y) * raw),
    }
    rng = np.random.RandomState(0)
    raw = rng.standard_normal(50) * 4
    y = (rng.random_sample(50) < 0.5).astype(float)
    for loss, function in theirs.items():
        scores = torch.tensor(raw, requires_grad=True)
        value = function(scores, torch.tensor(y), reduction="none")
        value.sum().backward()
        yield f"{type(loss).__name__}, value", loss.value(y, raw), value.detach().numpy()
        yield f"{type(loss).__name__}, gradient", loss.gradient(y, raw), scores.grad.numpy()
    raw, labels = rng.standard_normal((50, 4)) * 4, rng.randint(0, 4, 50)
    scores = torch.tensor(raw, requires_grad=True)
    value = F.cross_entropy(scores, torch.tensor(labels), reduction="none")
    value.sum().backward()
    ours = losses.CrossEntropy()
    yield "CrossEntropy, value", ours.value(labels, raw), value.detach().numpy()
    yield "CrossEntropy, gradient", ours.gradient(labels, raw), scores.grad.numpy()
