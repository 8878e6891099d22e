"""What the tests of saved models share."""

import pytest
from specimens import fit

from pellucid._catalogue import estimators


@pytest.fixture(scope="session")
def fitted():
    """``{name: (fitted estimator, data)}`` for the whole catalogue."""
    return {name: fit(cls) for name, cls in estimators().items()}
