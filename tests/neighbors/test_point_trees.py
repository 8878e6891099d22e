"""Trees of points: nearest by definition, on pleasant and unpleasant points."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.distance import cdist
from sklearn import neighbors as reference

import pellucid
from pellucid import reduction
from pellucid.neighbors import BallTree, KDTree
from pellucid.neighbors._build import arrange, part_at, select
from pellucid.neighbors._metrics import distances, metric

RNG = np.random.RandomState(0)
W = np.array([0.5, 2.0, 1.0])
ROUNDED = ("canberra", "mahalanobis")  # rounding parts what is equally far
V = np.array([[2.013, 0.517, 0.031], [0.517, 1.171, -0.253], [0.031, -0.253, 4.391]])


def lp(x, y, power=1.5):
    total = 0.0
    for d in range(len(x)):
        total += abs(x[d] - y[d]) ** power
    return total ** (1 / power)


def great_circle(A, B):
    (a, b), (c, d) = A.T[:, :, None], B.T[:, None]
    h = np.sin((a - c) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((b - d) / 2) ** 2
    return 2 * np.arcsin(np.sqrt(h))


# name, parameters, and the definition by another's code
METRICS = {
    "euclidean": ({}, lambda A, B: cdist(A, B)),
    "manhattan": ({}, lambda A, B: cdist(A, B, "cityblock")),
    "chebyshev": ({}, lambda A, B: cdist(A, B, "chebyshev")),
    "minkowski": ({"p": 3, "w": W}, lambda A, B: cdist(A, B, "minkowski", p=3, w=W)),
    "hamming": ({}, lambda A, B: cdist(A, B, "hamming")),
    "canberra": ({}, lambda A, B: cdist(A, B, "canberra")),
    "seuclidean": ({"V": W}, lambda A, B: cdist(A, B, "seuclidean", V=W)),
    "mahalanobis": ({"V": V}, lambda A, B: cdist(A, B, "mahalanobis", VI=np.linalg.inv(V))),
    lp: ({"power": 3.0}, lambda A, B: cdist(A, B, "minkowski", p=3)),
}
CASES = [(KDTree, name) for name in METRICS if name in KDTree.valid_metrics]
CASES += [(BallTree, name) for name in METRICS]
GRID = RNG.randint(0, 3, (300, 3)).astype(float)
POINTS = {
    "random": RNG.standard_normal((400, 3)),
    "duplicates": GRID,
    "all equal": np.ones((200, 3)),
    "one point": np.zeros((1, 3)),
    "two points": np.array([[0.0, 0, 0], [1, 2, 3]]),
    "constant columns": GRID * [0, 1, 0],
    "far from zero": GRID + 1e8,
    "large": RNG.standard_normal((300, 3)) * 1e100,
    "small": RNG.standard_normal((300, 3)) * 1e-100,
    "one far": np.vstack([RNG.standard_normal((99, 3)), np.full((1, 3), 1e8)]),
}


def nearest(D, k):
    """The k least distances of each row, of those that are equal the first."""
    mantissa, exponent = np.frexp(D)
    digits = np.ldexp(np.round(mantissa * 2.0**40), exponent - 40)  # less the rounding of roots
    order = np.argsort(digits, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(D, order, axis=1), order


@pytest.mark.parametrize(("Tree", "name"), CASES)
@pytest.mark.parametrize("kind", POINTS)
@pytest.mark.parametrize("leaf_size", [1, 7, 1000])
def test_the_nearest_are_those_of_the_definition(Tree, name, kind, leaf_size):
    X, (params, definition) = POINTS[kind], METRICS[name]
    Y = np.vstack([X[:20], X[:20][::-1] / 2 + X[:1] / 2])
    tree = Tree(X, leaf_size, name, **params)
    D = definition(Y, X)
    for k in {1, min(5, len(X)), len(X)}:
        far, who = tree.query(Y, k)
        expected, order = nearest(D, k)
        assert_allclose(far, expected, rtol=1e-10, atol=1e-300)
        ties = kind in ("duplicates", "all equal", "constant columns")
        if ties and name not in ROUNDED:
            assert_array_equal(who, order)
        else:
            assert_allclose(np.take_along_axis(D, who, axis=1), expected, rtol=1e-10)
        assert all(len(set(row)) == k for row in who.tolist())


@pytest.mark.parametrize(("Tree", "name"), CASES)
@pytest.mark.parametrize("kind", ["random", "duplicates", "all equal", "one point", "one far"])
def test_the_near_are_those_of_the_definition(Tree, name, kind):
    X, (params, definition) = POINTS[kind], METRICS[name]
    tree, D = Tree(X, 5, name, **params), definition(X[:30], X)
    for r in (0.0, 0.31, 1.01, np.inf):
        assert_array_equal(tree.query_radius(X[:30], r, count_only=True), (r >= D).sum(axis=1))
        who, far = tree.query_radius(X[:30], r, return_distance=True)
        for n, (i, d) in enumerate(zip(who, far, strict=True)):
            assert_array_equal(i, np.flatnonzero(r >= D[n]))
            assert_allclose(d, D[n, i], rtol=1e-10, atol=1e-300)
    radii = np.linspace(0, 2, 30)
    who, far = tree.query_radius(X[:30], radii[: len(D)], return_distance=True, sort_results=True)
    for n, (i, d) in enumerate(zip(who, far, strict=True)):
        assert set(i) == set(np.flatnonzero(D[n] <= radii[n]))
        assert (np.diff(d) >= 0).all()


def test_places_on_a_sphere():
    places = np.column_stack([RNG.uniform(-1.5, 1.5, 500), RNG.uniform(-3.1, 3.1, 500)])
    places[:3] = [[0, 3.1], [0, -3.1], [np.pi / 2, 0]]  # on either side of the date line; the pole
    far, who = BallTree(places, 4, "haversine").query(places, 6)
    expected, order = nearest(great_circle(places, places), 6)
    assert_allclose(far, expected, atol=1e-12)
    assert_array_equal(who, order)
    with pytest.raises(ValueError, match="only valid in 2 dimensions"):
        BallTree(RNG.rand(5, 3), metric="haversine")


@pytest.mark.parametrize("Tree", [KDTree, BallTree])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_as_scikit_learn(Tree, dtype):
    X, Y = RNG.rand(2000, 4).astype(dtype), RNG.rand(100, 4).astype(dtype)
    ours, theirs = Tree(X, leaf_size=10), getattr(reference, Tree.__name__)(X, leaf_size=10)
    for a, b in zip(ours.query(Y, 8), theirs.query(Y, 8), strict=True):
        assert a.dtype == b.dtype
        assert_allclose(a, b, rtol=1e-12)
    assert_array_equal(ours.query(Y, 3, return_distance=False), theirs.query(Y, 3)[1])
    data, index, nodes, bounds = ours.get_arrays()
    for a, b in zip((nodes, bounds), theirs.get_arrays()[2:], strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
    assert_array_equal(nodes["idx_start"], theirs.get_arrays()[2]["idx_start"])
    assert_array_equal(np.sort(index), np.arange(2000))
    assert_array_equal(ours.data, X)
    for node, (low, high) in (
        zip(nodes, bounds.swapaxes(0, 1), strict=True) if Tree is KDTree else ()
    ):
        rows = data[index[node["idx_start"] : node["idx_end"]]]
        assert_array_equal([rows.min(axis=0), rows.max(axis=0)], [low, high])


@pytest.mark.parametrize("Tree", [KDTree, BallTree])
def test_pairs_within_each_radius_are_counted(Tree):
    X, Y, r = POINTS["random"], RNG.standard_normal((50, 3)), np.array([0.0, 2.0, 0.5, 100.0])
    counts = Tree(X, leaf_size=5, metric="manhattan").two_point_correlation(Y, r, dualtree=True)
    assert_array_equal(counts, [np.sum(cdist(Y, X, "cityblock") <= one) for one in r])


@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
@pytest.mark.parametrize("Tree", [KDTree, BallTree])
def test_the_density_of_a_tree_is_scikit_learns(Tree, kernel):
    X, Y = POINTS["random"], RNG.standard_normal((50, 3))
    ours, theirs = Tree(X, leaf_size=5), getattr(reference, Tree.__name__)(X)
    for log in (False, True):
        a, b = (t.kernel_density(Y, 2.0, kernel=kernel, return_log=log) for t in (ours, theirs))
        assert_allclose(a, b, rtol=1e-7)
    exact = ours.kernel_density(Y, 2.0, kernel, rtol=0)
    assert_allclose(ours.kernel_density(Y, 2.0, kernel, atol=1e-2), exact, rtol=0, atol=1e-2)
    assert_allclose(ours.kernel_density(Y, 2.0, kernel, rtol=0.1), exact, rtol=0.1)


@pytest.mark.parametrize("Tree", [KDTree, BallTree])
@pytest.mark.parametrize("unit", [1e200, 1e-200])
def test_where_squares_are_infinite_or_zero_the_first_are_nearest(Tree, unit):
    X = POINTS["random"] * unit
    far, who = Tree(X, leaf_size=5).query(RNG.standard_normal((20, 3)) * unit, 4)
    assert_array_equal(who, np.tile(np.arange(4), (20, 1)))
    assert (far == far[0, 0]).all() and far[0, 0] in (0, np.inf)


def test_at_the_poles_there_is_no_longitude():
    half = np.pi / 2
    X = np.array([[half, 0], [half, 2], [-half, 1], [0, 0], [0, np.pi], [0, 2 * np.pi]])
    tree = BallTree(X, leaf_size=1, metric="haversine")
    far, who = tree.query([[half, -3.0], [0, 0]], 6)
    assert_allclose(far, [[0, 0, half, half, half, np.pi], [0, 0, half, half, half, np.pi]],
                    atol=1e-7)  # fmt: skip
    assert set(who[0, :2]) == {0, 1} and set(who[1, :2]) == {3, 5}
    assert tree.query_radius([[half, 9.0]], 1.0, count_only=True).tolist() == [2]


def test_balls_hold_their_points():
    X = RNG.standard_normal((500, 3)) + 1e6
    data, index, nodes, centres = BallTree(X, leaf_size=6).get_arrays()
    for node, centre in zip(nodes, centres[0], strict=True):
        rows = data[index[node["idx_start"] : node["idx_end"]]]
        farthest = cdist(rows, centre[None]).max()
        assert farthest <= node["radius"] <= farthest * (1 + 1e-9)
        assert_allclose(centre, rows.mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize("Tree", [KDTree, BallTree])
def test_any_number_of_threads_gives_the_same(Tree, monkeypatch):
    X = np.round(RNG.standard_normal((5000, 3)), 1)
    many, found = Tree(X, 3), Tree(X, 3).query(X, 5)
    near = many.query_radius(X, 0.2, return_distance=True)
    monkeypatch.setattr(reduction.threads, "_cores", lambda: 1)
    one = Tree(X, 3)
    for a, b in zip(many.get_arrays(), one.get_arrays(), strict=True):
        assert_array_equal(a, b)
    for a, b in zip(
        (*found, *near), (*one.query(X, 5), *one.query_radius(X, 0.2, True)), strict=True
    ):
        assert_array_equal(np.concatenate(a), np.concatenate(b))


def test_kernels_are_their_definitions():
    rows, a = RNG.standard_normal((57, 4)), RNG.randint(0, 9, 57).astype(float)
    for k in (0, 20, 56):
        assert select(a.copy(), k) == np.sort(a)[k]
    X = RNG.randint(0, 4, (57, 2)).astype(float)
    kept, index = X.copy(), np.arange(57)
    part_at(kept, index, 1, np.sort(X[:, 1])[28], 28)
    assert kept[:28, 1].max() <= kept[28:, 1].min()
    assert_array_equal(X[index], kept)
    out, point = np.empty(57), np.empty(4)
    distances(metric("manhattan", 4), rows[3], rows.T.ravel(), 0, 57, point, out)
    assert_allclose(out, np.abs(rows - rows[3]).sum(axis=1))


@pytest.mark.parametrize("leaf_size", [1, 2, 5, 40])
@pytest.mark.parametrize("N", [1, 2, 3, 10, 81, 257])
def test_leaves_hold_leaf_size_to_twice_as_many(N, leaf_size):
    X = RNG.rand(N, 2)
    points = arrange(X, leaf_size)
    sizes = (points.ends - points.starts)[len(points.starts) // 2 :]
    assert sizes.sum() == N and sizes.min() >= min(N, leaf_size)
    assert sizes.max() <= 2 * leaf_size
    parts = zip(points.starts, points.ends, points.lowest, strict=True)
    assert all(points.index[start:end].min() == lowest for start, end, lowest in parts)


@pytest.mark.parametrize("Tree", [KDTree, BallTree])
def test_bad_input(Tree):
    X = RNG.rand(10, 2)
    bad = X.copy()
    bad[3, 1] = np.nan
    for wrong, message in [
        (bad, "NaN"),
        (np.where(np.isnan(bad), np.inf, bad), "infinity"),
        (X[:0], "0 sample"),
        (X[:, :0], "0 feature"),
        (X[0], "2D array"),
    ]:
        with pytest.raises(ValueError, match=message):
            Tree(wrong)
    for options, message in [
        ({"leaf_size": 0}, "leaf_size must be"),
        ({"metric": "none such"}, "not valid"),
        ({"p": 0.5}, "p must be at least 1"),
        ({"w": [1.0]}, "size of w"),
        ({"w": [1.0, -1.0]}, "negative"),
    ]:
        with pytest.raises(ValueError, match=message):
            Tree(X, **options)
    with pytest.raises(TypeError, match="does not take"):
        Tree(X, metric="euclidean", q=3)
    tree = Tree(X)
    for call, message in [
        (lambda: tree.query(X, 11), "less than or equal"),
        (lambda: tree.query(X[:, :1]), "dimension must match"),
        (lambda: tree.query(bad), "NaN"),
        (lambda: tree.query_radius(X, [1.0, 2.0]), "broadcastable"),
        (lambda: tree.query_radius(X, 1.0, sort_results=True), "must be True"),
        (lambda: tree.query_radius(X, 1.0, True, True), "cannot both"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
    assert tree.query(X, 0)[1].shape == (10, 0)
    assert not tree.query_radius(X, -1.0, count_only=True).any()
    assert "10 points in 2 dimensions" in repr(tree)


def test_a_metric_that_does_not_compile_is_refused():
    def strange(x, y):
        return {"distance": open(x)}  # no number, and no code for a compiler

    with pytest.raises(TypeError, match="cannot be compiled"):
        BallTree(RNG.rand(10, 2), metric=strange)
    with pytest.raises(ValueError, match="not valid for KDTree"):
        KDTree(RNG.rand(10, 2), metric=lp)


@pytest.mark.parametrize("Tree", [KDTree, BallTree])
def test_a_tree_is_saved(Tree, tmp_path):
    X = RNG.rand(200, 3)
    tree = Tree(X, leaf_size=4, metric="minkowski", p=3)
    pellucid.save(tree, tmp_path / "tree")
    for back in (pellucid.load(tmp_path / "tree"), pickle.loads(pickle.dumps(tree))):
        for a, b in zip(back.query(X, 4), tree.query(X, 4), strict=True):
            assert_array_equal(a, b)


@pytest.mark.parametrize(
    "harm",
    [
        lambda t: t._points["index"].__setitem__(0, 10**6),
        lambda t: t._points["index"].__setitem__(0, t._points["index"][1]),
        lambda t: t._points["starts"].__setitem__(-1, 10**6),
        lambda t: t._points["ends"].__setitem__(0, 10**6),
        lambda t: t._points.update(columns=t._points["columns"][:-1]),
        lambda t: t._points.update(lowest=t._points["lowest"][:-1]),
        lambda t: setattr(t, "_bounds", t._bounds[1:]),
        lambda t: setattr(t, "_radii", t._radii[1:]),
        lambda t: setattr(t, "leaf_size", 1),
    ],
)
@pytest.mark.parametrize("Tree", [KDTree, BallTree])
def test_a_spoilt_tree_is_refused(Tree, harm):
    tree = Tree(RNG.rand(200, 3), leaf_size=4)
    tree._check_state()
    harm(tree)
    with pytest.raises(ValueError, match="tree of points"):
        tree._check_state()
