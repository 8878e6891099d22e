"""Every loss against finite differences of its own value, and at its extremes."""

import inspect

import numpy as np
import pytest

from pellucid import losses

LOSSES = [
    cls()
    for name in losses.__all__
    for cls in [getattr(losses, name)]
    if inspect.isclass(cls) and issubclass(cls, losses.Loss) and cls is not losses.Loss
]
LABELLED = set(losses.classification.__all__)


def _points(loss):
    raw = np.linspace(-3.03, 3.07, 62)  # off every kink
    y = (
        (np.arange(62) % 2).astype(float)
        if type(loss).__name__ in LABELLED
        else np.cos(np.arange(62))
    )
    return y, raw


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_derivatives_are_those_of_the_value(loss):
    y, raw = _points(loss)
    h = 1e-6
    slope = (loss.value(y, raw + h) - loss.value(y, raw - h)) / (2 * h)
    np.testing.assert_allclose(loss.gradient(y, raw), slope, atol=1e-7, rtol=1e-7)
    curvature = (loss.gradient(y, raw + h) - loss.gradient(y, raw - h)) / (2 * h)
    np.testing.assert_allclose(loss.hessian(y, raw), curvature, atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("method", ["value", "gradient", "hessian"])
def test_a_number_is_an_array_of_one(loss, method):
    y, raw = _points(loss)
    together = getattr(loss, method)(y, raw)
    np.testing.assert_array_equal(
        [getattr(loss, method)(*p) for p in zip(y, raw, strict=True)], together
    )


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_float32_stays_float32(loss):
    y, raw = (a.astype(np.float32) for a in _points(loss))
    for method in ("value", "gradient", "hessian"):
        assert getattr(loss, method)(y, raw).dtype == np.float32


def test_log_loss_is_finite_and_exact_far_out():
    loss = losses.LogLoss()
    assert loss.value(1.0, -1e4) == 1e4 and loss.value(0.0, 1e4) == 1e4
    assert loss.gradient(1.0, 40.0) == pytest.approx(-np.exp(-40), rel=1e-12)
    assert loss.hessian(1.0, 800.0) == 0


def test_cross_entropy_gradient_is_that_of_its_value():
    loss = losses.CrossEntropy()
    raw = np.random.default_rng(0).normal(size=(7, 4)) * 3
    y = np.arange(7) % 4
    gradient = np.empty_like(raw)
    for k in range(4):
        step = 1e-6 * (np.arange(4) == k)
        gradient[:, k] = (loss.value(y, raw + step) - loss.value(y, raw - step)) / 2e-6
    np.testing.assert_allclose(loss.gradient(y, raw), gradient, atol=1e-8)


FAMILIES = [
    cls()
    for name in losses.__all__
    for cls in [getattr(losses, name)]
    if inspect.isclass(cls) and issubclass(cls, losses.Deviance) and cls is not losses.Deviance
]
LINKS = [
    losses.IdentityLink(),
    losses.LogLink(),
    losses.LogitLink(),
    losses.HalfLogitLink(),
    losses.InverseLink(),
]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: type(f).__name__)
def test_deviance_slope_is_minus_two_residuals_over_variance(family):
    mu = np.linspace(0.05, 0.95, 19)
    y = np.linspace(0.9, 0.1, 19)
    slope = (family.unit(y, mu + 1e-6) - family.unit(y, mu - 1e-6)) / 2e-6
    np.testing.assert_allclose(slope, -2 * (y - mu) / family.variance(mu), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(family.unit(y, y), 0, atol=1e-14)
    slope = (family.variance(mu + 1e-6) - family.variance(mu - 1e-6)) / 2e-6
    np.testing.assert_allclose(family.variance_derivative(mu), slope, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("link", LINKS, ids=lambda link: type(link).__name__)
def test_a_link_inverts(link):
    mu = np.linspace(0.05, 0.95, 19)
    eta = link.link(mu)
    np.testing.assert_allclose(link.inverse(eta), mu, rtol=1e-12)
    slope = (link.inverse(eta + 1e-6) - link.inverse(eta - 1e-6)) / 2e-6
    np.testing.assert_allclose(link.inverse_derivative(eta), slope, rtol=1e-6)
    up, down = link.inverse_derivative(eta + 1e-6), link.inverse_derivative(eta - 1e-6)
    np.testing.assert_allclose(
        link.inverse_curvature(eta), (up - down) / 2e-6, rtol=1e-6, atol=1e-9
    )


def test_the_half_logit_is_where_the_mean_exponential_loss_is_least():
    loss, mu = losses.ExponentialLoss(), np.linspace(0.05, 0.95, 19)
    s = loss.link.link(mu)
    slope = mu * loss.gradient(1.0, s) + (1 - mu) * loss.gradient(0.0, s)
    np.testing.assert_allclose(slope, 0, atol=1e-14)


@pytest.mark.parametrize("loss", [losses.AbsoluteLoss(), losses.QuantileLoss(0.3)])
def test_the_slope_at_the_kink_is_that_from_below(loss):
    assert loss.gradient(2.0, 2.0) == loss.gradient(2.0, 1.0)


def test_binomial_deviance_is_finite_where_the_mean_has_rounded_to_one():
    family = losses.BinomialDeviance()
    np.testing.assert_array_equal(family.unit(np.array([1.0, 0.0]), np.array([1.0, 0.0])), 0)


@pytest.mark.parametrize(
    ("power", "limit"),
    [(0, losses.NormalDeviance()), (1, losses.PoissonDeviance()), (2, losses.GammaDeviance())],
)
def test_tweedie_deviance_has_the_others_as_limits(power, limit):
    y, mu = np.linspace(0.1, 3, 30), np.linspace(2, 0.3, 30)
    near = losses.TweedieDeviance(power + 1e-7)
    np.testing.assert_allclose(near.unit(y, mu), limit.unit(y, mu), atol=1e-6)
    np.testing.assert_allclose(near.variance(mu), limit.variance(mu), rtol=1e-6)
