"""TreeSHAP: Shapley values by their definition, the ``shap`` package, and what must be true."""

import itertools
import math

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import tree as reference
from sklearn.exceptions import NotFittedError

import pellucid
from pellucid import reduction
from pellucid.base import Estimator
from pellucid.linear_model import Ridge
from pellucid.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    TreeExplainer,
    _shap,
    _shap_background,
    sum_of_trees,
)

RNG = np.random.RandomState(0)
X = RNG.standard_normal((200, 4)).astype(np.float32).astype(np.float64)
Y = np.round(1000 * (X[:, 0] * X[:, 1] + np.sin(3 * X[:, 2]) + 0.1 * RNG.normal(size=200)))
CLASSES = np.digitize(Y, [-500, 500])
HOLED = np.where(RNG.random_sample(X.shape) < 0.2, np.nan, X)
CODED = np.column_stack([RNG.randint(0, 70, 200), RNG.randint(0, 3, 200) * 10.0, X[:, 2:]])
CODED[RNG.random_sample(X.shape) < 0.1] = np.nan
HASH = CODED[:, 0] * 37 % 11 + CODED[:, 1]
WEIGHT = RNG.randint(0, 4, 200).astype(float)
NEW = np.where(RNG.random_sample((6, 4)) < 0.2, np.nan, RNG.standard_normal((6, 4)))


class Sum(Estimator):
    """A sum of trees that are given to it."""

    def __init__(self, models, scale, offset):
        self.models = models
        self.scale = scale
        self.offset = offset

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _sum_of_trees(self):
        return [model.tree_ for model in self.models], self.scale, np.asarray(self.offset, float)


def grown(kind):
    """(model, the table it learned from), for everything that a tree may be."""
    numbers, classes = DecisionTreeRegressor, DecisionTreeClassifier
    if kind == "a root alone":
        return numbers().fit(X, np.ones(200)), X
    if kind == "a stump":
        return numbers(max_depth=1).fit(X, Y), X
    if kind == "one feature, again and again":
        return numbers(random_state=0).fit(X[:, :1], Y), X[:, :1]
    if kind == "features that come again":
        return numbers(random_state=0).fit(X[:, :2], Y), X[:, :2]
    if kind == "all features":
        return numbers(max_leaf_nodes=30, random_state=0).fit(X, Y), X
    if kind == "weights":
        return numbers(max_depth=6, random_state=0).fit(X, Y, WEIGHT), X
    if kind == "outputs":
        return numbers(max_depth=5).fit(X, np.column_stack([Y, X[:, 3]])), X
    if kind == "classes":
        return classes(max_depth=6, random_state=0).fit(X, CLASSES), X
    if kind == "outputs of classes":
        return classes(max_depth=4).fit(X, np.column_stack([CLASSES, X[:, 3] > 0])), X
    if kind == "missing values":
        return numbers(max_depth=7, random_state=0).fit(HOLED, Y), HOLED
    if kind == "categories":
        y = np.nan_to_num(HASH, nan=5)
        return numbers(max_depth=7, categorical_features=[0, 1]).fit(CODED, y), CODED
    assert kind == "trees"
    models = [
        numbers(max_depth=depth, random_state=depth).fit(HOLED, np.column_stack([Y, X[:, 3]]))
        for depth in (1, 3, 9)
    ]
    return Sum(models, [0.5, -2.0, 0.01], [3.0, -1.0]).fit(X), HOLED


KINDS = [
    "a root alone", "a stump", "one feature, again and again", "features that come again",
    "all features", "weights", "outputs", "classes", "outputs of classes", "missing values",
    "categories", "trees",
]  # fmt: skip


# --- the definitions ----------------------------------------------------------------------------


