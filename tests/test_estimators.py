"""scikit-learn's own checks, on every estimator."""

import pytest
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid._catalogue import estimators

# {"family.Class": {check: why it cannot hold}}.  The list only shrinks.
_ONE_STEP_OR_TWO = dict.fromkeys(
    (
        "check_sample_weight_equivalence_on_dense_data",
        "check_sample_weight_equivalence_on_sparse_data",
    ),
    "one step of twice the length is not two steps, and the order of the examples has changed",
)
_DIRECT = {
    "check_non_transformer_estimators_n_iter": "a direct solver takes no iterations: n_iter_ is "
    "None, as it is in scikit-learn, whose own Ridge fails this check as well"
}
EXPECTED_FAILURES: dict[str, dict[str, str]] = {
    "linear_model.RANSACRegressor": dict.fromkeys(
        _ONE_STEP_OR_TWO, "a row of weight two is drawn as often as any; two rows are drawn twice"
    ),
    "linear_model.Ridge": _DIRECT,
    "linear_model.RidgeClassifier": _DIRECT,
    "linear_model.Perceptron": _ONE_STEP_OR_TWO,
    "linear_model.SGDClassifier": _ONE_STEP_OR_TWO,
    "linear_model.SGDRegressor": _ONE_STEP_OR_TWO,
}


def _expected(estimator):
    cls = type(estimator)
    return next(
        (why for name, why in EXPECTED_FAILURES.items() if name.endswith(f".{cls.__name__}")), {}
    )


def _takes_tables(estimator):
    """scikit-learn has no checks for what takes documents; it says so by a warning."""
    return get_tags(estimator).input_tags.two_d_array


# The checks fit to labels at random, and to few rows: an iteration may well not converge on those.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:Bins whose width:UserWarning")  # nor fill five bins
@pytest.mark.filterwarnings("ignore:n_neighbors .* is greater:UserWarning")  # nor have so many
@parametrize_with_checks(
    [e for _, cls in sorted(estimators().items()) if _takes_tables(e := cls())],
    expected_failed_checks=_expected,
)
def test_estimator_contract(estimator, check):
    check(estimator)
