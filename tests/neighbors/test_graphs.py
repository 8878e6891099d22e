"""Graphs of neighbours: as scikit-learn's, and as good as the points for who takes distances."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.distance import cdist
from sklearn import neighbors as reference
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

import pellucid
from pellucid.neighbors import (
    KNeighborsClassifier,
    KNeighborsTransformer,
    LocalOutlierFactor,
    NearestNeighbors,
    RadiusNeighborsRegressor,
    RadiusNeighborsTransformer,
    kneighbors_graph,
    radius_neighbors_graph,
)

RNG = np.random.RandomState(0)
X, Y = RNG.standard_normal((80, 3)), RNG.standard_normal((20, 3))
LABELS = RNG.randint(0, 3, 80)
TRANSFORMERS = {KNeighborsTransformer: {"n_neighbors": 6}, RadiusNeighborsTransformer: {}}


# Agreement


@pytest.mark.parametrize("include_self", [True, False, "auto"])
@pytest.mark.parametrize("mode", ["connectivity", "distance"])
@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_graphs_are_scikit_learns(mode, include_self, metric):
    options = {"mode": mode, "include_self": include_self, "metric": metric}
    for ours, theirs, size in (
        (kneighbors_graph, reference.kneighbors_graph, 4),
        (radius_neighbors_graph, reference.radius_neighbors_graph, 1.2),
    ):
        a, b = ours(X, size, **options), theirs(X, size, **options)
        assert_allclose(a.toarray(), b.toarray(), atol=1e-14)
        assert a.nnz == b.nnz  # zeros on the diagonal are stored


@pytest.mark.parametrize("mode", ["connectivity", "distance"])
@pytest.mark.parametrize("Transformer", TRANSFORMERS)
def test_transformers_are_scikit_learns(Transformer, mode):
    options = {"mode": mode, **TRANSFORMERS[Transformer]}
    ours = Transformer(**options)
    theirs = getattr(reference, Transformer.__name__)(**options)
    a, b = ours.fit_transform(X), theirs.fit_transform(X)
    assert_allclose(a.toarray(), b.toarray(), atol=1e-12)
    assert_allclose(ours.transform(Y).toarray(), theirs.transform(Y).toarray(), atol=1e-12)
    assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())


# What must be true


def test_graphs_hold_the_definition():
    D = cdist(X, X)
    A = radius_neighbors_graph(X, 1.0, mode="distance").toarray()
    assert_allclose(A, np.where(D <= 1, D, 0), rtol=1e-12)
    np.fill_diagonal(D, np.inf)
    near = np.argsort(D, axis=1)[:, :3]
    A = kneighbors_graph(X, 3)
    assert_array_equal(np.sort(A.indices.reshape(-1, 3)), np.sort(near))
    assert (A.data == 1).all()


def test_a_graph_of_a_fitted_model_is_that_of_its_examples():
    model = NearestNeighbors(radius=1.2, metric="manhattan").fit(X)
    for graph, size in ((kneighbors_graph, 4), (radius_neighbors_graph, 1.2)):
        assert (graph(model, size) != graph(X, size, metric="manhattan")).nnz == 0


@pytest.mark.parametrize(
    ("transformer", "model"),
    [
        (KNeighborsTransformer(n_neighbors=5), KNeighborsClassifier()),
        (KNeighborsTransformer(n_neighbors=7), LocalOutlierFactor(7, novelty=True)),
        (RadiusNeighborsTransformer(radius=4.0), RadiusNeighborsRegressor(radius=3.5)),
    ],
)
def test_a_pipeline_of_distances_is_the_model_itself(transformer, model):
    chained = make_pipeline(transformer, clone(model).set_params(metric="precomputed"))
    assert_allclose(chained.fit(X, LABELS).predict(Y), model.fit(X, LABELS).predict(Y))


@pytest.mark.parametrize("Transformer", TRANSFORMERS)
def test_a_saved_transformer_gives_the_same(Transformer, tmp_path):
    model = Transformer().fit(X)
    pellucid.save(model, tmp_path / "model")
    again = pellucid.load(tmp_path / "model")
    assert (again.transform(Y) != model.transform(Y)).nnz == 0


# Bad and extreme input


def test_duplicates_and_lone_points():
    points = np.vstack([np.zeros((50, 2)), [[9.0, 9.0]]])
    A = radius_neighbors_graph(points, 0, include_self=True)
    assert A.sum() == 50 * 50 + 1
    assert radius_neighbors_graph(points, 0).getnnz(axis=1)[-1] == 0
    assert kneighbors_graph(points, 50).getnnz() == 51 * 50
    assert KNeighborsTransformer(n_neighbors=2).fit_transform(sp.csr_array(points)).nnz == 51 * 3


@pytest.mark.parametrize("graph", [kneighbors_graph, radius_neighbors_graph])
def test_bad_input(graph):
    with pytest.raises(ValueError, match="Unsupported mode"):
        graph(X, 2, mode="weights")
    with pytest.raises(ValueError, match="NaN"):
        graph(np.full((3, 2), np.nan), 2)
    with pytest.raises(ValueError, match="n_samples_fit"):
        kneighbors_graph(X[:3], 3)
