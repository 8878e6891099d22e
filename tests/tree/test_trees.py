"""Trees: scikit-learn's node for node, the definition of every split, and unpleasant tables."""

import itertools
import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import tree as reference
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import train_test_split

import pellucid
from pellucid.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeRegressor,
    criterion,
    export_text,
    plot_tree,
)

RNG = np.random.RandomState(0)
N = 400
X = RNG.standard_normal((N, 5)).astype(np.float32)
LABELS = np.array(["a", "b", "c"])[np.digitize(X[:, 0] + X[:, 1] ** 2 + RNG.normal(size=N), [0, 1])]
# whole numbers, whose sums are exact: of two splits into the same halves the first is taken then,
# and not one that has been rounded better
NUMBERS = np.round(2.0**16 * (X[:, 0] + X[:, 1] ** 2 + 0.3 * RNG.normal(size=N)))
WEIGHT = RNG.randint(0, 4, N).astype(float)
SHAPES = [
    {},
    {"max_depth": 3},
    {"min_samples_leaf": 7},
    {"min_samples_split": 0.1, "min_weight_fraction_leaf": 0.03},
    {"max_leaf_nodes": 9},
    {"max_features": 2},
    {"max_features": "sqrt", "max_leaf_nodes": 20},
    {"min_impurity_decrease": 0.01},
    {"ccp_alpha": 0.01},
]
PAIRS = {
    "classes": (DecisionTreeClassifier, reference.DecisionTreeClassifier, LABELS),
    "numbers": (DecisionTreeRegressor, reference.DecisionTreeRegressor, NUMBERS),
}
CRITERIA = [
    ("classes", "gini"),
    ("classes", "entropy"),
    ("numbers", "squared_error"),
    ("numbers", "absolute_error"),
    ("numbers", "poisson"),
]


def assert_same_nodes(ours, theirs):
    a, b = ours.tree_, theirs.tree_
    for name in ("children_left", "children_right", "feature", "n_node_samples"):
        assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    assert_allclose(a.threshold, b.threshold, rtol=1e-6)
    assert_allclose(a.impurity, b.impurity, rtol=1e-9, atol=1e-12 * a.impurity[0])
    assert_allclose(a.value, b.value, rtol=1e-9, atol=1e-12 * np.abs(a.value).max())
    assert_allclose(a.weighted_n_node_samples, b.weighted_n_node_samples)


@pytest.mark.parametrize(("kind", "name"), CRITERIA)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weighted"])
def test_node_for_node(kind, name, shape, weight):
    Ours, Theirs, y = PAIRS[kind]
    options = {"criterion": name, "random_state": 3, **shape}
    if name == "poisson":  # whose y log y are not exact
        y, options["min_samples_leaf"] = np.abs(y), 20
    if name == "absolute_error":  # few numbers are as far from one median as from another
        options["min_samples_leaf"] = 20
    ours, theirs = Ours(**options).fit(X, y, weight), Theirs(**options).fit(X, y, weight)
    assert_same_nodes(ours, theirs)
    new = RNG.standard_normal((100, 5)).astype(np.float32)
    assert_array_equal(ours.apply(new), theirs.apply(new))
    if kind == "classes":
        assert_array_equal(ours.predict(new), theirs.predict(new))
    else:
        assert_allclose(ours.predict(new), theirs.predict(new), rtol=1e-12)
    assert_array_equal(ours.decision_path(new).toarray(), theirs.decision_path(new).toarray())
    assert_allclose(ours.feature_importances_, theirs.feature_importances_, atol=1e-12)
    assert (ours.get_depth(), ours.get_n_leaves()) == (theirs.get_depth(), theirs.get_n_leaves())


@pytest.mark.parametrize("kind", PAIRS)
def test_pruning_path(kind):
    Ours, Theirs, y = PAIRS[kind]
    ours = Ours(random_state=0).cost_complexity_pruning_path(X, y)
    theirs = Theirs(random_state=0).cost_complexity_pruning_path(X, y)
    slack = 1e-12 * theirs.impurities[-1]
    assert_allclose(ours.ccp_alphas, theirs.ccp_alphas, rtol=1e-8, atol=slack)
    assert_allclose(ours.impurities, theirs.impurities, rtol=1e-8, atol=slack)


