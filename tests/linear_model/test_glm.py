"""Generalised linear models: what must be true, known answers, and bad and extreme input."""

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.linear_model as reference
import statsmodels.api as sm
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import d2_tweedie_score

from pellucid.linear_model import (
    GammaRegressor,
    GeneralizedLinearRegressor,
    PoissonRegressor,
    TweedieRegressor,
)
from pellucid.linear_model._generalized import DevianceRows, FisherRows
from pellucid.linear_model._row_sums import Problem
from pellucid.losses import (
    GammaDeviance,
    IdentityLink,
    InverseGaussianDeviance,
    InverseLink,
    LogLink,
    NormalDeviance,
    PoissonDeviance,
    TweedieDeviance,
)
from pellucid.reduction import Rows


def _data(N=150, D=3, seed=0):
    """X, weights and a target for each family whose mean is exp(w·x + b), or its logistic."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D))
    eta = X @ rng.normal(size=D) * 0.3 + 1
    mu, p = np.exp(eta), 1 / (1 + np.exp(-eta))
    targets = {
        "normal": mu + rng.normal(size=N),
        "poisson": rng.poisson(mu).astype(float),
        "gamma": rng.gamma(3, mu / 3),
        "inverse_gaussian": rng.wald(mu, 4.0),
        "binomial": rng.binomial(5, p) / 5,
    }
    return X, rng.integers(1, 4, size=N).astype(float), targets


FAMILIES = ["normal", "poisson", "gamma", "inverse_gaussian", "binomial"]


# --- what must be true --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "link"),
    [
        (PoissonDeviance(), LogLink()),
        (PoissonDeviance(), IdentityLink()),
        (GammaDeviance(), InverseLink()),
        (InverseGaussianDeviance(), LogLink()),
        (TweedieDeviance(1.5), LogLink()),
        (NormalDeviance(), LogLink()),
    ],
)
def test_slope_and_curvature_are_the_differences_of_the_deviance(family, link):
    X, weight, targets = _data()
    offset = np.linspace(0, 0.2, len(X))
    rows = Rows(np.abs(X), targets["gamma"], weight / weight.sum(), offset)
    problem = Problem(rows, 1.0, DevianceRows(family, link), np.full(4, 0.1), np.zeros(4))
    theta = np.array([[0.1], [0.2], [0.3], [1.5]])
    sums = problem.sums(theta)
    H, _ = problem.hessian(sums, None)
    for p, unit in enumerate(1e-5 * np.eye(4)[:, :, None]):
        up, down = problem.sums(theta + unit), problem.sums(theta - unit)
        assert sums.gradient[p, 0] == pytest.approx((up.value - down.value) / 2e-5, rel=1e-6)
        np.testing.assert_allclose(H[:, p], (up.gradient - down.gradient)[:, 0] / 2e-5, rtol=1e-6)


def test_fisher_information_is_the_mean_curvature():
    """Over y about its mean the observed curvature, linear in y, averages to the expected one."""
    eta, weight = np.linspace(0.5, 2, 8)[:, None], np.full(8, 1 / 8)
    mu, family = np.exp(eta[:, 0]), (GammaDeviance(), LogLink())
    above = DevianceRows(*family).terms(eta, 1.3 * mu, weight)[2]
    below = DevianceRows(*family).terms(eta, 0.7 * mu, weight)[2]
    expected = FisherRows(*family).terms(eta, 1.3 * mu, weight)[2]
    np.testing.assert_allclose((above + below) / 2, expected)
    assert not np.allclose(above, expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_of_weight_s_is_s_rows(family):
    X, weight, targets = _data()
    y, times = targets[family], weight.astype(int)
    weighted = GeneralizedLinearRegressor(family).fit(X, y, weight)
    repeated = GeneralizedLinearRegressor(family).fit(np.repeat(X, times, 0), np.repeat(y, times))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-8)
    np.testing.assert_allclose(weighted.covariance_, repeated.covariance_, rtol=1e-7, atol=1e-12)
    assert weighted.deviance_ == pytest.approx(repeated.deviance_)
    assert weighted.dispersion_ == pytest.approx(repeated.dispersion_)


def test_a_binomial_weight_is_a_number_of_trials():
    X, _, targets = _data()
    share = targets["binomial"]
    trials = np.full(len(X), 5.0)
    ours = GeneralizedLinearRegressor("binomial").fit(X, share, trials)
    counts = np.column_stack([5 * share, 5 - 5 * share])
    theirs = sm.GLM(counts, sm.add_constant(X), sm.families.Binomial()).fit(tol=1e-14)
    np.testing.assert_allclose([ours.intercept_, *ours.coef_], theirs.params, rtol=1e-7)
    np.testing.assert_allclose([ours.intercept_std_, *ours.coef_std_], theirs.bse, rtol=1e-7)
    assert ours.deviance_ == pytest.approx(theirs.deviance)


def test_an_offset_is_an_exposure():
    X, _, targets = _data()
    exposure = np.linspace(0.5, 3, len(X))
    y = targets["poisson"]
    counts = PoissonRegressor(alpha=0, tol=1e-8).fit(X, y, offset=np.log(exposure))
    rates = PoissonRegressor(alpha=0, tol=1e-8).fit(X, y / exposure, sample_weight=exposure)
    np.testing.assert_allclose(counts.coef_, rates.coef_, rtol=1e-7)
    means = counts.predict(X, offset=np.log(exposure))
    np.testing.assert_allclose(means, exposure * counts.predict(X))
    assert means.sum() == pytest.approx(y.sum())
    assert counts.score(X, y, offset=np.log(exposure)) > counts.score(X, y)


@pytest.mark.parametrize("D", [3, 400])
@pytest.mark.parametrize("sparse", [False, True])
def test_the_score_equations_hold(D, sparse):
    X, weight, targets = _data(N=60, D=D)
    y = targets["poisson"]
    model = PoissonRegressor(alpha=0.5, tol=1e-8)
    model.fit(sp.csr_array(X) if sparse else X, y, weight)
    residual = weight * (model.predict(X) - y) / weight.sum()
    np.testing.assert_allclose(residual @ X + 0.5 * model.coef_, 0, atol=1e-7)
    assert abs(residual.sum()) < 1e-7


def test_a_step_that_overshoots_is_halved_not_taken_for_the_end():
    """Without an intercept, and y far from 1, the first steps are much too long."""
    X, _, targets = _data()
    for family, y in targets.items():
        if family != "binomial":
            model = GeneralizedLinearRegressor(family, "log", fit_intercept=False, tol=1e-8)
            model.fit(X, 50 * np.abs(y) + 1)
            mu = model.predict(X)
            variance = model._family().variance(mu)
            slope = X.T @ ((50 * np.abs(y) + 1 - mu) * mu / variance)
            scale = np.abs(X).T @ ((50 * np.abs(y) + 1 + mu) * mu / variance)
            assert np.abs(slope / scale).max() < 1e-6


def test_standard_errors_are_those_of_many_samples():
    """A property of the estimator, not of one data set: the spread of w over draws of y."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    mu = np.exp(X @ [0.3, -0.2] + 1)
    fits = [GeneralizedLinearRegressor("gamma").fit(X, rng.gamma(2, mu / 2)) for _ in range(200)]
    spread = np.std([f.coef_ for f in fits], axis=0)
    np.testing.assert_allclose(np.mean([f.coef_std_ for f in fits], axis=0), spread, rtol=0.15)
    assert np.mean([f.dispersion_ for f in fits]) == pytest.approx(0.5, rel=0.05)


