"""Neighbours, and what is said by them: as scikit-learn, by definition, and in the books."""

import itertools
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.distance import cdist
from sklearn import neighbors as reference
from sklearn.base import clone
from sklearn.datasets import load_iris, load_wine
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.metrics import accuracy_score
from sklearn.metrics.pairwise import pairwise_distances
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler

import pellucid
from pellucid import neighbors, reduction
from pellucid.neighbors import (
    BallTree,
    KDTree,
    KNeighborsClassifier,
    KNeighborsRegressor,
    NearestNeighbors,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)
from pellucid.neighbors._brute import Scan
from pellucid.neighbors._choice import choose
from pellucid.neighbors._products import Products

RNG = np.random.RandomState(0)
X, NEW = RNG.standard_normal((300, 3)), RNG.standard_normal((50, 3))
LABELS = np.array(["a", "b", "c"])[np.digitize(X[:, 0] + 0.5 * RNG.normal(size=300), [-0.4, 0.4])]
NUMBERS = np.column_stack([X[:, 0] + X[:, 1] ** 2, X[:, 2]])
ALGORITHMS = ("auto", "brute", "kd_tree", "ball_tree")
METRICS = [
    {},
    {"metric": "manhattan"},
    {"metric": "chebyshev"},
    {"p": 3},
    {"p": 3, "metric_params": {"w": [1.0, 2.0, 3.0]}},
    {"metric": "cosine"},
    {"metric": "canberra"},
    {"metric": "mahalanobis", "metric_params": {"VI": np.eye(3)}},
    {"metric": "correlation"},
]


def squared(d):
    return 1 / (0.1 + d**2)


def able(algorithm, options):
    by_a_tree = options.get("metric") in (None, "manhattan", "chebyshev")
    return algorithm in ("auto", "brute") or by_a_tree


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("options", METRICS, ids=str)
@pytest.mark.parametrize("asked", [NEW, X[:40], None], ids=["new", "known", "themselves"])
def test_the_neighbours_are_scikit_learns(algorithm, options, asked):
    if not able(algorithm, options):
        algorithm = "auto"
    ours = NearestNeighbors(algorithm=algorithm, **options).fit(X)
    theirs = reference.NearestNeighbors(algorithm="brute", **options).fit(X)
    assert ours.effective_metric_ == theirs.effective_metric_
    for a, b in zip(ours.kneighbors(asked, 7), theirs.kneighbors(asked, 7), strict=True):
        assert a.dtype == b.dtype
        assert_allclose(a, b, rtol=1e-7, atol=1e-12)
    r = np.median(ours.kneighbors(asked, 9)[0])
    for a, b in zip(
        ours.radius_neighbors(asked, r), theirs.radius_neighbors(asked, r), strict=True
    ):
        assert a.shape == b.shape and a.dtype == b.dtype == object
        for i, j in zip(a, b, strict=True):
            assert_allclose(i, j, rtol=1e-7, atol=1e-12)
    for mode in ("connectivity", "distance"):
        for method, size in (("kneighbors_graph", 4), ("radius_neighbors_graph", r)):
            a = getattr(ours, method)(asked, size, mode=mode)
            b = getattr(theirs, method)(asked, size, mode=mode)
            assert a.format == "csr" and a.shape == b.shape and a.dtype == b.dtype
            assert_array_equal(a.indptr, b.indptr)
            assert abs(a - b).max() < 1e-7


@pytest.mark.parametrize(
    ("offset", "scale", "dtype"),
    [
        (0, 1, np.float64),
        (0, 1, np.float32),
        (1e8, 1, np.float64),
        (1e8, 1, np.float32),
        (0, 1e150, np.float64),
        (0, 1e-150, np.float64),
    ],
)
@pytest.mark.parametrize("k", [1, 6, 70, 300])
def test_products_find_what_differences_find(offset, scale, dtype, k):
    A = (offset + scale * RNG.standard_normal((300, 20))).astype(dtype)
    A[:40] = A[40:80]
    B, nobody = A[::5] + A[:1] * 1e-3, np.full(60, -1)
    for asked, own in ((B, nobody), (A[:299], np.arange(299)))[: 1 if k == 300 else 2]:
        for a, b in zip(
            Products(A).nearest(asked, k, own),
            Scan(A, "euclidean").nearest(asked, k, own),
            strict=True,
        ):
            assert_array_equal(a, b)


