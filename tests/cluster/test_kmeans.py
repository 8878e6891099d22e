"""k-means: the steps of scikit-learn's, what must be true of any, the book's numbers, bad input."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.cluster as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import silhouette_score

import pellucid
from pellucid import reduction
from pellucid.callbacks import listen
from pellucid.cluster import KMeans, MiniBatchKMeans, _offers, _partition, k_means, kmeans_plusplus
from pellucid.cluster._points import centred


def clouds(N=600, D=4, K=6, seed=0, dtype=np.float64):
    rng = np.random.RandomState(seed)
    centres = 2 * rng.standard_normal((K, D))
    return (centres[rng.randint(K, size=N)] + rng.standard_normal((N, D))).astype(dtype)


def same(ours, theirs, rtol=1e-11):
    assert ours.n_iter_ == theirs.n_iter_
    assert_array_equal(ours.labels_, theirs.labels_)
    scale = np.abs(theirs.cluster_centers_).max()
    assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol, rtol * scale)
    assert_allclose(ours.inertia_, theirs.inertia_, rtol)


@pytest.fixture(params=["bounded", "unbounded"])
def route(request, monkeypatch):
    """Both ways to the same parts."""
    monkeypatch.setattr(_partition, "BOUNDS_PAY", 0 if request.param == "bounded" else np.inf)


# Agreement


@pytest.mark.parametrize("init", ["k-means++", "random"])
@pytest.mark.parametrize(("N", "D", "K"), [(300, 1, 2), (600, 2, 7), (500, 5, 40), (400, 33, 9)])
@pytest.mark.usefixtures("route")
def test_steps_are_scikit_learns(N, D, K, init):
    X = clouds(N, D, K)
    weight = np.random.RandomState(1).uniform(size=N)
    for algorithm in ("lloyd", "elkan"):
        options = {"init": init, "n_init": 2, "random_state": 3, "algorithm": algorithm}
        ours = KMeans(K, **options).fit(X, sample_weight=weight)
        theirs = reference.KMeans(K, **options).fit(X, sample_weight=weight)
        same(ours, theirs)
        Y = clouds(50, D, K, seed=9)
        assert_array_equal(ours.predict(Y), theirs.predict(Y))
        assert_allclose(ours.transform(Y), theirs.transform(Y), 1e-9)
        assert_allclose(ours.score(Y), theirs.score(Y), 1e-11)


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("tol", [0, 1e-2])
@pytest.mark.parametrize("max_iter", [1, 3, 300])
def test_stops_where_scikit_learn_stops(tol, max_iter):
    X = clouds(2000, 3, 10)
    options = {"init": X[:10], "tol": tol, "max_iter": max_iter}
    same(KMeans(10, **options).fit(X), reference.KMeans(10, **options).fit(X))


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csr_array, sp.csc_array])
def test_sparse_steps_are_scikit_learns(kind):
    X = clouds(500, 12, 8)
    X[np.abs(X) < 2] = 0
    X[::7] = 0  # empty rows
    weight = np.random.RandomState(1).uniform(size=len(X))
    options = {"random_state": 0, "n_init": 2, "init": "random"}
    ours = KMeans(8, **options).fit(kind(X), sample_weight=weight)
    same(ours, reference.KMeans(8, **options).fit(sp.csr_matrix(X), sample_weight=weight))
    assert_array_equal(ours.predict(kind(X)), ours.predict(X))
    assert_allclose(ours.transform(kind(X)), ours.transform(X), 1e-9)
    assert_allclose(ours.score(kind(X)), ours.score(X), 1e-11)


def test_wide_indices_of_a_sparse_table():
    X = sp.csr_array(np.where(np.abs(clouds()) > 2, clouds(), 0))
    wide = X.copy()
    wide.indices, wide.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    expected = KMeans(5, random_state=0).fit(X)
    same(KMeans(5, random_state=0).fit(wide), expected)


@pytest.mark.parametrize("K", [1, 2, 9, 60])
def test_seeds_are_scikit_learns(K):
    X = clouds(400, 3, 9)
    weight = np.random.RandomState(1).uniform(size=len(X))
    for Z in (X, sp.csr_array(np.where(np.abs(X) > 1, X, 0))):
        for trials in (None, 1):
            options = {"sample_weight": weight, "random_state": 5, "n_local_trials": trials}
            centres, rows = kmeans_plusplus(Z, K, **options)
            expected, theirs = reference.kmeans_plusplus(Z, K, **options)
            assert_array_equal(rows, theirs)
            assert_array_equal(centres, expected)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("D", [1, 3, 40])
def test_rows_that_are_not_read_change_no_seed(D, dtype, monkeypatch):
    """Groups that are far apart, of which most rows are passed over; and one cloud, of weights."""
    rng = np.random.default_rng(D)
    for spread in (0.0, 20.0):
        X = (rng.normal(size=(500, D)) + spread * rng.integers(0, 3, (500, 1))).astype(dtype)
        weight, drawn = rng.integers(0, 3, 500).astype(dtype), []
        for pays in (0, 10**9):
            monkeypatch.setattr(_offers, "SKIPPING_PAYS", pays)
            drawn.append(kmeans_plusplus(X, 9, sample_weight=weight, random_state=0)[1])
        assert_array_equal(*drawn)
        squares = ((X[:, None] - X[drawn[0]][None, :-1]) ** 2).sum(axis=2).min(axis=1)
        assert weight[drawn[0]].all()
        assert squares[drawn[0][-1]] > 0


def test_an_empty_part_goes_on_from_the_farthest_row():
    X = np.array([[-1.0], [-0.5], [0.5], [1], [9], [3]])
    weight = np.array([1.0, 2, 1, 2, 1, 3])
    for init in ([[0.5], [30], [3]], [[0.5], [30], [40]]):
        for Z in (X, sp.csr_array(X)):
            ours = KMeans(3, init=init, n_init=1).fit(Z, sample_weight=weight)
            theirs = reference.KMeans(3, init=init, n_init=1).fit(X, sample_weight=weight)
            same(ours, theirs)


def test_function_is_the_class():
    X = clouds()
    model = KMeans(6, random_state=0, max_iter=4).fit(X)
    centres, labels, inertia, n_iter = k_means(X, 6, random_state=0, max_iter=4, return_n_iter=True)
    assert_array_equal(centres, model.cluster_centers_)
    assert_array_equal(labels, model.labels_)
    assert (inertia, n_iter) == (model.inertia_, model.n_iter_)


# What must be true


def brute(X, weight, centres):
    """One step of Lloyd's by the definition: the parts, the inertia and the means."""
    squares = ((X[:, None] - centres) ** 2).sum(axis=2)  # (N, K)
    labels = squares.argmin(axis=1)
    means = np.array([
        np.average(X[labels == k], axis=0, weights=weight[labels == k]) for k in range(len(centres))
    ])  # fmt: skip
    return labels, weight @ squares.min(axis=1), means


