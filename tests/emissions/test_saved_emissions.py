"""Models that hold an emission, saved and loaded; and files that lie."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from pellucid import base, load, save
from pellucid.emissions import Bernoulli, Categorical, Emission, Gaussian, Poisson
from pellucid.mixture import BayesianGaussianMixture, BernoulliMixture, GaussianMixture, Mixture
from pellucid.persistence import LoadError
from pellucid.persistence.codec import Decoder, Encoder


@dataclass(frozen=True, eq=False)
class Exponential(Emission):
    """A density of the running program: it is in no family of pellucid's."""

    rate: np.ndarray | None = None

    def log_density(self, X):
        return np.log(self.rate) - self.rate * X

    def statistics(self, X, weight):
        return weight.sum(axis=0), weight.T @ X[:, 0]

    def m_step(self, total):
        rows, sums = total
        return replace(self, rate=rows / sums)

    def _check_state(self):
        if self.rate is not None and not (self.rate > 0).all():
            raise ValueError("rates are positive")


def rows():
    rng = np.random.default_rng(0)
    return rng.exponential(rng.choice([1.0, 9.0], 200))[:, None]


def there_and_back(value, folder):
    save(value, folder / "saved.pellucid")
    return load(folder / "saved.pellucid")


def test_a_mixture_of_the_users_own_density_comes_back(tmp_path):
    model = Mixture(Exponential(), 2, random_state=0).fit(rows())
    loaded = there_and_back(model, tmp_path)
    assert type(loaded.emission_) is Exponential
    np.testing.assert_array_equal(loaded.emission_.rate, model.emission_.rate)
    np.testing.assert_array_equal(loaded.score_samples(rows()), model.score_samples(rows()))
    assert loaded.emission.rate is None


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_a_mixture_of_normals_comes_back(kind, tmp_path):
    model = Mixture(Gaussian(kind, reg_covar=1e-3), 2, random_state=0).fit(rows())
    model.score_samples(rows())  # what it has worked out along the way is not saved
    loaded = there_and_back(model, tmp_path)
    assert vars(loaded.emission_).keys() <= set(Gaussian.__dataclass_fields__)
    np.testing.assert_array_equal(loaded.score_samples(rows()), model.score_samples(rows()))


@pytest.mark.parametrize("emission", [Bernoulli(), Categorical(3), Gaussian(), Poisson()])
def test_a_family_without_parameters_comes_back(emission, tmp_path):
    loaded = there_and_back(emission, tmp_path)
    assert type(loaded) is type(emission)
    assert vars(loaded) == vars(emission)


def decoded(value, change):
    """``value`` from a file whose tree ``change`` has altered."""
    encoder = Encoder("value")
    node = encoder(value, "")
    change(node)
    return Decoder(encoder.arrays)(node, "")


def test_a_field_that_the_file_lacks_has_its_default():
    assert decoded(Exponential(), lambda node: node["fields"].pop("rate")).rate is None


def test_a_field_that_the_class_has_not_is_refused():
    with pytest.raises(ValueError, match=r"no fields .*'log_density'"):
        decoded(Exponential(), lambda node: node["fields"].update(log_density=1))


@pytest.mark.parametrize(
    "name", ["pellucid.emissions.base", "os.system", "pellucid.linear_model.Ridge"]
)
def test_a_name_that_is_no_part_is_refused(name):
    with pytest.raises(ValueError, match="no class"):
        decoded(Exponential(), lambda node: node.update({"class": name}))


def test_classes_that_the_program_does_not_have_are_not_looked_for(tmp_path, monkeypatch):
    save(Exponential(np.ones(2)), tmp_path / "saved.pellucid")
    monkeypatch.delitem(base._registered_parts, f"{__name__}.Exponential")
    with pytest.raises(LoadError, match=r"no class .*Exponential is known here"):
        load(tmp_path / "saved.pellucid")


@pytest.mark.parametrize(
    "unsound",
    [
        Exponential(np.array([-1.0])),
        Gaussian("full", 0, np.zeros((2, 3)), np.ones((2, 3)), np.ones((2, 3))),
        Gaussian("diag", 0, np.zeros((2, 3)), np.ones((2, 3)), np.ones((3, 2))),
        Gaussian("full", 0, np.zeros(3), np.ones((2, 3)), np.ones((2, 3))),
        Gaussian("round"),
    ],
)
def test_fields_that_do_not_fit_together_are_refused(unsound, tmp_path):
    with pytest.raises(LoadError):
        there_and_back(unsound, tmp_path)


@pytest.mark.parametrize("cls", [BernoulliMixture, GaussianMixture, BayesianGaussianMixture])
@pytest.mark.parametrize("change", [{"n_components": 3}, {"n_features_in_": 7}])
def test_parameters_that_do_not_fit_a_model_are_refused(cls, change, tmp_path):
    model = cls(n_components=2, random_state=0).fit(rows() - 1)
    vars(model).update(change)
    with pytest.raises(LoadError, match=r"shape|components"):
        there_and_back(model, tmp_path)


def test_code_is_not_saved(tmp_path):
    with pytest.raises(TypeError, match="is code"):
        save(Exponential(rate=print), tmp_path / "saved.pellucid")