def test_one_point_far_away_does_not_blur_the_others():
    """Scaled by it, the others agree in all the digits of single precision."""
    A = RNG.standard_normal((300, 20))
    A[7] = 1e5
    nobody = np.full(300, -1)
    for a, b in zip(
        Products(A).nearest(A, 6, nobody), Scan(A, "euclidean").nearest(A, 6, nobody), strict=True
    ):
        assert_array_equal(a, b)


def test_far_from_zero_the_nearest_are_still_found():
    """‖x‖² - 2xᵀy + ‖y‖² of numbers near 1e8 has lost every digit of a distance near one."""
    far = X + 1e8
    D = cdist(far[:100], far)
    for algorithm in ALGORITHMS:
        d, i = NearestNeighbors(algorithm=algorithm).fit(far).kneighbors(far[:100])
        assert_array_equal(i, np.argsort(D, axis=1, kind="stable")[:, :5])
        assert_allclose(d, np.sort(D, axis=1)[:, :5], rtol=1e-12)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_of_those_equally_near_the_first(algorithm):
    grid = RNG.randint(0, 3, (200, 2)).astype(float)
    D = cdist(grid, grid)
    model = NearestNeighbors(algorithm=algorithm, leaf_size=3).fit(grid)
    order = np.argsort(D, axis=1, kind="stable")
    assert_array_equal(model.kneighbors(grid, 20)[1], order[:, :20])
    others = [[i for i in row if i != n][:20] for n, row in enumerate(order.tolist())]
    assert_array_equal(model.kneighbors(None, 20)[1], others)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("weights", ["uniform", "distance", None, squared])
@pytest.mark.parametrize("kind", ["k", "radius"])
def test_what_they_say_is_what_scikit_learns_say(kind, weights, algorithm):
    classes = {"k": "KNeighborsClassifier", "radius": "RadiusNeighborsClassifier"}[kind]
    numbers = classes.replace("Classifier", "Regressor")
    options = {"weights": weights, "algorithm": algorithm}
    size = {"n_neighbors": 6} if kind == "k" else {"radius": 0.9}
    alone = {"outlier_label": "most_frequent"} if kind == "radius" else {}
    two = np.column_stack([LABELS, np.where(X[:, 1] > 0, "yes", "no")])
    asked = np.vstack([NEW[:, :], X[:3]])
    for y in (LABELS, two):
        ours = getattr(neighbors, classes)(**options, **size, **alone).fit(X, y)
        theirs = getattr(reference, classes)(**options, **size, **alone).fit(X, y)
        assert_array_equal(ours.predict(asked), theirs.predict(asked))
        shares = ours.predict_proba(asked), theirs.predict_proba(asked)
        for a, b in zip(*shares, strict=True) if y.ndim == 2 else [shares]:
            assert_allclose(a, b, rtol=1e-7)
        assert_array_equal(ours.predict(None), theirs.predict(None))
        assert ours.outputs_2d_ == theirs.outputs_2d_
        for a, b in zip(ours.classes_, theirs.classes_, strict=True):
            assert_array_equal(a, b)
    for y in (NUMBERS[:, 0], NUMBERS):
        ours = getattr(neighbors, numbers)(**options, **size).fit(X, y)
        theirs = getattr(reference, numbers)(**options, **size).fit(X, y)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that some have no neighbours
            assert_allclose(ours.predict(asked), theirs.predict(asked), rtol=1e-9)


def test_weights_by_distance_take_the_class_of_the_most_weight():
    """numpy-ml's k-NN never updates its best score, and answers by a class at random."""
    model = KNeighborsClassifier(5, weights="distance").fit(X, LABELS)
    far, who = model.kneighbors(NEW)
    votes = np.array(
        [[(w * (LABELS[i] == c)).sum() for c in "abc"] for w, i in zip(1 / far, who, strict=True)]
    )
    assert_array_equal(model.predict(NEW), np.array(["a", "b", "c"])[votes.argmax(axis=1)])
    assert_allclose(model.predict_proba(NEW), votes / votes.sum(axis=1, keepdims=True))


def test_a_tree_of_one_point():
    """numpy-ml's ball tree falls over one point."""
    for Tree in (KDTree, BallTree):
        assert_array_equal(Tree([[3.0, 4.0]]).query([[0.0, 0.0]])[0], [[5.0]])
    model = KNeighborsClassifier(1).fit([[3.0, 4.0]], ["only"])
    assert model.predict([[0.0, 0.0]]) == ["only"]


