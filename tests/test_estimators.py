"""scikit-learn's own checks, on every estimator."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid._catalogue import estimators

# {"family.Class": {check: why it cannot hold}}.  The list only shrinks.
EXPECTED_FAILURES: dict[str, dict[str, str]] = {}


def _expected(estimator):
    cls = type(estimator)
    return next(
        (why for name, why in EXPECTED_FAILURES.items() if name.endswith(f".{cls.__name__}")), {}
    )


@parametrize_with_checks(
    [cls() for _, cls in sorted(estimators().items())], expected_failed_checks=_expected
)
def test_estimator_contract(estimator, check):
    check(estimator)
