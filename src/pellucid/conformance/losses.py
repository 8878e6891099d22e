"""Conformance of the losses, the deviances and the links."""

import functools
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


@equals("losses.HalfLogitLink", definition="half the logit, number by number", rtol=1e-12)
def half_logit():
    from pellucid.losses import HalfLogitLink

    link, mu = HalfLogitLink(), np.linspace(0.05, 0.95, 19)
    eta = np.array([0.5 * math.log(m / (1 - m)) for m in mu])
    yield "g", link.link(mu), eta
    yield "inverse of g", link.inverse(eta), mu
    yield "its slope", link.inverse_derivative(eta), 2 * mu * (1 - mu)
    yield "its curvature", link.inverse_curvature(eta), 4 * mu * (1 - mu) * (1 - 2 * mu)


@agrees(
    *(f"losses.{name}Loss" for name in ("Log", "Hinge", "Perceptron", "SquaredHinge")),
    *(f"losses.{name}Loss" for name in ("Exponential", "Squared", "Absolute", "Huber")),
    library="torch",
    rtol=1e-14,
)
def values_and_gradients_of_autograd():
    from torch import exp
    from torch.nn import functional as F

    from pellucid import losses

    def margin(raw, y, least):
        return F.margin_ranking_loss(raw, 0 * raw, 2 * y - 1, least, reduction="none")

    theirs = {
        losses.LogLoss(): _each(F.binary_cross_entropy_with_logits),
        losses.HingeLoss(): lambda raw, y: margin(raw, y, 1.0),
        losses.PerceptronLoss(): lambda raw, y: margin(raw, y, 0.0),
        losses.SquaredHingeLoss(): lambda raw, y: margin(raw, y, 1.0) ** 2,
        losses.ExponentialLoss(): lambda raw, y: exp((1 - 2 * y) * raw),
        losses.SquaredLoss(): lambda raw, y: _each(F.mse_loss)(raw, y) / 2,
        losses.AbsoluteLoss(): _each(F.l1_loss),
        losses.HuberLoss(1.2): _each(F.huber_loss, delta=1.2),
    }
    rng = np.random.default_rng(0)
    raw, y = 4 * rng.normal(size=50), rng.integers(2, size=50).astype(float)
    for loss, function in theirs.items():
        value, slope = _autograd(function, raw, y)
        yield f"{type(loss).__name__}, value", loss.value(y, raw), value
        yield f"{type(loss).__name__}, gradient", loss.gradient(y, raw), slope


@agrees("losses.CrossEntropy", library="torch", rtol=1e-14)
def cross_entropy_of_autograd():
    from torch.nn import functional as F

    from pellucid.losses import CrossEntropy

    rng = np.random.default_rng(0)
    raw, y = 4 * rng.normal(size=(50, 4)), rng.integers(4, size=50)
    value, slope = _autograd(_each(F.cross_entropy), raw, y)
    yield "value", CrossEntropy().value(y, raw), value
    yield "gradient", CrossEntropy().gradient(y, raw), slope


@agrees(
    *(f"losses.{name}Deviance" for name in ("Normal", "Poisson", "Gamma", "Binomial")),
    library="torch",
    rtol=1e-12,
)
def half_deviances_of_autograd():
    """log p(y | μ = y) - log p(y | μ), and its slope in η through the link."""
    import torch
    from torch.nn import functional as F

    from pellucid import losses

    def short_of_a_fit(eta, y, inverse, nll):
        return nll(inverse(eta), y) - nll(y, y)

    one = torch.ones(19, dtype=torch.float64)
    theirs = {
        losses.NormalDeviance(): (lambda eta: eta, _each(F.gaussian_nll_loss, var=one)),
        losses.PoissonDeviance(): (
            torch.exp,
            _each(F.poisson_nll_loss, log_input=False, eps=0.0),
        ),
        losses.GammaDeviance(): (torch.exp, lambda mu, y: torch.log(mu) + y / mu),
        losses.BinomialDeviance(): (torch.sigmoid, _each(F.binary_cross_entropy)),
    }
    eta, y = np.linspace(-3, 2, 19), np.linspace(0.9, 0.1, 19)
    for family, (inverse, nll) in theirs.items():
        half = functools.partial(short_of_a_fit, inverse=inverse, nll=nll)
        value, slope = _autograd(half, eta, y)
        mu, rise = family.link.inverse(eta), family.link.inverse_derivative(eta)
        yield f"{type(family).__name__}, value", family.unit(y, mu) / 2, value
        gradient = -(y - mu) * rise / family.variance(mu)
        yield f"{type(family).__name__}, gradient", gradient, slope


def _each(function, **options):
    """The loss of each example, of a function of PyTorch's that would take their mean."""
    return functools.partial(function, reduction="none", **options)


def _autograd(function, raw, y):
    """``function(raw, y)`` and its gradient with respect to raw."""
    import torch

    raw = torch.tensor(raw, requires_grad=True)
    value = function(raw, torch.tensor(y))
    value.sum().backward()
    return value.detach().numpy(), raw.grad.numpy()
