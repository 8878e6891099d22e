"""scikit-learn's own checks, on every estimator."""

import inspect

import pytest
from sklearn.base import ClassifierMixin
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid._catalogue import estimators, needs_arguments
from pellucid.linear_model import LogisticRegression, Ridge
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

# {"family.Class": {check: why it cannot hold}}.  The list only shrinks.
_WEIGHTS = (
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
)
_ONE_STEP_OR_TWO = dict.fromkeys(
    _WEIGHTS,
    "one step of twice the length is not two steps, and the order of the examples has changed",
)
_DIRECT = {
    "check_non_transformer_estimators_n_iter": "a direct solver takes no iterations: n_iter_ is "
    "None, as it is in scikit-learn, whose own Ridge fails this check as well"
}
_DRAWN = dict.fromkeys(_WEIGHTS, "a row of weight two is drawn as often as two rows, not the same")
EXPECTED_FAILURES: dict[str, dict[str, str]] = {
    "cluster.KMeans": _DRAWN,
    "cluster.MiniBatchKMeans": _DRAWN,
    "ensemble.BaggingClassifier": _DRAWN,
    "ensemble.BaggingRegressor": _DRAWN,
    "ensemble.IsolationForest": _DRAWN,
    "ensemble.RandomForestClassifier": _DRAWN,
    "ensemble.RandomForestRegressor": _DRAWN,
    "linear_model.RANSACRegressor": dict.fromkeys(
        _ONE_STEP_OR_TWO, "a row of weight two is drawn as often as any; two rows are drawn twice"
    ),
    "linear_model.Ridge": _DIRECT,
    "linear_model.RidgeClassifier": _DIRECT,
    "linear_model.Perceptron": _ONE_STEP_OR_TWO,
    "linear_model.SGDClassifier": _ONE_STEP_OR_TWO,
    "linear_model.SGDRegressor": _ONE_STEP_OR_TWO,
}

# What passes y by position: a model of sequences has ``lengths`` there, as hmmlearn's have.
_LENGTHS_FOR_Y = (
    "y stands where a model of sequences takes lengths; tests/hmm runs all of them without"
)
_OF_SEQUENCES = dict.fromkeys(
    (
        "check_dict_unchanged",
        "check_dont_overwrite_parameters",
        "check_dtype_object",
        "check_estimators_dtypes",
        "check_estimators_fit_returns_self",
        "check_estimators_overwrite_params",
        "check_estimators_pickle",
        "check_f_contiguous_array_estimator",
        "check_fit2d_1feature",
        "check_fit2d_predict1d",
        "check_fit_check_is_fitted",
        "check_fit_idempotent",
        "check_fit_score_takes_y",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_n_features_in",
        "check_n_features_in_after_fitting",
        "check_pipeline_consistency",
        "check_readonly_memmap_input",
    ),
    _LENGTHS_FOR_Y,
)


def _expected(estimator):
    cls = type(estimator)
    if "lengths" in inspect.signature(cls.fit).parameters:
        positive = get_tags(estimator).input_tags.positive_only
        first = "check_fit2d_1sample" if positive else "check_positive_only_tag_during_fit"
        return {first: _LENGTHS_FOR_Y, **_OF_SEQUENCES}
    return next(
        (why for name, why in EXPECTED_FAILURES.items() if name.endswith(f".{cls.__name__}")), {}
    )


def _takes_tables(estimator):
    """scikit-learn has no checks for what takes documents; it says so by a warning."""
    return get_tags(estimator).input_tags.two_d_array


SMALL = {"max_depth": 3, "random_state": 0}


def _make(cls):
    """An estimator of the class; an ensemble that has no members of its own gets two."""
    if not needs_arguments(cls):
        return cls()
    if issubclass(cls, ClassifierMixin):
        return cls([("line", LogisticRegression()), ("tree", DecisionTreeClassifier(**SMALL))])
    return cls([("line", Ridge()), ("tree", DecisionTreeRegressor(**SMALL))])


# The checks fit to labels at random, and to few rows: an iteration may well not converge on those.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:Bins whose width:UserWarning")  # nor fill five bins
@pytest.mark.filterwarnings("ignore:n_neighbors .* is greater:UserWarning")  # nor have so many
@parametrize_with_checks(
    [e for _, cls in sorted(estimators().items()) if _takes_tables(e := _make(cls))],
    expected_failed_checks=_expected,
)
def test_estimator_contract(estimator, check):
    check(estimator)
