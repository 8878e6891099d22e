"""scikit-learn's checks, which pass y by position, on models whose y is not looked at."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid import hmm

_SCORES = dict.fromkeys(
    ("check_methods_sample_order_invariance", "check_methods_subset_invariance"),
    "score_samples is hmmlearn's: log p(x) and the posterior, of sequences and not of rows",
)


class _IgnoresY:
    def fit(self, X, y=None, lengths=None):
        return super().fit(X, lengths)

    def score(self, X, y=None, lengths=None):
        return super().score(X, lengths)


class CategoricalHMM(_IgnoresY, hmm.CategoricalHMM):
    pass


class GaussianHMM(_IgnoresY, hmm.GaussianHMM):
    pass


class PoissonHMM(_IgnoresY, hmm.PoissonHMM):
    pass


class GMMHMM(_IgnoresY, hmm.GMMHMM):
    pass


class HMM(_IgnoresY, hmm.HMM):
    pass


MODELS = (CategoricalHMM, GaussianHMM, PoissonHMM, GMMHMM, HMM)


@parametrize_with_checks([cls() for cls in MODELS], expected_failed_checks=lambda _: _SCORES)
def test_contract(estimator, check):
    check(estimator)


def test_every_model_of_the_family_is_checked():
    assert {cls.__name__ for cls in MODELS} == {name for name in hmm.__all__ if "HMM" in name}


@pytest.mark.parametrize("implementation", ["scaling", "log"])
def test_no_iterations_leave_the_start_as_it_is(implementation):
    X = np.random.default_rng(0).normal(size=(50, 2))
    model = hmm.GaussianHMM(2, n_iter=0, n_init=3, random_state=0, implementation=implementation)
    assert np.isfinite(model.fit(X).score(X))
    assert model.history_ == [] and model.n_iter_ == 0 and not model.converged_
    model.set_params(init_params="")
    before = model.means_.copy()
    np.testing.assert_array_equal(model.fit(X).means_, before)


def test_parameters_that_a_fit_overwrites_are_logged(caplog):
    X = np.random.default_rng(0).normal(size=(50, 2))
    model = hmm.GaussianHMM(2, random_state=0)
    model.startprob_ = np.array([0.5, 0.5])
    model.fit(X)
    assert ["startprob_" in record.getMessage() for record in caplog.records] == [True]
    model.fit(X)  # what a fit has set is no mistake
    assert len(caplog.records) == 1