def test_score_is_the_deviance_explained():
    X, weight, targets = _data()
    for power, name in enumerate(["normal", "poisson", "gamma", "inverse_gaussian"]):
        y = targets[name]
        model = GeneralizedLinearRegressor(name, "log").fit(X, y, weight)
        expected = d2_tweedie_score(y, model.predict(X), sample_weight=weight, power=power)
        assert model.score(X, y, weight) == pytest.approx(expected)
        assert model.score(X, y, weight) == pytest.approx(
            1 - model.deviance_ / model.null_deviance_
        )


def test_warm_start_goes_on_where_it_stopped():
    X, _, targets = _data()
    model = PoissonRegressor(warm_start=True, tol=1e-6).fit(X, targets["poisson"])
    first = model.coef_
    model.fit(X, targets["poisson"])
    assert model.n_iter_ == 1
    np.testing.assert_allclose(model.coef_, first, rtol=1e-8)


# --- agreement ----------------------------------------------------------------------------------


@pytest.mark.parametrize("power", [-0.5, 0, 1, 1.5, 2, 2.7, 3])
@pytest.mark.parametrize("link", ["log", "identity"])
def test_tweedie_agrees_with_scikit_learn(power, link):
    X, weight, targets = _data()
    y = targets["gamma"] + 3
    ours = TweedieRegressor(power=power, link=link, alpha=0.1, tol=1e-9).fit(X, y, weight)
    theirs = reference.TweedieRegressor(
        power=power, link=link, alpha=0.1, tol=1e-10, max_iter=5000
    ).fit(X, y, weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-5, atol=1e-6)
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), abs=1e-7)