@pytest.mark.parametrize("kind", PAIRS)
def test_missing_values_go_where_they_cost_least(kind):
    Ours, Theirs, y = PAIRS[kind]
    holed = X.copy()
    holed[RNG.random_sample(X.shape) < 0.15] = np.nan
    holed[y > "a" if kind == "classes" else y > 2**16, 2] = (
        np.nan
    )  # that it is missing says something
    ours = Ours(random_state=0, min_samples_leaf=5).fit(holed, y)
    theirs = Theirs(random_state=0, min_samples_leaf=5).fit(holed, y)
    assert_same_nodes(ours, theirs)
    inner = ours.tree_.children_left >= 0
    assert_array_equal(ours.tree_.missing_go_to_left[inner], theirs.tree_.missing_go_to_left[inner])
    new = np.where(RNG.random_sample((50, 5)) < 0.3, np.nan, X[:50])
    assert_array_equal(ours.apply(new), theirs.apply(new))


@pytest.mark.parametrize("outputs", ["classes", "numbers"])
def test_several_outputs(outputs):
    if outputs == "classes":
        y = np.column_stack([LABELS, np.where(X[:, 2] > 0, "yes", "no")])
    else:
        y = np.column_stack([NUMBERS, np.round(1000 * X[:, 3])])
    Ours, Theirs, _ = PAIRS[outputs]
    ours, theirs = (
        Ours(max_depth=5, random_state=0).fit(X, y),
        Theirs(max_depth=5, random_state=0).fit(X, y),
    )
    assert_array_equal(ours.tree_.feature, theirs.tree_.feature)
    assert_array_equal(ours.apply(X), theirs.apply(X))
    if outputs == "classes":
        for a, b in zip(ours.predict_proba(X), theirs.predict_proba(X), strict=True):
            assert_allclose(a, b)


@pytest.mark.parametrize(("kind", "constraint"), list(itertools.product(PAIRS, [1, -1])))
def test_monotone(kind, constraint):
    Ours, Theirs, y = PAIRS[kind]
    y = np.where(y == "c", "b", y) if kind == "classes" else y
    options = {"monotonic_cst": [constraint, 0, 0, -constraint, 0], "min_samples_leaf": 5}
    ours = Ours(random_state=0, **options).fit(X, y)
    assert_same_nodes(ours, Theirs(random_state=0, **options).fit(X, y))
    steps = np.repeat(X[:40], 30, axis=0)
    steps[:, 0] = np.tile(np.linspace(-3, 3, 30), 40)
    values = ours.predict_proba(steps)[:, 1] if kind == "classes" else ours.predict(steps)
    assert np.all(constraint * np.diff(values.reshape(40, 30), axis=1) >= -1e-12)


@pytest.mark.parametrize("Ours", [DecisionTreeRegressor, ExtraTreeRegressor])
@pytest.mark.parametrize("constraint", [1, -1])
def test_medians_of_even_counts_keep_their_order(Ours, constraint):
    """A leaf answers with the middle of its two medians, and so a split has to ask for that."""
    y = RNG.random_sample(N)
    model = Ours(criterion="absolute_error", monotonic_cst=[constraint, 0], random_state=0)
    tree = model.fit(X[:, :2], y).tree_
    values = tree.value[:, 0, 0]
    for i in np.flatnonzero(tree.feature == 0):
        apart = values[tree.children_right[i]] - values[tree.children_left[i]]
        assert constraint * apart >= -1e-12
    steps = np.column_stack([np.linspace(-3, 3, 300), np.zeros(300)])
    assert np.all(constraint * np.diff(model.predict(steps)) >= -1e-12)


def impurity_of(y, name):
    """The definitions, for one list of targets."""
    if name == "gini":
        return 1 - sum(np.mean(y == k) ** 2 for k in set(y))
    if name == "entropy":
        return -sum(np.mean(y == k) * np.log2(np.mean(y == k)) for k in set(y))
    if name == "absolute_error":
        return np.mean(np.abs(y - np.median(y)))
    if name == "poisson":
        terms = np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / y.mean()), 0)
        return np.mean(terms)
    return np.var(y)