@pytest.mark.usefixtures("route")
def test_each_step_is_the_definitions():
    X = clouds(300, 3, 5)
    weight = np.random.RandomState(1).uniform(size=len(X))
    centres = X[:5]
    for n_iter in range(1, 12):
        start = centres
        _, _, centres = brute(X, weight, start)
        model = KMeans(5, init=X[:5], tol=0, max_iter=n_iter).fit(X, sample_weight=weight)
        labels, inertia, _ = brute(X, weight, centres)
        assert_allclose(model.cluster_centers_, centres, 1e-12, 1e-13)
        assert_array_equal(model.labels_, labels)
        assert_allclose(model.inertia_, inertia, 1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 60), st.integers(1, 5), st.integers(1, 8), st.integers(0, 1000), st.booleans()
)
def test_inertia_never_rises(N, D, K, seed, bounded):
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((N, D)).round(rng.randint(3))  # ties and duplicates among them
    K = min(K, N)
    pay, _partition.BOUNDS_PAY = _partition.BOUNDS_PAY, 0 if bounded else np.inf
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            inertia = [
                KMeans(K, init=X[:K], tol=0, max_iter=i).fit(X).inertia_ for i in range(1, 9)
            ]
    finally:
        _partition.BOUNDS_PAY = pay
    assert (np.diff(inertia) <= 1e-12 * (1 + inertia[0])).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sparse", [False, True])