@pytest.mark.parametrize("name", ["PoissonRegressor", "GammaRegressor"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_poisson_and_gamma_agree_with_scikit_learn(name, dtype):
    X, weight, targets = _data()
    X, y = X.astype(dtype), targets["gamma"]
    ours = globals()[name](tol=1e-8).fit(X, y, weight)
    theirs = getattr(reference, name)(tol=1e-10, max_iter=1000).fit(X.astype(float), y, weight)
    assert ours.coef_.dtype == dtype
    rtol = 1e-6 if dtype == np.float32 else 1e-7
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=rtol, atol=1e-8)
    assert ours.intercept_ == pytest.approx(theirs.intercept_, rel=rtol)


# --- known answers ------------------------------------------------------------------------------


def test_the_mean_alone():
    y = np.array([1.0, 2.0, 6.0])
    X = np.zeros((3, 1))
    for family in ("normal", "poisson", "gamma", "inverse_gaussian"):
        model = GeneralizedLinearRegressor(family, "log").fit(X, y)
        assert np.exp(model.intercept_) == pytest.approx(3)
        assert model.coef_[0] == 0
        assert model.deviance_ == pytest.approx(model.null_deviance_)


def test_two_poisson_groups():
    """log μ is the log of each group's mean, with variance 1/Σy in each."""
    X = np.array([[0.0], [0.0], [1.0], [1.0]])
    model = GeneralizedLinearRegressor("poisson").fit(X, [2.0, 4.0, 5.0, 7.0])
    assert model.intercept_ == pytest.approx(np.log(3))
    assert model.coef_[0] == pytest.approx(np.log(2))
    assert model.intercept_std_ == pytest.approx(np.sqrt(1 / 6))
    assert model.coef_std_[0] == pytest.approx(np.sqrt(1 / 6 + 1 / 12))


# --- bad and extreme input ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (PoissonRegressor(), [-1.0, 2.0]),
        (GammaRegressor(), [0.0, 2.0]),
        (GeneralizedLinearRegressor("inverse_gaussian"), [0.0, 2.0]),
        (GeneralizedLinearRegressor("binomial"), [0.0, 2.0]),
        (TweedieRegressor(power=1.5), [-1.0, 2.0]),
        (TweedieRegressor(power=2.5), [0.0, 2.0]),
    ],
)
def test_targets_out_of_range_are_refused(model, y):
    with pytest.raises(ValueError, match=r"Some value\(s\) of y are out of the valid range"):
        model.fit([[1.0], [2.0]], y)
    fitted = model.fit([[1.0], [2.0]], [0.5, 0.9])
    with pytest.raises(ValueError, match=r"Some value\(s\) of y are out of the valid range"):
        fitted.score([[1.0], [2.0]], y)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (GeneralizedLinearRegressor("cauchy"), "The 'family' parameter"),
        (GeneralizedLinearRegressor(link="probit"), "The 'link' parameter"),
        (GeneralizedLinearRegressor(alpha=-1), "The 'alpha' parameter"),
        (PoissonRegressor(tol=0), "The 'tol' parameter"),
        (TweedieRegressor(power=0.5), "must not lie between 0 and 1"),
    ],
)
def test_bad_arguments_are_refused(model, message):
    with pytest.raises(ValueError, match=message):
        model.fit([[1.0], [2.0]], [0.5, 0.9])