@pytest.mark.parametrize("form", [sp.csr_matrix, sp.csr_array, sp.csc_array, sp.coo_array])
def test_sparse_rows(form):
    A = X * (np.abs(X) > 0.5)
    dense = KNeighborsClassifier(3, algorithm="brute").fit(A, LABELS)
    sparse = KNeighborsClassifier(3).fit(form(A), LABELS)
    for asked in (form(A[:60]), A[:60]):
        assert_allclose(sparse.kneighbors(asked)[0], dense.kneighbors(A[:60])[0], atol=1e-7)
    with pytest.raises(ValueError, match="does not support sparse input"):
        KNeighborsClassifier(algorithm="kd_tree").fit(A, LABELS).predict(form(A))
    with pytest.warns(UserWarning, match="cannot use tree with sparse input"):
        KNeighborsClassifier(algorithm="kd_tree").fit(form(A), LABELS)
    with pytest.raises(ValueError, match="not valid for sparse"):
        KNeighborsClassifier(metric="haversine").fit(form(A), LABELS)


@pytest.mark.parametrize("form", [np.asarray, sp.csr_matrix, sp.csr_array, sp.lil_array])
def test_precomputed_distances(form):
    D, asked = cdist(X, X), cdist(NEW, X)
    model = NearestNeighbors(metric="precomputed").fit(form(D) if form is np.asarray else D)
    plain = NearestNeighbors(algorithm="brute").fit(X)
    for rows, points in ((form(asked), NEW), (None, None)):
        for a, b in zip(model.kneighbors(rows, 4), plain.kneighbors(points, 4), strict=True):
            assert_allclose(a, b)
        for a, b in zip(
            model.radius_neighbors(rows, 0.7), plain.radius_neighbors(points, 0.7), strict=True
        ):
            assert_allclose(np.concatenate(a), np.concatenate(b))


def test_a_graph_of_neighbours_is_as_good_as_its_points():
    plain = NearestNeighbors(n_neighbors=8).fit(X)
    graph = plain.kneighbors_graph(X, mode="distance")
    model = NearestNeighbors(metric="precomputed").fit(graph)
    assert_array_equal(model.kneighbors(None, 7)[1], plain.kneighbors(None, 7)[1])
    with pytest.raises(ValueError, match="9 neighbors per samples are required"):
        model.kneighbors(graph, 9)
    graph.data[0] = -1
    with pytest.raises(ValueError, match="Negative values"):
        model.kneighbors(graph, 3)
    with pytest.raises(TypeError, match="explicit zeros"):
        model.kneighbors(sp.dok_array(graph), 3)
    with pytest.raises(ValueError, match="must be square"):
        NearestNeighbors(metric="precomputed").fit(np.ones((3, 4)))


def test_a_metric_of_ones_own_is_compiled_and_one_that_is_not_is_called():
    def plain(x, y):
        return np.sqrt(((x - y) ** 2).sum())

    def strange(x, y):
        return float({"d": cdist([x], [y])[0, 0]}["d"])

    expected = NearestNeighbors().fit(X).kneighbors(NEW)
    for f, algorithm, method in [
        (plain, "auto", "ball_tree"),
        (plain, "ball_tree", "ball_tree"),
        (plain, "brute", "brute"),
        (strange, "auto", "brute"),
    ]:
        model = NearestNeighbors(metric=f, algorithm=algorithm).fit(X)
        assert model._fit_method == method
        assert_allclose(model.kneighbors(NEW)[0], expected[0])
        assert_array_equal(model.kneighbors(NEW)[1], expected[1])
    with pytest.raises(ValueError, match="not valid for kd_tree"):
        NearestNeighbors(metric=plain, algorithm="kd_tree").fit(X)