@pytest.mark.parametrize(("kind", "name"), CRITERIA)
def test_the_root_is_the_best_of_all_splits(kind, name):
    Ours, _, y = PAIRS[kind]
    y = np.abs(y) if name == "poisson" else y
    x, y = X[:60], y[:60]
    tree = Ours(criterion=name, max_depth=1).fit(x, y).tree_

    def cost(left):
        return left.sum() * impurity_of(y[left], name) + (~left).sum() * impurity_of(y[~left], name)

    every = [
        cost(x[:, f] <= t) for f in range(5) for t in np.sort(x[:, f])[:-1]
        if name != "poisson" or min(y[x[:, f] <= t].sum(), y[x[:, f] > t].sum()) > 0
    ]  # fmt: skip
    found = cost(x[:, tree.feature[0]] <= tree.threshold[0])
    assert_allclose(found, min(every), rtol=1e-10)
    assert_allclose(tree.impurity[0], impurity_of(y, name), rtol=1e-9)


@pytest.mark.parametrize("kind", ["numbers", "two", "three"])
def test_categories_are_split_by_the_best_subset(kind):
    """Of all subsets for numbers and two classes; for three, of a prefix along one axis."""
    x = RNG.randint(0, 6, (80, 1)).astype(float) * 10
    if kind == "numbers":
        y = np.sin(x[:, 0]) + 0.1 * RNG.normal(size=80)
        model, name = DecisionTreeRegressor(max_depth=1, categorical_features=[0]), "squared_error"
    else:
        y = (np.sin(x[:, 0]) + 0.5 * RNG.normal(size=80) > 0).astype(int)
        y += (kind == "three") * (RNG.random_sample(80) < 0.2)
        model, name = DecisionTreeClassifier(max_depth=1, categorical_features=[0]), "gini"
    leaves = model.fit(x, y).apply(x)
    for value in np.unique(x):
        assert len(set(leaves[x[:, 0] == value])) == 1  # a category goes one way

    def cost(left):
        return left.sum() * impurity_of(y[left], name) + (~left).sum() * impurity_of(y[~left], name)

    values = np.unique(x)
    subsets = itertools.chain.from_iterable(
        itertools.combinations(values, r) for r in range(1, len(values))
    )
    best = min(cost(np.isin(x[:, 0], subset)) for subset in subsets)
    found = cost(leaves == leaves.min())
    assert found >= best - 1e-9
    if kind != "three":
        assert_allclose(found, best, rtol=1e-10)
    unseen = model.predict([[5.0], [np.nan]])  # go with the larger side
    larger = max(set(leaves), key=lambda leaf: np.sum(leaves == leaf))
    assert_array_equal(unseen, model.predict(x[leaves == larger][:1]).repeat(2))


def test_many_categories_and_missing_ones():
    x = RNG.randint(0, 200, (2000, 2)).astype(float)
    x[RNG.random_sample(x.shape) < 0.1] = np.nan
    y = (np.nan_to_num(x[:, 0], nan=7) * 37 % 11 < 5).astype(int)
    model = DecisionTreeClassifier(categorical_features=[True, False]).fit(x, y)
    assert model.tree_.category_bits.shape[1] == 4
    assert model.score(x, y) == 1
    assert "in {" in export_text(model)


@pytest.mark.parametrize("splitter", ["best", "random"])
def test_only_nodes_that_ask_for_a_category_have_bits(splitter):
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 70, 400), rng.normal(size=400)])
    y = np.isin(X[:, 0], [3, 14, 15, 65]) * 3 + X[:, 1] + rng.normal(size=400)
    model = DecisionTreeRegressor(categorical_features=[0], splitter=splitter, random_state=0)
    tree = model.fit(X, y).tree_
    asks = tree.feature == 0
    assert 0 < asks.sum() < np.sum(tree.feature == 1)
    assert tree.category_bits[asks].any(axis=1).all()
    assert not tree.category_bits[~asks].any()


def test_a_weight_of_two_is_a_row_twice():
    for Ours, _, y in PAIRS.values():
        weighted = Ours(random_state=0, max_depth=4).fit(X, y, WEIGHT)
        repeat = WEIGHT.astype(int)
        repeated = Ours(random_state=0, max_depth=4).fit(X.repeat(repeat, 0), y.repeat(repeat))
        assert_array_equal(weighted.tree_.feature, repeated.tree_.feature)
        assert_array_equal(weighted.predict(X), repeated.predict(X))


def test_leaves_are_pure_unless_stopped():
    model = DecisionTreeClassifier().fit(X, LABELS)
    leaf = model.tree_.children_left == -1
    assert_array_equal(model.tree_.impurity[leaf], 0)
    assert model.score(X, LABELS) == 1
    assert DecisionTreeRegressor().fit(X, NUMBERS).score(X, NUMBERS) == 1