def test_bad_offsets_weights_and_starts_are_refused():
    X, y = np.array([[1.0], [-1.0]]), np.array([1.0, 2.0])
    with pytest.raises(ValueError, match="offset"):
        PoissonRegressor().fit(X, y, offset=[1.0])
    with pytest.raises(ValueError, match="NaN"):
        PoissonRegressor().fit(X, y, offset=[1.0, np.nan])
    with pytest.raises(ValueError, match="zero"):
        PoissonRegressor().fit(X, y, sample_weight=[0.0, 0.0])
    with pytest.raises(ValueError, match="No start was found"):
        GeneralizedLinearRegressor("gamma", "inverse", fit_intercept=False).fit(X, y)


def test_a_model_at_the_edge_of_its_means_says_so():
    """An identity link wants a negative mean at the left."""
    X = np.arange(6.0)[:, None]
    with pytest.warns(ConvergenceWarning, match="range"):
        model = GeneralizedLinearRegressor("poisson", "identity").fit(X, [0, 0, 0, 0, 1, 50.0])
    assert (model.predict(X) > 0).all()


def test_a_family_without_events_and_one_without_failures():
    X = np.arange(4.0)[:, None]
    assert PoissonRegressor().fit(X, np.zeros(4)).predict(X).max() < 1e-4
    model = GeneralizedLinearRegressor("binomial").fit(X, np.ones(4))
    assert model.predict(X).min() > 1 - 1e-4
    assert np.isfinite(model.deviance_)


def test_certain_trials_far_from_the_others_do_not_stop_the_fit():
    """A mean may round to one: the row is then certain, and the others go on."""
    X = np.array([[-1.0], [0.0], [1.0], [2.0], [500.0]])
    y = np.array([0.2, 0.5, 0.4, 0.9, 1.0])
    model = GeneralizedLinearRegressor("binomial", tol=1e-8).fit(X, y)
    theirs = sm.GLM(y[:4], sm.add_constant(X[:4]), sm.families.Binomial()).fit(tol=1e-12)
    np.testing.assert_allclose([model.intercept_, *model.coef_], theirs.params, rtol=1e-6)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_units_out_of_all_proportion(scale):
    X, _, targets = _data()
    y = targets["poisson"]
    plain = GeneralizedLinearRegressor("poisson").fit(X, y)
    model = GeneralizedLinearRegressor("poisson").fit(X * scale, y)
    np.testing.assert_allclose(model.predict(X * scale), plain.predict(X), rtol=1e-7)
    gamma = GeneralizedLinearRegressor("gamma").fit(X, targets["gamma"])
    scaled = GeneralizedLinearRegressor("gamma").fit(X, targets["gamma"] * scale)
    np.testing.assert_allclose(scaled.coef_, gamma.coef_, rtol=1e-6)


def test_columns_that_say_the_same_share_their_weight():
    X, _, targets = _data()
    y = targets["gamma"]
    plain = GeneralizedLinearRegressor("gamma").fit(X, y)
    doubled = GeneralizedLinearRegressor("gamma").fit(np.hstack([X, X]), y)
    np.testing.assert_allclose(doubled.coef_, np.tile(plain.coef_ / 2, 2), rtol=1e-7)
    assert np.isfinite(doubled.coef_std_).all()


def test_as_many_parameters_as_rows_leave_no_dispersion():
    model = GeneralizedLinearRegressor().fit([[0.0], [1.0]], [1.0, 3.0])
    assert np.isnan(model.dispersion_)
    assert model.deviance_ == pytest.approx(0, abs=1e-12)