def test_bounds_change_no_label(dtype, sparse, monkeypatch):
    X = clouds(3000, 6, 30, dtype=dtype)
    X = sp.csr_array(np.where(np.abs(X) > 1, X, 0)) if sparse else X
    start = X[:30].toarray() if sparse else X[:30]
    fitted = []
    for pay in (0, np.inf):
        monkeypatch.setattr(_partition, "BOUNDS_PAY", pay)
        fitted.append(KMeans(30, init=start, tol=0).fit(X))
    assert fitted[0].n_iter_ > 10
    assert_array_equal(fitted[0].labels_, fitted[1].labels_)
    assert_array_equal(fitted[0].cluster_centers_, fitted[1].cluster_centers_)


@pytest.mark.usefixtures("route")
def test_a_row_of_weight_two_is_two_rows():
    X = clouds(200)
    twice = np.arange(len(X)) % 3 == 0
    init = X[:5]
    weighted = KMeans(5, init=init).fit(X, sample_weight=1.0 + twice)
    repeated = KMeans(5, init=init).fit(np.concatenate([X, X[twice]]))
    assert_allclose(weighted.cluster_centers_, repeated.cluster_centers_, 1e-12)
    assert_array_equal(weighted.labels_, repeated.labels_[: len(X)])
    assert_allclose(weighted.inertia_, repeated.inertia_, 1e-12)


@pytest.mark.usefixtures("route")
def test_rows_of_weight_zero_do_not_move_a_centre():
    X = clouds(200)
    some = np.arange(len(X)) % 3 > 0
    start = X[some][:5]
    weighted = KMeans(5, init=start, tol=0).fit(X, sample_weight=some)
    without = KMeans(5, init=start, tol=0).fit(X[some])
    assert_allclose(weighted.cluster_centers_, without.cluster_centers_, 1e-12)
    assert_array_equal(weighted.labels_[some], without.labels_)


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("sparse", [False, True])
def test_one_thread_or_two_are_equal_bit_for_bit(monkeypatch, sparse):
    X = clouds(40_000, 8, 20)
    X = sp.csr_array(np.where(np.abs(X) > 1, X, 0)) if sparse else X
    weight = np.random.RandomState(1).uniform(size=X.shape[0])
    fitted = []
    threads = getattr(reduction, "threads", reduction)
    for cores in (1, 2):
        monkeypatch.setattr(threads, "_cores", lambda cores=cores: cores)
        model = KMeans(20, random_state=0, max_iter=10).fit(X, sample_weight=weight)
        fitted.append((model.cluster_centers_, model.labels_, model.inertia_, model.transform(X)))
    for one, two in zip(*fitted, strict=True):
        assert_array_equal(one, two)


def test_steps_are_told():
    told = []
    with listen(told.append):
        model = KMeans(4, init=clouds()[:4]).fit(clouds())
    assert told[-1].finished
    assert sum(not step.finished for step in told) == model.n_iter_


def test_saved_and_loaded(tmp_path):
    X = clouds()
    model = KMeans(4, random_state=0).fit(X)
    pellucid.save(model, tmp_path / "model.pellucid")
    loaded = pellucid.load(tmp_path / "model.pellucid")
    assert_array_equal(loaded.predict(X), model.labels_)
    assert_array_equal(loaded.transform(X), model.transform(X))