def test_trees_and_other_models_are_taken_as_they_are():
    expected = NearestNeighbors().fit(X).kneighbors(NEW)
    for given in (KDTree(X), BallTree(X), NearestNeighbors(algorithm="brute").fit(X)):
        for a, b in zip(NearestNeighbors().fit(given).kneighbors(NEW), expected, strict=True):
            assert_array_equal(a, b)
    assert_array_equal(
        KNeighborsClassifier().fit(KDTree(X), LABELS).predict(NEW),
        KNeighborsClassifier().fit(X, LABELS).predict(NEW),
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_any_number_of_threads_gives_the_same(algorithm, monkeypatch):
    A = np.round(RNG.standard_normal((3000, 4)), 1)
    many = NearestNeighbors(algorithm=algorithm).fit(A)
    found = *many.kneighbors(A), *many.radius_neighbors(A, 0.4)
    monkeypatch.setattr(reduction.threads, "_cores", lambda: 1)
    one = NearestNeighbors(algorithm=algorithm).fit(A)
    again = *one.kneighbors(A), *one.radius_neighbors(A, 0.4)
    for a, b in zip(found, again, strict=True):
        assert_array_equal(np.concatenate(a), np.concatenate(b))


def test_outliers():
    y = np.repeat([1, 2], 150)
    lonely = np.full((1, 3), 1e6)
    model = RadiusNeighborsClassifier(0.5)
    with pytest.raises(ValueError, match="No neighbors found"):
        model.fit(X, y).predict(lonely)
    known = clone(model).set_params(outlier_label=2).fit(X, y)
    assert known.predict(lonely) == [2]
    assert_array_equal(known.predict_proba(lonely), [[0, 1]])
    unknown = clone(model).set_params(outlier_label=-7).fit(X, y)
    with pytest.warns(UserWarning, match="not in training classes"):
        assert unknown.predict(lonely) == [-7]
    for label, error in ([[5]], TypeError), ("a", TypeError), ([1, 2, 3], ValueError):
        with pytest.raises(error):
            clone(model).set_params(outlier_label=label).fit(X, y)
    with pytest.warns(UserWarning, match="predicting NaN"):
        assert np.isnan(RadiusNeighborsRegressor(0.5).fit(X, NUMBERS).predict(lonely)).all()


def test_bad_input():
    model = NearestNeighbors().fit(X)
    for call, error, message in [
        (lambda: NearestNeighbors().kneighbors(X), NotFittedError, "not fitted"),
        (lambda: model.kneighbors(X, 301), ValueError, "Expected n_neighbors <= n_samples_fit"),
        (lambda: model.kneighbors(None, 300), ValueError, "Expected n_neighbors < n_samples_fit"),
        (lambda: model.kneighbors(X, 0), ValueError, "Expected n_neighbors > 0. Got 0"),
        (lambda: model.kneighbors(X, 2.5), TypeError, "does not take"),
        (lambda: model.kneighbors(X[:, :2]), ValueError, "X has 2 features"),
        (lambda: model.kneighbors(X * np.nan), ValueError, "NaN"),
        (lambda: model.kneighbors_graph(X, mode="no"), ValueError, "Unsupported mode"),
        (lambda: model.radius_neighbors(X, 1, False, True), ValueError, "must be True"),
        (lambda: NearestNeighbors(p=-1).fit(X), ValueError, "The 'p' parameter"),
        (lambda: NearestNeighbors(metric="foo").fit(X), ValueError, "The 'metric' parameter"),
        (lambda: NearestNeighbors(n_neighbors=0).fit(X), ValueError, "'n_neighbors' parameter"),
        (lambda: NearestNeighbors(algorithm="kd_tree", p=0.5).fit(X), ValueError, "0 < p < 1"),
        (lambda: NearestNeighbors().fit(X[:0]), ValueError, "0 sample"),
        (lambda: NearestNeighbors().fit(np.where(X > 2, np.inf, X)), ValueError, "infinity"),
    ]:  # fmt: skip
        with pytest.raises(error, match=message):
            call()
    with pytest.warns(UserWarning, match="not distance metrics"):
        assert NearestNeighbors(p=0.5).fit(X)._fit_method == "brute"
    with pytest.warns(SyntaxWarning, match="Parameter p"):
        NearestNeighbors(metric_params={"p": 3}).fit(X)
    with pytest.warns(DataConversionWarning, match="column-vector"):
        KNeighborsClassifier().fit(X, LABELS[:, None])
    silent = KNeighborsClassifier(weights=lambda d: d * 0).fit(X, LABELS)
    with pytest.raises(ValueError, match="zero weights"):
        silent.predict(NEW)


def test_missing_values_where_the_metric_takes_them():
    holed = X.copy()
    holed[RNG.random_sample(X.shape) < 0.1] = np.nan
    holed[:, 0] = X[:, 0]
    model = NearestNeighbors(metric="nan_euclidean").fit(holed)
    D = pairwise_distances(holed, metric="nan_euclidean")
    assert_allclose(model.kneighbors(holed)[0], np.sort(D, axis=1)[:, :5], atol=1e-7)


@pytest.mark.parametrize(
    "model",
    [
        NearestNeighbors(algorithm="kd_tree"),
        NearestNeighbors(algorithm="brute"),
        KNeighborsClassifier(algorithm="ball_tree", weights="distance"),
        RadiusNeighborsClassifier(5.0, outlier_label="most_frequent"),
        KNeighborsRegressor(p=3),
        RadiusNeighborsRegressor(5.0),
    ],
    ids=str,
)
def test_models_are_saved(model, tmp_path):
    model.fit(X, NUMBERS[:, 0] if "Regressor" in str(model) else LABELS)
    pellucid.save(model, tmp_path / "model")
    back = pellucid.load(tmp_path / "model")
    method = "predict" if hasattr(model, "predict") else "kneighbors"
    assert_array_equal(getattr(back, method)(NEW), getattr(model, method)(NEW))


def test_a_spoilt_model_is_refused():
    for spoil in (
        lambda m: setattr(m, "_y", m._y[:-1]),
        lambda m: setattr(m, "_y", m._y + 9),
        lambda m: setattr(m, "_fit_X", m._fit_X[:-1]),
        lambda m: setattr(m, "n_samples_fit_", 7),
    ):
        model = KNeighborsClassifier().fit(X, LABELS)
        model._check_state()
        spoil(model)
        with pytest.raises(ValueError, match=r"examples|classes"):
            model._check_state()


# Raschka, Liu & Mirjalili, Machine Learning with PyTorch and Scikit-Learn (2022)


def _wine():
    wine, y = load_wine(return_X_y=True)
    parts = train_test_split(wine, y + 1, test_size=0.3, random_state=0, stratify=y)
    scaler = StandardScaler()
    return scaler.fit_transform(parts[0]), scaler.transform(parts[1]), parts[2], parts[3]


def test_backward_selection_of_the_book():
    """Chapter 4: five neighbours say .968/.963 by all features and .952/.926 by three."""
    train, test, y_train, y_test = _wine()
    knn = KNeighborsClassifier(n_neighbors=5).fit(train, y_train)
    assert round(knn.score(train, y_train), 3) == 0.968
    assert round(knn.score(test, y_test), 3) == 0.963
    parts = train_test_split(train, y_train, test_size=0.25, random_state=1)
    kept = tuple(range(13))
    while len(kept) > 3:
        subsets = list(itertools.combinations(kept, len(kept) - 1))
        scores = [
            accuracy_score(
                parts[3], clone(knn).fit(parts[0][:, s], parts[2]).predict(parts[1][:, s])
            )
            for s in subsets
        ]
        kept = subsets[int(np.argmax(scores))]
    assert kept == (0, 1, 11)  # Alcohol, Malic acid, OD280/OD315 of diluted wines
    knn.fit(train[:, kept], y_train)
    assert round(knn.score(train[:, kept], y_train), 3) == 0.952
    assert round(knn.score(test[:, kept], y_test), 3) == 0.926


def test_iris_of_the_book():
    """Chapter 7: one neighbour has an AUC of .85 ± .13."""
    iris, y = load_iris(return_X_y=True)
    X50, y50 = iris[50:, [1, 2]], LabelEncoder().fit_transform(y[50:])
    train, _, y_train, _ = train_test_split(X50, y50, test_size=0.5, random_state=1, stratify=y50)
    knn = make_pipeline(StandardScaler(), KNeighborsClassifier(1, p=2, metric="minkowski"))
    scores = cross_val_score(knn, train, y_train, cv=10, scoring="roc_auc")
    assert (round(scores.mean(), 2), round(scores.std(), 2)) == (0.85, 0.13)


def test_targets_that_are_none_or_sparse():
    for Model in (KNeighborsRegressor, RadiusNeighborsRegressor):
        with pytest.raises(ValueError, match="requires y to be passed"):
            Model().fit(X, None)
    with pytest.raises(TypeError, match="dense data is required"):
        KNeighborsClassifier().fit(X, sp.csr_matrix(np.ones((len(X), 2))))


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("euclidean", (1000, 6), "kd_tree"),
        ("euclidean", (1000, 8), "brute"),
        ("euclidean", (5000, 10), "brute"),
        ("euclidean", (30_000, 10), "kd_tree"),
        ("manhattan", (3000, 8), "brute"),
        ("manhattan", (30_000, 8), "kd_tree"),
        ("chebyshev", (1000, 10), "brute"),
        ("chebyshev", (10_000, 12), "kd_tree"),
        ("chebyshev", (10, 7), "kd_tree"),
    ],
)
def test_auto_goes_by_the_number_of_points_and_of_columns(name, shape, expected):
    assert choose("auto", np.empty(shape), name, {}, 3) == expected