def test_a_criterion_of_ones_own():
    @criterion
    def error(n, K):
        """The weight of all but the most frequent class."""
        total = most = 0.0
        for k in range(K):
            total += n[k]
            most = max(most, n[k])
        return total - most

    @criterion
    def variance(s, K):
        return s[2] - s[1] ** 2 / s[0]

    model = DecisionTreeClassifier(criterion=error, max_depth=3).fit(X, LABELS)
    shares = np.unique(LABELS, return_counts=True)[1] / N
    assert_allclose(model.tree_.impurity[0], 1 - shares.max())
    assert clone(model).criterion is error
    own = DecisionTreeRegressor(criterion=variance, random_state=0).fit(X, NUMBERS)
    assert_same_nodes(own, DecisionTreeRegressor(random_state=0).fit(X, NUMBERS))


# --- known answers ------------------------------------------------------------------------------


def test_the_books_iris():
    """Raschka, Liu & Mirjalili (2022), chapter 3: Gini, depth 4, petals alone."""
    iris = load_iris()
    A, B, y, t = train_test_split(
        iris.data[:, [2, 3]], iris.target, test_size=0.3, random_state=1, stratify=iris.target
    )
    model = DecisionTreeClassifier(criterion="gini", max_depth=4, random_state=1).fit(A, y)
    theirs = reference.DecisionTreeClassifier(max_depth=4, random_state=1).fit(A, y)
    assert model.score(B, t) == theirs.score(B, t)
    assert export_text(model) == reference.export_text(theirs)


@pytest.mark.parametrize("options", [{}, {"max_depth": 1}, {"show_weights": True, "decimals": 3}])
def test_text_is_scikit_learns(options):
    iris, numbers = load_iris(), load_diabetes()
    for data, kind in ((iris, "classes"), (numbers, "numbers")):
        Ours, Theirs, _ = PAIRS[kind]
        A = data.data.astype(np.float32)
        shape = {"max_depth": 4, "random_state": 0}
        ours, theirs = Ours(**shape).fit(A, data.target), Theirs(**shape).fit(A, data.target)
        names = {"feature_names": list(data.feature_names), **options}
        assert export_text(ours, **names) == reference.export_text(theirs, **names)


def test_pictures():
    import matplotlib

    matplotlib.use("agg")
    from matplotlib.figure import Figure

    for Ours, _, y in PAIRS.values():
        model = Ours(max_depth=3).fit(X, y)
        ax = Figure().add_subplot()
        boxes = plot_tree(model, ax=ax, filled=True, rounded=True, node_ids=True)
        assert len(boxes) == model.tree_.node_count + 2  # and the root's two answers
        assert boxes[0].get_text().startswith("node #0\nx[")
        assert len(plot_tree(model, ax=ax, max_depth=1)) == 5
        named = plot_tree(model, ax=ax, feature_names=[f"f{d}" for d in range(X.shape[1] + 2)])
        assert named[0].get_text().startswith("f")  # as in chapter 3, which gives all four to two
        with pytest.raises(ValueError, match="must contain"):
            plot_tree(model, ax=ax, feature_names=["f0"])


def test_the_books_picture():
    """Chapter 3: the boxes say what scikit-learn's say, which adds True and False to the arrows."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    data = load_iris()
    A, _, y, _ = train_test_split(
        data.data[:, [2, 3]].astype(np.float32), data.target,
        test_size=0.3, random_state=1, stratify=data.target,
    )  # fmt: skip
    options = {"feature_names": data.feature_names, "filled": True}
    said = []
    for module, draw in ((reference, reference.plot_tree), (pellucid.tree, plot_tree)):
        model = module.DecisionTreeClassifier(max_depth=4, random_state=1).fit(A, y)
        boxes = draw(model, ax=plt.figure().add_subplot(), **options)
        said.append(
            sorted(b.get_text() for b in boxes if b.get_text().strip() not in ("True", "False"))
        )
    plt.close("all")
    assert said[0] == said[1]


# --- bad and extreme input ----------------------------------------------------------------------


def test_rows_that_are_alike_end_the_growth():
    """numpy-ml's trees never came back from these."""
    alike = np.ones((20, 3))
    model = DecisionTreeClassifier().fit(alike, np.arange(20) % 2)
    assert model.tree_.node_count == 1
    assert_allclose(model.predict_proba(alike), 0.5)
    assert DecisionTreeRegressor().fit(alike, np.arange(20.0)).predict(alike[:1]) == 9.5
    assert DecisionTreeRegressor().fit(X, np.ones(N)).tree_.node_count == 1


