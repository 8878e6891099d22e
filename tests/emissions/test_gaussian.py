"""Normal densities: by their definition, far from zero, with gaps, and at the ends of the range."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from pellucid.emissions import Gaussian
from pellucid.emissions import gaussian as module
from pellucid.emissions import gaussian_covariances as covariances
from pellucid.reduction import add

KINDS = ("full", "tied", "diag", "spherical")


def weighted_rows(N=80, D=3, K=4, seed=0, shift=0.0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N, D)) @ rng.normal(size=(D, D)) + shift, rng.random((N, K))


def learn(kind, X, weight, **settings):
    emission = Gaussian(kind, **settings)
    return emission.m_step(emission.statistics(X, weight))


def matrices(emission):
    """The covariances (K, D, D), whatever their kind."""
    K, D = emission.mean.shape
    C = emission.covariance
    return {
        "full": lambda: C,
        "tied": lambda: np.array([C] * K),
        "diag": lambda: np.array([np.diag(c) for c in C]),
        "spherical": lambda: np.array([c * np.eye(D) for c in C]),
    }[emission.covariance_type]()


def by_definition(X, weight, kind, reg_covar):
    """Means and covariances, from the rows one by one."""
    share = weight / weight.sum(axis=0)
    mean = share.T @ X
    full = np.zeros((len(mean), X.shape[1], X.shape[1]))
    for k in range(len(mean)):
        for n in range(len(X)):
            full[k] += share[n, k] * np.outer(X[n] - mean[k], X[n] - mean[k])
    tied = np.tensordot(weight.sum(axis=0) / weight.sum(), full, axes=1)
    diag = np.array([np.diag(S) for S in full])
    eye = reg_covar * np.eye(X.shape[1])
    return mean, {
        "full": full + eye,
        "tied": tied + eye,
        "diag": diag + reg_covar,
        "spherical": diag.mean(axis=1) + reg_covar,
    }[kind]


def log_density(X, mean, covariance):
    return np.array(
        [multivariate_normal(m, C).logpdf(X) for m, C in zip(mean, covariance, strict=True)]
    ).T


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("D", "K"), [(1, 1), (1, 3), (3, 4), (12, 2)])
def test_moments_and_densities_are_those_of_the_definition(kind, D, K):
    X, weight = weighted_rows(D=D, K=K)
    emission = learn(kind, X, weight, reg_covar=1e-3)
    mean, covariance = by_definition(X, weight, kind, 1e-3)
    np.testing.assert_allclose(emission.mean, mean, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(emission.covariance, covariance, rtol=1e-10, atol=1e-13)
    expected = log_density(X, mean, matrices(emission)).reshape(len(X), K)
    np.testing.assert_allclose(emission.log_density(X), expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_add_to_the_whole(kind):
    X, weight = weighted_rows()
    emission = Gaussian(kind)
    parts = [emission.statistics(X[b], weight[b]) for b in (slice(1), slice(1, 50), slice(50, 80))]
    total = add(add(parts[0], parts[1]), parts[2])
    whole = emission.statistics(X, weight)
    for name in ("weight", "mean", "scatter"):
        np.testing.assert_allclose(
            getattr(total, name), getattr(whole, name), rtol=1e-11, atol=1e-13
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("D", [2, 9])
def test_the_ways_to_a_density_and_to_a_scatter_agree(kind, D, monkeypatch):
    X, weight = weighted_rows(D=D)
    weight[:5, 1] = 0
    in_one_pass = learn(kind, X, weight).log_density(X)  # if few and diagonal
    monkeypatch.setattr(module, "SMALL", 0)
    by_products = learn(kind, X, weight)
    assert not by_products.far.any()
    monkeypatch.setattr(module, "FAR", 0.0)
    monkeypatch.setattr("pellucid.emissions.gaussian_moments.FAR", 0.0)
    one_by_one = learn(kind, X, weight)
    assert one_by_one.far.all()
    np.testing.assert_allclose(
        by_products.covariance, one_by_one.covariance, rtol=1e-11, atol=1e-13
    )
    np.testing.assert_allclose(by_products.log_density(X), one_by_one.log_density(X), rtol=1e-11)
    np.testing.assert_allclose(in_one_pass, one_by_one.log_density(X), rtol=1e-11)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("small", [0, 32])
def test_a_density_far_from_the_others_is_taken_about_its_own_mean(kind, small, monkeypatch):
    """One of spread 1e-4 at 1e3, to all its digits; the others are taken together as before."""
    monkeypatch.setattr(module, "SMALL", small)
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(60, 3)), 1e3 + 1e-4 * rng.normal(size=(40, 3))])
    weight = np.concatenate([rng.random((100, 2)), np.zeros((100, 1))], axis=1)
    weight[60:], weight[60:, 2] = 0, 1
    emission = learn(kind, X, weight, reg_covar=0.0)
    if kind != "tied":
        assert emission.far.tolist() == [False, False, True]
    mean, covariance = by_definition(X, weight, kind, 0.0)
    np.testing.assert_allclose(emission.mean, mean, rtol=1e-12)
    # the rows' own rounding, 1e-13 of 1e-4, is what the third's digits are lost to
    np.testing.assert_allclose(emission.covariance, covariance, rtol=1e-8, atol=1e-16)
    expected = log_density(X, mean, matrices(emission))
    np.testing.assert_allclose(emission.log_density(X), expected, rtol=1e-8)


def test_few_densities_of_many_columns_take_the_other_way_to_the_same(monkeypatch):
    X, weight = weighted_rows(D=9, K=2)
    answers = []
    for few in (True, False):
        monkeypatch.setattr(covariances, "few", lambda K, D, few=few: few)
        monkeypatch.setattr(module, "few", lambda K, D, few=few: few)
        emission = learn("full", X, weight)
        answers.append((emission.covariance, emission.log_density(X)))
    for one, other in zip(*answers, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_far_from_zero_the_digits_stay(kind):
    X, weight = weighted_rows()
    X = np.round(X * 2**20) / 2**20  # so that adding 1e8 rounds nothing
    far = learn(kind, X + 2.0**27, weight, reg_covar=0)
    near = learn(kind, X, weight, reg_covar=0)
    np.testing.assert_allclose(far.covariance, near.covariance, rtol=1e-8)
    np.testing.assert_allclose(far.log_density(X + 2.0**27), near.log_density(X), rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_two_tight_groups_far_apart_keep_their_spread(kind):
    X, _ = weighted_rows(N=60)
    X = np.round(X * 2**20) / 2**20
    apart = np.concatenate([X[:30] - 2.0**27, X[30:] + 2.0**27])
    weight = np.repeat(np.eye(2), 30, axis=0)
    far = learn(kind, apart, weight, reg_covar=0)
    near = learn(kind, X, weight, reg_covar=0)
    np.testing.assert_allclose(far.covariance, near.covariance, rtol=1e-8)
    own = np.arange(60), np.repeat([0, 1], 30)  # the means are rounded, by 1.5e-8
    np.testing.assert_allclose(
        far.log_density(apart)[own], near.log_density(X)[own], rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("scale", [1e-150, 1e150])
@pytest.mark.parametrize("kind", KINDS)
def test_units_do_not_matter(kind, scale):
    X, weight = weighted_rows(D=2)
    scaled, plain = (learn(kind, s * X, weight, reg_covar=0) for s in (scale, 1.0))
    np.testing.assert_allclose(scaled.covariance / scale / scale, plain.covariance, rtol=1e-10)
    expected = plain.log_density(X) - 2 * np.log(scale)
    np.testing.assert_allclose(scaled.log_density(scale * X), expected, rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_without_spread_it_is_an_error_that_says_so(kind):
    with pytest.raises(ValueError, match="ill-defined empirical covariance"):
        learn(kind, np.ones((5, 2)), np.ones((5, 1)), reg_covar=0)
    np.testing.assert_allclose(learn(kind, np.ones((5, 2)), np.ones((5, 1))).mean, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_density_without_weight_stays_as_it_was(kind):
    X, weight = weighted_rows()
    before = learn(kind, X, weight)
    weight[:, 2] = 0
    after = before.m_step(before.statistics(X, weight))
    np.testing.assert_array_equal(after.mean[2], before.mean[2])
    if kind != "tied":
        np.testing.assert_array_equal(after.covariance[2], before.covariance[2])
    assert np.isfinite(after.log_density(X)).all()
    first = learn(kind, X, weight)  # nothing before: any finite density is as likely
    assert np.isfinite(first.log_density(X)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_weight_two_is_the_row_twice(kind):
    X, weight = weighted_rows()
    twice = weight.copy()
    twice[:10] *= 2
    a = learn(kind, X, twice)
    b = learn(kind, np.concatenate([X, X[:10]]), np.concatenate([weight, weight[:10]]))
    np.testing.assert_allclose(a.covariance, b.covariance, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 10**6), D=st.integers(1, 4))
@settings(max_examples=15, deadline=None)
def test_gaps_are_integrated_out(kind, seed, D):
    """Against the joint density of all coordinates, marginalised and conditioned by hand."""
    X, weight = weighted_rows(N=12, D=D, K=2, seed=seed)
    emission = learn(kind, X, weight, reg_covar=0.1)
    C = matrices(emission)
    rng = np.random.default_rng(seed)
    gaps = rng.random(X.shape) < 0.4
    X = np.where(gaps, np.nan, X)
    density = emission.log_density(X)
    completed, left = np.zeros((2, 12, D)), np.zeros((2, D, D))
    for n, x in enumerate(X):
        o, m = ~gaps[n], gaps[n]
        for k in range(2):
            expected = (
                multivariate_normal(emission.mean[k][o], C[k][np.ix_(o, o)]).logpdf(x[o])
                if o.any()
                else 0
            )
            np.testing.assert_allclose(density[n, k], expected, rtol=1e-9, atol=1e-10)
            precision = np.linalg.inv(C[k])
            hidden = np.linalg.inv(precision[np.ix_(m, m)])  # of what is missing, given the rest
            completed[k, n] = np.where(o, x, 0)
            step = x[o] - emission.mean[k][o]
            completed[k, n, m] = emission.mean[k][m] - hidden @ precision[np.ix_(m, o)] @ step
            left[k][np.ix_(m, m)] += weight[n, k] * hidden
    learned = emission.m_step(emission.statistics(X, weight))
    w = weight.sum(axis=0)
    mean = np.array([weight[:, k] @ completed[k] / w[k] for k in range(2)])
    np.testing.assert_allclose(learned.mean, mean, rtol=1e-9, atol=1e-10)
    full = np.array(
        [
            ((weight[:, k, None] * (completed[k] - mean[k])).T @ (completed[k] - mean[k]) + left[k])
            / w[k]
            for k in range(2)
        ]
    ) + 0.1 * np.eye(D)
    diag = np.array([np.diag(S) for S in full])
    tied = np.tensordot(w / w.sum(), full, axes=1)
    expected = {"full": full, "tied": tied, "diag": diag, "spherical": diag.mean(axis=1)}[kind]
    np.testing.assert_allclose(learned.covariance, expected, rtol=1e-8, atol=1e-9)


def test_gaps_before_there_are_parameters_are_refused():
    with pytest.raises(ValueError, match="no expectation of what is missing"):
        Gaussian().statistics(np.array([[np.nan, 1.0]]), np.ones((1, 1)))


@pytest.mark.parametrize("kind", KINDS)
def test_samples_have_the_moments(kind):
    """To five standard errors."""
    X, weight = weighted_rows(K=2)
    emission, n = learn(kind, X, weight), 20_000
    k = np.tile([0, 1], n)
    drawn = emission.sample(k, 0)
    for j, C in enumerate(matrices(emission)):
        off = np.abs(drawn[k == j].mean(axis=0) - emission.mean[j])
        assert (off < 5 * np.sqrt(np.diag(C) / n)).all()
        off = np.abs(np.cov(drawn[k == j].T) - C)
        assert (off < 5 * np.sqrt((C**2 + np.outer(np.diag(C), np.diag(C))) / n)).all()


@pytest.mark.parametrize(
    ("kind", "free"), [("full", 36), ("tied", 18), ("diag", 24), ("spherical", 16)]
)
def test_free_numbers(kind, free):
    assert learn(kind, *weighted_rows()).n_parameters == free
