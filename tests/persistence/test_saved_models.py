"""Every estimator comes back as it was, here, in a fresh interpreter, and in later versions."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from specimens import make, say

import pellucid
from pellucid import base
from pellucid._catalogue import FAMILIES, estimators
from pellucid.base import Estimator
from pellucid.persistence import LoadError, models

GOLDEN = Path(__file__).parent / "golden"


def assert_same_answers(ours, theirs):
    assert ours.keys() == theirs.keys()
    for method in ours:
        a, b = np.asarray(ours[method]), np.asarray(theirs[method])
        assert a.dtype == b.dtype and a.shape == b.shape, method
        assert a.dtype.kind == "O" or a.tobytes() == b.tobytes(), method
        assert a.dtype.kind != "O" or a.tolist() == b.tolist(), method


@pytest.mark.parametrize("name", sorted(estimators()))
def test_a_fitted_model_comes_back_bit_for_bit(name, fitted, tmp_path):
    model, data = fitted[name]
    pellucid.save(model, tmp_path / "model")
    loaded = pellucid.load(tmp_path / "model")
    assert type(loaded) is type(model)
    assert repr(loaded.get_params()) == repr(model.get_params())
    assert vars(loaded).keys() == vars(model).keys()
    assert_same_answers(say(loaded, data), say(model, data))


@pytest.mark.parametrize("name", sorted(estimators()))
def test_a_model_that_is_not_fitted_comes_back(name, tmp_path):
    model = make(estimators()[name])
    pellucid.save(model, tmp_path / "model")
    assert repr(pellucid.load(tmp_path / "model").get_params()) == repr(model.get_params())


def test_a_loaded_model_can_be_fitted_on(fitted, tmp_path):
    for name, (model, data) in fitted.items():
        if hasattr(model, "partial_fit") and hasattr(model, "classes_"):
            pellucid.save(model, tmp_path / "model")
            loaded = pellucid.load(tmp_path / "model")
            y = np.resize(model.classes_, len(data))
            (
                assert_same_answers(
                    say(loaded.partial_fit(data, y), data), say(model.partial_fit(data, y), data)
                ),
                name,
            )


PROGRAM = """
import sys
sys.path.insert(0, {here!r})
import sklearn.metrics  # scikit-learn brings pandas and others, if they are there
before = set(sys.modules)
import pellucid
model = pellucid.load({ridge!r})
families = {{name for name in sys.modules if name.startswith("pellucid.")}}
assert "pellucid.linear_model" in families and "pellucid.naive_bayes" not in families, families
new = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(new - set(sys.stdlib_module_names)))

from specimens import make, say
from test_saved_models import assert_same_answers
for model, data, answers in pellucid.load({everything!r}):
    assert_same_answers(say(model, data), answers)
"""


def test_a_fresh_interpreter_loads_all_and_imports_no_more_than_it_needs(fitted, tmp_path):
    everything = [(model, data, say(model, data)) for model, data in fitted.values()]
    pellucid.save(everything, tmp_path / "everything")
    pellucid.save(fitted["linear_model.Ridge"][0], tmp_path / "ridge")
    program = PROGRAM.format(
        here=str(Path(__file__).parent),
        ridge=str(tmp_path / "ridge"),
        everything=str(tmp_path / "everything"),
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    new = {name for name in done.stdout.split() if not name.startswith("_")}
    assert "pellucid" in new
    known = {"pellucid", "numpy", "scipy", "sklearn", "safetensors", "numba", "llvmlite"}
    assert new <= known | {"yaml"}  # where there is one, numba reads its settings by it


def test_the_table_of_families_is_whole():
    named = {f"pellucid.{family}" for family in FAMILIES}
    homes = {cls.__module__ for cls in estimators().values()}
    assert all(home.startswith(models.FAMILIES) for home in homes)
    assert set(models.FAMILIES) <= named


class Mean(Estimator):
    """A user's own estimator."""

    def __init__(self, shrink=1.0):
        self.shrink = shrink

    def fit(self, X, y=None):
        self.mean_ = self.shrink * np.mean(X, axis=0)
        return self


def test_a_users_own_estimator_comes_back(tmp_path):
    pellucid.save(Mean(0.5).fit([[2.0], [4.0]]), tmp_path / "mean")
    loaded = pellucid.load(tmp_path / "mean")
    assert type(loaded) is Mean and loaded.mean_ == [1.5] and loaded.shrink == 0.5


def test_a_class_that_is_not_defined_here_is_named(tmp_path):
    pellucid.save(type("Passing", (Mean,), {"__module__": "elsewhere"})(), tmp_path / "model")
    del base._registered["elsewhere.Passing"]
    with pytest.raises(LoadError, match=r"no class elsewhere\.Passing is known here; import"):
        pellucid.load(tmp_path / "model")


def test_what_cannot_be_saved_of_a_model_is_named_by_its_path(tmp_path):
    model = Mean(lambda x: x)
    with pytest.raises(TypeError, match=r"cannot save Mean\.shrink: <function .* is code"):
        pellucid.save(model, tmp_path / "model")
    with pytest.raises(TypeError, match=r"cannot save list\[1\]\.shrink: "):
        pellucid.save([1, model], tmp_path / "model")
    hidden = Mean()
    hidden.fit = None
    with pytest.raises(TypeError, match=r"cannot save Mean\.fit: it hides"):
        pellucid.save(hidden, tmp_path / "model")
    spaced = Mean()
    vars(spaced)["a b"] = 1
    with pytest.raises(TypeError, match=r"cannot save Mean\.a b"):
        pellucid.save(spaced, tmp_path / "model")


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.pellucid")), ids=lambda path: path.name)
def test_files_of_earlier_versions_still_load(path):
    golden = pellucid.load(path)
    for model, data, answers in golden["models"]:
        for method, answer in say(model, data).items():
            if np.asarray(answer).dtype.kind == "f":
                np.testing.assert_allclose(answer, answers[method], rtol=1e-12, atol=1e-14)
            else:
                assert np.array_equal(answer, answers[method])
    for value, text in golden["values"]:
        assert repr(value) == text


if __name__ == "__main__":  # write the golden file of this version, once, at its release
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from specimens import X, Y, fit
    from test_saved_values import VALUES

    from pellucid.linear_model import LogisticRegression
    from pellucid.preprocessing import StandardScaler

    columns = make_column_transformer((StandardScaler(), [0, 1]), remainder="passthrough")
    pipe = make_pipeline(columns, LogisticRegression()).fit(X, Y["classes"])
    names = ("feature_extraction.text.TfidfVectorizer", "linear_model.Ridge")
    kept = [(pipe, X), *(fit(estimators()[name]) for name in names)]
    unordered = (set, frozenset)
    texts = [(v, f"{v!r}") for v in VALUES if type(v) not in unordered and v is not VALUES[4]]
    pellucid.save(
        {
            "models": [(model, data, say(model, data)) for model, data in kept],
            "values": [pair for pair in texts if len(pair[1]) < 100 and " at 0x" not in pair[1]],
        },
        GOLDEN / f"{pellucid.__version__}.pellucid",
    )