@pytest.mark.parametrize("scale", [1e-150, 1e-12, 1e12, 1e150])
def test_the_units_of_x_and_y_do_not_matter(scale):
    data = X.astype(float)
    for Ours, _, y in PAIRS.values():
        plain = Ours(random_state=0).fit(data, y)
        scaled = Ours(random_state=0).fit(data * scale, y)
        assert_array_equal(scaled.tree_.feature, plain.tree_.feature)
        assert_array_equal(scaled.predict(data * scale), plain.predict(data))
    small = DecisionTreeRegressor(random_state=0).fit(data, NUMBERS * 1e-12)
    assert small.score(data, NUMBERS * 1e-12) == 1


def test_values_far_from_zero_keep_their_differences():
    y = 1e9 + NUMBERS
    assert_allclose(DecisionTreeRegressor().fit(X, y).predict(X), y, rtol=1e-15)
    x = 1e9 + np.arange(50.0)[:, None]
    model = DecisionTreeClassifier().fit(x, np.arange(50) % 2)
    assert model.score(x, np.arange(50) % 2) == 1


def test_little_data():
    for Ours in (DecisionTreeClassifier, DecisionTreeRegressor):
        assert Ours().fit([[1.0]], [3]).predict([[7.0]]) == [3]
        assert Ours().fit([[np.nan], [1.0]], [1, 2]).predict([[np.nan], [1.0]]).tolist() == [1, 2]


@pytest.mark.parametrize("container", [sp.csr_matrix, sp.csc_array])
def test_sparse_tables(container):
    dense = np.where(RNG.random_sample(X.shape) < 0.6, 0, X)
    extra = ExtraTreeRegressor, None, NUMBERS
    for Ours, _, y in (*PAIRS.values(), extra):
        ours, theirs = (
            Ours(random_state=0).fit(container(dense), y),
            Ours(random_state=0).fit(dense, y),
        )
        for name in ("feature", "threshold", "value", "n_node_samples"):
            assert_array_equal(getattr(ours.tree_, name), getattr(theirs.tree_, name))
        assert_array_equal(ours.predict(container(dense)), theirs.predict(dense))