def expected_value(tree, x, known, node=0):
    """Of a tree's value, if the features in ``known`` are; else by the shares of the examples."""
    left, right = tree.children_left[node], tree.children_right[node]
    if left < 0:
        return tree.value[node].ravel()
    f = tree.feature[node]
    if f not in known:
        cover = tree.weighted_n_node_samples
        return (
            cover[left] * expected_value(tree, x, known, left)
            + cover[right] * expected_value(tree, x, known, right)
        ) / cover[node]
    if np.isnan(x[f]):
        to_left = tree.missing_go_to_left[node]
    elif tree.categories[f]:
        to_left = int(tree.category_bits[node][int(x[f]) // 64]) >> int(x[f]) % 64 & 1
    else:
        to_left = x[f] <= tree.threshold[node]
    return expected_value(tree, x, known, left if to_left else right)


def game(model, x, background):
    """v(S) for the coded row x: its expectation over the trees' examples, or the background."""
    trees, scale, offset = sum_of_trees(model)
    scales = np.broadcast_to(scale, len(trees))
    everything = set(range(len(x)))

    def v(known):
        if background is None:
            pairs = zip(trees, scales, strict=True)
            return offset + sum(s * expected_value(tree, x, known) for tree, s in pairs)
        raws = []
        for other in background:
            mixed = np.array([x[j] if j in known else other[j] for j in range(len(x))])
            pairs = zip(trees, scales, strict=True)
            raws.append(offset + sum(s * expected_value(t, mixed, everything) for t, s in pairs))
        return np.mean(raws, axis=0)

    return v


def subsets(features):
    for size in range(len(features) + 1):
        yield from map(set, itertools.combinations(features, size))


def shapley(v, D):
    def share(j):
        return sum(
            math.factorial(len(S)) * math.factorial(D - len(S) - 1) / math.factorial(D)
            * (v(S | {j}) - v(S))
            for S in subsets(sorted(set(range(D)) - {j}))
        )  # fmt: skip

    return np.array([share(j) for j in range(D)])  # (D, R)


def shapley_interactions(v, D):
    single = shapley(v, D)
    pairs = np.zeros((D, *single.shape))
    for i, j in itertools.permutations(range(D), 2):
        for S in subsets(sorted(set(range(D)) - {i, j})):
            w = math.factorial(len(S)) * math.factorial(D - len(S) - 2) / math.factorial(D - 1)
            pairs[i, j] += w / 2 * (v(S | {i, j}) - v(S | {i}) - v(S | {j}) + v(S))
    for i in range(D):
        pairs[i, i] = single[i] - pairs[i].sum(axis=0)
    return pairs


def coded(model, rows):
    return model._table(rows) if hasattr(model, "_table") else rows


def rows_for(kind, table):
    new = NEW[:, : table.shape[1]].copy()
    if kind in ("missing values", "trees"):
        return new
    if kind == "categories":
        new[:, 0], new[:, 1] = [3, 69, 500, np.nan, 12, 65], [0, 10, 20, 7, np.nan, 10]
        return new
    return np.nan_to_num(new)


def last_axis(values, dims):
    """(..., R), also for one output."""
    return values[..., None] if values.ndim == dims else values


@pytest.mark.parametrize("background", [False, True], ids=["paths", "background"])
@pytest.mark.parametrize("kind", KINDS)
def test_values_are_those_of_the_definition(kind, background):
    model, table = grown(kind)
    new = rows_for(kind, table)
    others = table[50:57] if background else None
    explainer = TreeExplainer(model, others)
    phi, pairs = explainer.shap_values(new), explainer.shap_interaction_values(new)
    D = new.shape[1]
    others = None if others is None else coded(model, others)
    for n, x in enumerate(coded(model, new)[:4]):
        v = game(model, x, others)
        slack = 1e-12 * max(1, np.abs(v(set())).max())
        assert_allclose(last_axis(phi, 2)[n], shapley(v, D), rtol=1e-10, atol=slack)
        assert_allclose(last_axis(pairs, 3)[n], shapley_interactions(v, D), rtol=1e-10, atol=slack)
        assert_allclose(np.atleast_1d(explainer.expected_value), v(set()), rtol=1e-10, atol=slack)


# --- the shap package ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["numbers", "classes"])
def test_the_shap_package(kind):
    shap = pytest.importorskip("shap", exc_type=ImportError)
    Ours, Theirs, y = {
        "numbers": (DecisionTreeRegressor, reference.DecisionTreeRegressor, Y),
        "classes": (DecisionTreeClassifier, reference.DecisionTreeClassifier, CLASSES),
    }[kind]
    options = {"min_samples_leaf": 10, "random_state": 0}
    ours, theirs = Ours(**options).fit(X, y), Theirs(**options).fit(X, y)
    assert_array_equal(ours.tree_.feature, theirs.tree_.feature)
    slack = 1e-12 * np.abs(y).max()
    by_path = shap.TreeExplainer(theirs, feature_perturbation="tree_path_dependent")
    explainer = TreeExplainer(ours)
    assert_allclose(explainer.shap_values(X), by_path.shap_values(X), atol=slack)
    assert_allclose(
        explainer.shap_interaction_values(X), by_path.shap_interaction_values(X), atol=slack
    )
    assert_allclose(explainer.expected_value, np.squeeze(by_path.expected_value), atol=slack)
    others = X[:30]
    against = shap.TreeExplainer(theirs, others, feature_perturbation="interventional")
    explainer = TreeExplainer(ours, others)
    assert explainer.shap_values(X).shape == against.shap_values(X).shape
    # theirs adds in single precision here
    assert_allclose(explainer.shap_values(X), against.shap_values(X), atol=1e-6 * np.abs(y).max())


# --- what must be true --------------------------------------------------------------------------


@pytest.mark.parametrize("background", [None, HOLED[:150]], ids=["paths", "background"])
def test_local_accuracy(background):
    """What the features add is the prediction, also down a path of forty features."""
    deep = np.tril(np.ones((41, 40)))  # row n is told from the next by feature n alone
    model = DecisionTreeRegressor(random_state=0).fit(deep, np.arange(41.0))
    explainer = TreeExplainer(model, None if background is None else deep[::4])
    total = explainer.shap_values(deep).sum(axis=1)
    assert_allclose(total + explainer.expected_value, model.predict(deep), atol=1e-10)
    for kind in ("trees", "missing values"):
        model, table = grown(kind)
        explainer = TreeExplainer(model, background)
        phi, pairs = explainer.shap_values(table), explainer.shap_interaction_values(table)
        trees, scale, offset = sum_of_trees(model)
        raw = offset + sum(
            s * tree.predict(table)[:, :, 0]
            for tree, s in zip(trees, np.broadcast_to(scale, len(trees)), strict=True)
        )
        raw = raw if raw.shape[1] > 1 else raw[:, 0]
        assert_allclose(phi.sum(axis=1) + explainer.expected_value, raw, rtol=1e-12, atol=1e-10)
        assert_allclose(pairs.sum(axis=2), phi, atol=1e-10)
        assert_array_equal(pairs, pairs.swapaxes(1, 2))


@pytest.mark.parametrize("background", [None, X[:20]], ids=["paths", "background"])
def test_axioms(background):
    """A feature that no tree asks for has nothing; features that do the same have the same."""
    table = np.column_stack([X[:, 0], X[:, 0], X[:, 1]])
    twins = [
        DecisionTreeRegressor(random_state=0).fit(X[:, :2], Y),
        DecisionTreeRegressor(random_state=0).fit(X[:, :2], Y),
    ]
    for model, features in zip(twins, ([0, 2], [1, 2]), strict=True):  # the same, of either column
        tree = model.tree_
        tree.feature = np.where(tree.feature < 0, -2, np.array(features)[tree.feature])
        tree.categories = np.zeros(4, np.int64)
    table = np.column_stack([table, X[:, 3]])
    background = None if background is None else table[:20]
    phi = TreeExplainer(Sum(twins, 0.5, [0.0]).fit(table), background).shap_values(table)
    assert_allclose(phi[:, 0], phi[:, 1], atol=1e-9)
    assert_array_equal(phi[:, 3], 0)
    alone = TreeExplainer(Sum(twins[:1], 0.5, [0.0]).fit(table), background).shap_values(table)
    other = TreeExplainer(Sum(twins[1:], 0.5, [0.0]).fit(table), background).shap_values(table)
    assert_allclose(phi, alone + other, atol=1e-9)  # linearity


def test_a_background_is_a_mean_over_its_rows():
    model, table = grown("missing values")
    strip, rows = _shap_background.STRIP, table[:3]
    others = np.resize(table, (2 * strip + 5, 4))  # in three strips
    whole = TreeExplainer(model, others).shap_values(rows)
    each = [TreeExplainer(model, [b]).shap_values(rows) for b in others]
    assert_allclose(whole, np.mean(each, axis=0), atol=1e-9)
    assert_array_equal(TreeExplainer(model, rows[:1]).shap_values(rows[:1]), 0)


@pytest.mark.parametrize("background", [None, HOLED[:20]], ids=["paths", "background"])
def test_threads_and_the_other_rows_do_not_matter(background, monkeypatch):
    model, table = grown("trees")
    explainer = TreeExplainer(model, background)
    many = np.resize(table, (700, 4))  # not a whole number of blocks
    phi = explainer.shap_values(many)
    assert_array_equal(explainer.shap_values(many[-1:]), phi[-1:])
    monkeypatch.setattr(reduction.threads, "_cores", lambda: 1)
    assert_array_equal(explainer.shap_values(many), phi)


def integrate_in_numpy(rows, forest):
    """The twin of ``integrate``: a plane (T, N) of all t and all rows at once."""
    phi = np.zeros((len(rows), len(forest.categories), forest.value.shape[1]))

    def below(n, known, product, t):
        """Σ v Π q over the leaves below node n; ``known`` is feature -> (o, z)."""
        node = forest.nodes[n]
        if node["right"] < 0:
            return product * forest.value[n, :, None, None]  # (R, T, N)
        f, total = node["feature"], 0
        went = np.array([_shap.goes_left(x[f], n, forest) for x in rows])
        for child, goes in ((n + 1, went), (node["right"], ~went)):
            o, z = known.get(f, (np.ones(len(rows)), 1.0))
            was = z * (1 - t) + o * t
            new_o, new_z = o * goes, forest.nodes[child]["share"]
            q = new_z * (1 - t) + new_o * t
            sums = below(child, {**known, f: (new_o, new_z)}, product * q / was, t)
            step = (new_o - new_z) / q - (o - z) / was
            phi[:, f] += (step * sums).sum(axis=1).T
            total = total + sums
        return total

    for root, Q in zip(forest.starts, forest.points, strict=False):
        t, weight = forest.times[Q, :Q, None], forest.weights[Q, :Q, None]
        below(root, {}, weight * np.ones((1, len(rows))), t)
    return phi


@pytest.mark.parametrize("kind", ["all features", "outputs", "categories", "trees"])
def test_the_kernel_is_its_numpy_twin(kind):
    model, table = grown(kind)
    explainer = TreeExplainer(model)
    rows = coded(model, table[:70])
    expected = integrate_in_numpy(rows, explainer._forest)
    phi = last_axis(explainer.shap_values(table[:70]), 2)
    assert_allclose(phi, expected, rtol=1e-10, atol=1e-12 * np.abs(expected).max())


def test_tables_of_every_kind():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    names = ["a", "b", "c", "d"]
    model = DecisionTreeRegressor(max_depth=4, random_state=0).fit(
        pd.DataFrame(X, columns=names), Y
    )
    expected = TreeExplainer(model).shap_values(pd.DataFrame(X, columns=names))
    assert_array_equal(TreeExplainer(model).shap_values(pl.DataFrame(X, schema=names)), expected)
    plain = DecisionTreeRegressor(max_depth=4, random_state=0).fit(X, Y)
    sparse = sp.csr_matrix(X)
    assert_array_equal(TreeExplainer(plain).shap_values(sparse), expected)
    assert_array_equal(
        TreeExplainer(plain, sparse[:9]).shap_values(X), TreeExplainer(plain, X[:9]).shap_values(X)
    )
    X.setflags(write=False)
    TreeExplainer(plain, X[:9]).shap_interaction_values(X[:3])
    X.setflags(write=True)


def test_a_loaded_model_is_explained_alike(tmp_path):
    model, table = grown("categories")
    pellucid.save(model, tmp_path / "tree.pellucid")
    again = pellucid.load(tmp_path / "tree.pellucid")
    assert_array_equal(
        TreeExplainer(again).shap_values(table), TreeExplainer(model).shap_values(table)
    )


# --- known answers ------------------------------------------------------------------------------


def test_and_of_two():
    """Lundberg et al. (2018): fever and cough together are 80, each alone is nothing."""
    table = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    model = DecisionTreeRegressor().fit(table, [0, 0, 0, 80])
    explainer = TreeExplainer(model)
    assert explainer.expected_value == 20
    assert_allclose(explainer.shap_values([[1, 1]]), [[30, 30]])
    assert_allclose(TreeExplainer(model, [[0, 0]]).shap_values([[1, 1]]), [[40, 40]])
    pairs = TreeExplainer(model, [[0, 0]]).shap_interaction_values([[1, 1]])
    assert_allclose(pairs, [[[0, 40], [40, 0]]], atol=1e-12)


# --- bad and extreme input ----------------------------------------------------------------------


def test_bad_input():
    model = DecisionTreeRegressor(max_depth=3).fit(X, Y)
    with pytest.raises(NotFittedError):
        TreeExplainer(DecisionTreeRegressor())
    for other in (Ridge(), reference.DecisionTreeRegressor()):
        with pytest.raises(TypeError, match=r"is not made of pellucid's trees"):
            TreeExplainer(other.fit(X, Y))
    with pytest.raises(ValueError, match="feature_perturbation must be"):
        TreeExplainer(model, feature_perturbation="marginal")
    with pytest.raises(ValueError, match="want a background"):
        TreeExplainer(model, feature_perturbation="interventional")
    with pytest.raises(ValueError, match="want no background"):
        TreeExplainer(model, X, feature_perturbation="tree_path_dependent")
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        TreeExplainer(model, X[:0])
    with pytest.raises(ValueError, match="expecting 4 features"):
        TreeExplainer(model, X[:, :3])
    for explainer in (TreeExplainer(model), TreeExplainer(model, X[:5])):
        with pytest.raises(ValueError, match="expecting 4 features"):
            explainer.shap_values(X[:, :3])
        with pytest.raises(ValueError, match=r"0 sample\(s\)"):
            explainer.shap_interaction_values(X[:0])
        with pytest.raises(ValueError, match="infinity"):
            explainer.shap_values(np.full((1, 4), np.inf))


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_the_units_of_x_and_y_do_not_matter(scale):
    for background in (None, X[:5]):
        plain = DecisionTreeRegressor(max_depth=5, random_state=0).fit(X, Y)
        expected = TreeExplainer(plain, background).shap_values(X[:9])
        units = DecisionTreeRegressor(max_depth=5, random_state=0).fit(scale * X, Y)
        others = None if background is None else scale * background
        assert_allclose(TreeExplainer(units, others).shap_values(scale * X[:9]), expected)
    times = Sum([plain], scale, [0.0]).fit(X)
    expected = TreeExplainer(plain).shap_values(X[:9])
    assert_allclose(TreeExplainer(times).shap_values(X[:9]), scale * expected)


def test_a_side_that_no_example_took():
    """As in a tree that was grown on some examples and has counted others."""
    model = DecisionTreeRegressor(max_depth=4, random_state=0).fit(X[:, :2], Y)
    tree = model.tree_
    cover = tree.weighted_n_node_samples
    for node in np.flatnonzero(tree.children_left > 0)[3:]:
        cover[tree.children_left[node]], cover[tree.children_right[node]] = 0, cover[node]
    explainer = TreeExplainer(model)
    phi = explainer.shap_values(X[:, :2])
    assert np.isfinite(phi).all()
    assert_allclose(phi.sum(axis=1) + explainer.expected_value, model.predict(X[:, :2]), atol=1e-9)


def test_an_unfitted_sum_says_so():
    with pytest.raises(NotFittedError):
        TreeExplainer(Sum([], 1.0, [0.0]))