def test_unsound_centres_of_a_file_are_refused():
    model = KMeans(4, random_state=0).fit(clouds())
    model._check_state()
    for unsound in (model.cluster_centers_[:, :2], model.labels_, model.cluster_centers_ > 0):
        model.cluster_centers_ = unsound
        with pytest.raises(ValueError, match="are no centres"):
            model._check_state()


def test_an_emptied_part_keeps_nothing_of_its_rows():
    X, weight = clouds(200), np.random.RandomState(1).uniform(size=200)
    points = centred(reduction.Rows(X, weight), 2)
    parts = _partition.Partition(points, 2)
    near = points.table()[:2]
    away = near + [[0.0], [1e3]]
    parts.assign(near, np.zeros(2))
    assert parts.totals[:, -1].all()
    parts.assign(away, np.linalg.norm(away - near, axis=1))
    assert_array_equal(parts.totals[1], np.zeros(11))
    assert parts.totals[0, -1] == 200
    assert_allclose(parts.sums[0, -1], weight.sum())


# Known answers


def test_book_of_the_elbow_and_the_silhouette():
    """Python Machine Learning, chapter 10: three blobs."""
    X, _ = make_blobs(150, 2, centers=3, cluster_std=0.5, shuffle=True, random_state=0)
    options = {"n_init": 10, "max_iter": 300, "tol": 1e-4, "random_state": 0}
    model = KMeans(n_clusters=3, init="random", **options)
    labels = model.fit_predict(X)
    assert round(model.inertia_, 2) == 72.48
    assert round(silhouette_score(X, labels), 4) == 0.7143
    elbow = [KMeans(n_clusters=K, **options).fit(X).inertia_ for K in range(1, 11)]
    expected = [reference.KMeans(n_clusters=K, **options).fit(X).inertia_ for K in range(1, 11)]
    assert_allclose(elbow, expected, 1e-10)
    assert round(elbow[2], 2) == 72.48


def test_four_corners():
    X = np.array([[0.0, 0], [0, 1], [4, 0], [4, 1]])
    model = KMeans(2, init=X[[0, 2]]).fit(X)
    assert_array_equal(model.cluster_centers_, [[0, 0.5], [4, 0.5]])
    assert_array_equal(model.labels_, [0, 0, 1, 1])
    assert model.inertia_ == 1.0


# Bad and extreme input


@pytest.mark.usefixtures("route")
def test_as_many_parts_as_rows():
    X = clouds(30)
    model = KMeans(30, random_state=0).fit(X)
    assert len(np.unique(model.labels_)) == 30
    assert_allclose(model.inertia_, 0, atol=1e-20)


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
def test_more_parts_than_distinct_rows(kind):
    X = np.repeat([[1.0, 2], [3, 4]], 10, axis=0)
    with pytest.warns(ConvergenceWarning, match=r"distinct clusters \(2\) found smaller than"):
        model = KMeans(3, random_state=0).fit(kind(X))
    assert np.isfinite(model.cluster_centers_).all()
    assert model.inertia_ == 0


def test_one_row():
    model = KMeans(1).fit([[1.0, 2]])
    assert_array_equal(model.cluster_centers_, [[1, 2]])
    assert model.inertia_ == 0


def test_constant_columns():
    X = np.column_stack([clouds(), np.full(600, 3.0), np.zeros(600)])
    model = KMeans(6, init=X[:6]).fit(X)
    assert_array_equal(model.labels_, KMeans(6, init=X[:6, :4]).fit(X[:, :4]).labels_)
    assert_array_equal(model.cluster_centers_[:, 4:], np.tile([3.0, 0], (6, 1)))


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize(("scale", "dtype"), [(1e160, float), (1e300, float), (1e30, np.float32)])
@pytest.mark.parametrize("model", [KMeans(2), KMeans(2, init="random"), MiniBatchKMeans(2)])
def test_squares_that_overflow_are_refused(model, scale, dtype):
    X = (scale * clouds(N=40)).astype(dtype)
    with pytest.raises(ValueError, match="overflow float"):
        model.fit(X)
    with pytest.raises(ValueError, match="overflow float"):
        kmeans_plusplus(X, 2)