@pytest.mark.parametrize("Ours", [DecisionTreeRegressor, ExtraTreeRegressor])
def test_sparse_tables_stay_sparse(Ours):
    """All that is made is as large as what is stored, or as blocks of rows are."""
    N, D = 4000, 10_000
    table = sp.random(N, D, 1e-3, format="csr", random_state=0)
    y = table @ RNG.standard_normal(D)
    Ours(max_depth=2).fit(table[:50], y[:50]).predict(table)  # compiled
    tracemalloc.start()
    Ours(max_depth=2).fit(table, y).predict(table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * N * D / 10


def test_entries_of_one_place_are_summed():
    rows, columns = np.tile(np.arange(6), 2), np.zeros(12, int)
    values = np.array([0.0, 1, 2, 3, 4, 5, 0, -1, -2, -3, 4, 5])
    double = sp.csr_matrix(sp.coo_matrix((values, (rows, columns)), shape=(6, 1)))
    double.indptr, double.indices, double.data = (
        np.arange(0, 13, 2), np.zeros(12, np.int32), values.reshape(2, 6).T.ravel(),
    )  # fmt: skip
    before = double.data.copy()
    tree = DecisionTreeRegressor().fit(double, np.arange(6.0))
    assert_array_equal(tree.predict([[0.0], [8], [10]]), [1.5, 4, 5])
    assert_array_equal(double.data, before)


def test_bad_input():
    for options, error in (
        ({"monotonic_cst": [1, 0, 0, 0, 0]}, "not supported with multiclass"),
        ({"categorical_features": [7]}, "must be columns of X"),
        ({"categorical_features": ["a"]}, "not all columns"),
        ({"max_depth": 0}, "'max_depth' parameter"),
    ):
        with pytest.raises(ValueError, match=error):
            DecisionTreeClassifier(**options).fit(X, LABELS)
    for constraint, error in (([1], "has 5 features"), ([2, 0, 0, 0, 0], "of -1, 0 or 1")):
        with pytest.raises(ValueError, match=error):
            DecisionTreeRegressor(monotonic_cst=constraint).fit(X, NUMBERS)
    both = {"monotonic_cst": [1, 0, 0, 0, 0], "categorical_features": [0]}
    with pytest.raises(ValueError, match="no order"):
        DecisionTreeRegressor(**both).fit(X, NUMBERS)
    for y, error in ((-np.ones(N), "negative"), (np.zeros(N), "not strictly positive")):
        with pytest.raises(ValueError, match=error):
            DecisionTreeRegressor(criterion="poisson").fit(X, y)
    with pytest.raises(ValueError, match="infinity"):
        DecisionTreeClassifier().fit([[np.inf], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="nothing to learn"):
        DecisionTreeClassifier(class_weight={"a": 0, "b": 0, "c": 0}).fit(X, LABELS)


def test_a_tampered_file_reaches_no_kernel(tmp_path):
    model = DecisionTreeClassifier(max_depth=3).fit(X, LABELS)
    pellucid.save(model, tmp_path / "tree.pellucid")
    assert_array_equal(pellucid.load(tmp_path / "tree.pellucid").predict(X), model.predict(X))
    for name, value in (("children_left", 0), ("children_right", 99), ("feature", 5)):
        tree = model.tree_
        before = getattr(tree, name).copy()
        getattr(tree, name)[0] = value
        with pytest.raises(ValueError, match=r"tree's node|a feature"):
            tree._check_state()
        setattr(tree, name, before)
    tree._check_state()


@pytest.mark.parametrize("kind", PAIRS)
def test_no_leaf_of_a_random_tree_is_lighter_than_allowed(kind):
    Ours, _, y = PAIRS[kind]
    weight = RNG.random_sample(N) ** 4
    for seed in range(5):
        options = {"min_weight_fraction_leaf": 0.1, "min_samples_leaf": 3, "random_state": seed}
        tree = Ours(splitter="random", **options).fit(X, y, weight).tree_
        leaves = tree.children_left < 0
        assert leaves.sum() > 2
        assert tree.weighted_n_node_samples[leaves].min() >= 0.1 * weight.sum()
        assert tree.n_node_samples[leaves].min() >= 3


@pytest.mark.parametrize("scale", [1e-320, 1e-300, 1e-100, 1e100, 1e300])
def test_the_unit_of_the_weights_changes_no_tree(scale):
    """Powers of two, so that scaled sums are the same to the last bit, if they do not underflow."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)), rng.normal(size=60)
    exact = np.ldexp(1.0, np.frexp(scale)[1])
    plain = DecisionTreeRegressor(random_state=0).fit(X, y, np.ones(60)).tree_
    tree = DecisionTreeRegressor(random_state=0).fit(X, y, np.full(60, exact)).tree_
    assert_array_equal(tree.threshold, plain.threshold)
    assert_array_equal(tree.value, plain.value)
    assert_array_equal(tree.weighted_n_node_samples, exact * plain.weighted_n_node_samples)


def test_rows_of_no_weight_beside_others_are_left_out():
    """1e-300 beside 1e300 is nothing: no leaf is without weight, and no value is NaN."""
    X, weight = np.arange(6.0)[:, None], [1e300, 1e300, 1e300, 1e-300, 1e-300, 1e-300]
    tree = DecisionTreeRegressor().fit(X, [1.0, 2.0, 3.0, 9.0, 9.0, 9.0], weight)
    assert_array_equal(tree.predict(X), [1, 2, 3, 3, 3, 3])


def test_targets_whose_squares_overflow_are_refused_where_squares_are_wanted():
    X, y = np.arange(4.0)[:, None], np.array([1.0, 2.0, 3.0, -4.0]) * 1e300
    with pytest.raises(ValueError, match="their squares overflow"):
        DecisionTreeRegressor().fit(X, y)
    tree = DecisionTreeRegressor(criterion="absolute_error").fit(X, y)
    assert_array_equal(tree.predict(X), y)


def test_none_among_targets_is_missing_and_is_refused():
    with pytest.raises(ValueError, match="Input y contains NaN"):
        DecisionTreeRegressor().fit([[0.0], [1.0]], np.array([None, 1.0], object))
