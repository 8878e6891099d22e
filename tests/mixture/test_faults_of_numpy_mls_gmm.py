"""What is wrong with the mixture of numpy-ml (spec/numpy_ml.md), each fault as a test."""

import inspect

import numpy as np
import pytest

from pellucid.mixture import GaussianMixture


def two_groups(share=0.1, N=2000, shift=0.0):
    rng = np.random.default_rng(0)
    return shift + rng.normal(size=(N, 1)) + np.where(rng.random((N, 1)) < share, 0.0, 8.0)


def test_the_weights_are_learned():
    """There the shares of the components are a local variable, and never used."""
    X = two_groups()
    model = GaussianMixture(2, weights_init=[0.5, 0.5], random_state=0).fit(X)
    np.testing.assert_allclose(np.sort(model.weights_), [0.1, 0.9], atol=0.03)
    np.testing.assert_allclose(model.weights_, model.predict_proba(X).mean(axis=0), atol=1e-3)


def test_means_start_where_the_data_are():
    """There they start between -5 and 10, whatever the data: at 1000 all collapse."""
    near, far = (GaussianMixture(2, random_state=0).fit(two_groups(shift=s)) for s in (0, 1000))
    np.testing.assert_allclose(far.means_ - 1000, near.means_, rtol=1e-6, atol=1e-6)


def test_covariances_are_regularised():
    """There two equal rows make a singular matrix, and the fit returns -1."""
    X = np.repeat([[0.0, 0.0], [5.0, 5.0]], 4, axis=0)
    model = GaussianMixture(2, random_state=0).fit(X)
    np.testing.assert_allclose(model.covariances_, [1e-6 * np.eye(2)] * 2, rtol=1e-6, atol=1e-15)
    with pytest.raises(ValueError, match="increase reg_covar"):
        GaussianMixture(2, reg_covar=0, random_state=0).fit(X)


def test_predictions_heed_the_weights_and_are_posteriors():
    """There they are log densities, without the weights."""
    X = two_groups()
    model = GaussianMixture(2, random_state=0).fit(X)
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    rare, common = np.argsort(model.weights_)
    edge = np.linspace(0, 8, 8001)[:, None]
    even = GaussianMixture(2, random_state=0).fit(X)
    even.weights_ = np.full(2, 0.5)
    assert (model.predict(edge) == common).sum() > (even.predict(edge) == common).sum()
    assert (model.predict(edge) == rare).any()


def test_a_seed_of_zero_is_a_seed():
    """There ``if seed:`` passes it over."""
    X = two_groups()
    fits = [GaussianMixture(2, init_params="random", random_state=0, tol=1e-2).fit(X) for _ in "ab"]
    np.testing.assert_array_equal(fits[0].means_, fits[1].means_)


def test_fit_returns_the_model_and_knows_whether_it_converged():
    """There it returns 0 or -1."""
    model = GaussianMixture(2, random_state=0)
    assert model.fit(two_groups()) is model
    assert model.converged_
    assert "sample_weight" in inspect.signature(model.fit).parameters