def test_weights_that_vanish_in_single_precision_are_refused():
    with pytest.raises(ValueError, match="zero in float32"):
        KMeans(2).fit(clouds(N=40, dtype=np.float32), sample_weight=np.full(40, 1e-300))


@pytest.mark.parametrize("scale", [1e-150, 1e-30, 1e30, 1e150])
def test_any_scale(scale):
    X = clouds()
    expected = KMeans(6, init=X[:6]).fit(X)
    model = KMeans(6, init=scale * X[:6]).fit(scale * X)
    assert_array_equal(model.labels_, expected.labels_)
    assert_allclose(model.cluster_centers_ / scale, expected.cluster_centers_, 1e-12, 1e-12)
    assert_array_equal(model.predict(scale * X), expected.labels_)


@pytest.mark.usefixtures("route")
def test_far_from_zero():
    X = clouds().round(5)
    far = X + 1e8
    expected = KMeans(6, init=X[:6]).fit(X)
    model = KMeans(6, init=far[:6]).fit(far)
    assert_array_equal(model.labels_, expected.labels_)
    assert_array_equal(model.predict(far), expected.labels_)
    assert_allclose(model.inertia_, expected.inertia_, 1e-6)
    assert_allclose(model.transform(far), expected.transform(X), atol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_a_number(bad):
    X = clouds(20)
    X[3, 1] = bad
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        KMeans(2).fit(X)
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        KMeans(2).fit(clouds()).predict(X)
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        kmeans_plusplus(X, 2)


def test_what_cannot_be():
    X = clouds(10)
    with pytest.raises(ValueError, match=r"n_samples=10 should be >= n_clusters=11"):
        KMeans(11).fit(X)
    with pytest.raises(ValueError, match=r"n_samples=10 should be >= n_clusters=11"):
        kmeans_plusplus(X, 11)
    with pytest.raises(ValueError, match="does not match the number of clusters 3"):
        KMeans(3, init=X[:2]).fit(X)
    with pytest.raises(ValueError, match="does not match the number of features of the data 4"):
        KMeans(2, init=X[:2, :3]).fit(X)
    with pytest.raises(ValueError, match="length of x_squared_norms 3"):
        kmeans_plusplus(X, 2, x_squared_norms=[1, 2, 3])
    with pytest.warns(RuntimeWarning, match="performing only one init in KMeans"):
        KMeans(2, init=X[:2], n_init=5).fit(X)
    with pytest.warns(RuntimeWarning, match="doesn't make sense for a single cluster"):
        KMeans(1, algorithm="elkan").fit(X)


def test_layout_and_type_of_the_table():
    X = clouds()
    expected = KMeans(6, random_state=0).fit(X)
    frozen = X.copy()
    frozen.flags.writeable = False
    for same_table in (np.asfortranarray(X), frozen, np.repeat(X, 2, axis=1)[:, ::2]):
        same(KMeans(6, random_state=0).fit(same_table), expected)
    whole = (10 * X).astype(int)
    same(KMeans(6, random_state=0).fit(whole), KMeans(6, random_state=0).fit(whole.astype(float)))


@pytest.mark.usefixtures("route")
def test_single_precision_stays():
    X = clouds(dtype=np.float32)
    model = KMeans(6, init=X[:6]).fit(X)
    assert model.cluster_centers_.dtype == model.transform(X).dtype == np.float32
    expected = KMeans(6, init=X[:6]).fit(X.astype(np.float64))
    assert_allclose(model.cluster_centers_, expected.cluster_centers_, atol=1e-3)
    assert_allclose(model.inertia_, expected.inertia_, 1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.predict(X.astype(np.float64)).dtype == np.int32
