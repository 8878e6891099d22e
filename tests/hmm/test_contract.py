"""scikit-learn's checks, which pass y by position, on models whose y is not looked at."""

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
