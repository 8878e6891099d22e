"""k-means finds the same wherever its rows are: centres and labels to the last bit, however cut."""

import contextlib
import os
import signal
import warnings

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pellucid import reduction
from pellucid.cluster import KMeans, _points, k_means
from pellucid.cluster._digits import grid_of, put, values

N = 3000
CASES = [
    {"n_clusters": 4, "init": "k-means++", "n_init": 2},
    {"n_clusters": 40, "init": "k-means++"},  # as many as bounds pay for
    {"n_clusters": 6, "init": "random", "n_init": 3, "max_iter": 5},
    {"n_clusters": 3, "init": [[50.0, 0, 0, 0], [60, 0, 0, 0], [0, 0, 0, 0]]},  # two are empty
]


def table(dtype=np.float64):
    rng = np.random.default_rng(0)
    X = (3 * rng.normal(size=(12, 4)))[rng.integers(0, 12, N)] + rng.normal(size=(N, 4))
    X *= [1, 100, 1e-3, 1]
    X += [0, 0, 5, 1e4]
    return X.astype(dtype), rng.integers(0, 3, N) * rng.random(N)


@pytest.fixture(params=CASES, ids=lambda case: f"{case['n_clusters']}-{str(case['init'])[:9]}")
def case(request, monkeypatch):
    """A model, and the fit to the array in many blocks."""
    monkeypatch.setattr(_points, "BLOCK_WORK", 1 << 10)
    model, (X, weight) = KMeans(**request.param, random_state=0), table()
    assert len(_points.centred(reduction.Rows(X, weight), 40).rows.slices) > 10
    return model, X, weight, learned(model.fit(X, sample_weight=weight))


def learned(model):
    return {
        name: getattr(model, name)
        for name in ("cluster_centers_", "labels_", "inertia_", "n_iter_")
    }


def assert_same(model, expected, rtol=0.0):
    """The inertia, a plain sum, is the same to rounding if the blocks are cut elsewhere."""
    found = learned(model)
    assert_allclose(found.pop("inertia_"), expected["inertia_"], rtol=rtol)
    for name, value in found.items():
        assert_array_equal(
            value, expected[name], err_msg=name, strict=isinstance(value, np.ndarray)
        )


@pytest.mark.parametrize("kind", ["memory map", "npy", "parquet"])
def test_a_fit_to_a_file_is_the_fit_to_the_array_to_the_last_bit(kind, case, tmp_path):
    model, X, weight, expected = case
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "w.npy", weight)
    if kind == "memory map":
        given = np.load(tmp_path / "X.npy", mmap_mode="r"), None, weight
    elif kind == "npy":
        given = tmp_path / "X.npy", None, tmp_path / "w.npy"
    else:
        frame = pl.DataFrame(X, schema=list("abcd")).with_columns(w=pl.Series(weight))
        frame.write_parquet(tmp_path / "x.parquet")
        given = tmp_path / "x.parquet", None, "w"
    assert_same(model.fit(*given), expected)


class Blocks:
    def __init__(self, *arrays, step):
        self.arrays, self.step = arrays, step

    def __iter__(self):
        for start in range(0, N, self.step):
            yield tuple(a[start : start + self.step] for a in self.arrays)


@pytest.mark.parametrize("step", [23, 611, N])
def test_however_the_rows_are_cut_the_centres_and_labels_are_the_same_bits(step, case):
    model, X, weight, expected = case
    assert_same(model.fit(Blocks(X, weight, step=step)), expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_blocks_are_the_sparse_array(dtype, monkeypatch):
    monkeypatch.setattr(_points, "BLOCK_WORK", 1 << 10)
    X, weight = table(dtype)
    X = sp.csr_array(np.where(np.abs(X) > 1, X, 0))
    model = KMeans(5, init="k-means++", random_state=0)
    expected = learned(model.fit(X, sample_weight=weight))
    assert model.cluster_centers_.dtype == dtype
    assert_same(model.fit(Blocks(X, weight, step=700)), expected, rtol=1e-5)


def test_rows_that_are_not_weighed_weigh_one(tmp_path):
    X, _ = table()
    np.save(tmp_path / "X.npy", X)
    expected = learned(KMeans(5, random_state=0).fit(X))
    assert_same(KMeans(5, random_state=0).fit(tmp_path / "X.npy"), expected)
    assert_same(KMeans(5, random_state=0).fit(X, sample_weight=np.ones(N)), expected)
    centres, labels, _ = k_means(tmp_path / "X.npy", 5, random_state=0)
    assert_array_equal(centres, expected["cluster_centers_"])
    assert_array_equal(labels, KMeans(5, random_state=0).fit_predict([X[:1000], X[1000:]]))
    model = KMeans(5, random_state=0).fit(X)
    found = np.concatenate(list(reduction.iterate(model.predict, tmp_path / "X.npy")))
    assert_array_equal(found, expected["labels_"])


# Sums


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.integers(0, 10_000), st.integers(-200, 200), st.integers(0, 30))
def test_sums_are_the_same_in_any_order_and_near_the_truth(n, seed, exponent, spread):
    rng = np.random.default_rng(seed)
    v = rng.normal(size=n) * 10.0 ** (exponent + rng.uniform(-spread, 0, n))
    grid, total = grid_of(np.abs(v).max(keepdims=True), n), []
    for order in (np.arange(n), rng.permutation(n)):
        sums = np.zeros(2)
        for i in order:
            put(v[i], 1, grid, 0, sums)
        total.append(sums)
    assert_array_equal(*total)
    exact = float(sum(map(_fraction, v)))
    assert abs(values(total[0])[0] - exact) <= 2e-16 * np.abs(v).max() + 1e-16 * abs(exact)
    for i in rng.permutation(n):
        put(v[i], -1, grid, 0, sums)
    assert_array_equal(sums, [0, 0])


def _fraction(x):
    from fractions import Fraction

    return Fraction(float(x))


def test_the_order_of_the_rows_changes_no_bit_of_the_centres():
    X, weight = table()
    order = np.random.default_rng(1).permutation(N)
    model = KMeans(40, init=X[:40])
    expected = learned(model.fit(X, sample_weight=weight))
    expected["labels_"] = expected["labels_"][order]
    assert_same(model.fit(X[order], sample_weight=weight[order]), expected, rtol=1e-12)


# Dask


@contextlib.contextmanager
def two_workers():
    distributed = pytest.importorskip("distributed", reason="Dask is in the extra [cluster]")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def cluster():
    with two_workers() as client:
        yield client


def test_a_fit_on_a_cluster_is_the_fit_to_the_array(case, cluster):
    da = pytest.importorskip("dask.array", reason="Dask is in the extra [cluster]")
    model, X, weight, expected = case
    cuts = (700, 0, 1500, 1, 799)  # one partition has no rows, one has one
    rows = cluster.persist(da.from_array(X, chunks=(cuts, (2, 2))))
    assert_same(model.fit(rows, sample_weight=weight), expected, rtol=1e-12)


def test_without_a_client_dask_s_own_threads_do_it(case):
    da = pytest.importorskip("dask.array", reason="Dask is in the extra [cluster]")
    model, X, weight, expected = case
    rows = da.from_array(X, chunks=(1100, 4))
    assert_same(model.fit(rows, sample_weight=weight), expected, rtol=1e-12)


def test_a_worker_killed_in_the_middle_of_a_fit_leaves_the_model_as_it_is(cluster, tmp_path):
    dask = pytest.importorskip("dask", reason="Dask is in the extra [cluster]")
    import dask.array as da

    X, _ = table()
    reads, killed = str(tmp_path / "reads"), str(tmp_path / "killed")

    def load(part):
        with open(reads, "a+") as file:
            file.write("." if part == 1 else "")
            file.seek(0)
            fifth = len(file.read()) == 5
        if part == 1 and fifth and not os.path.exists(killed):
            open(killed, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return X[1000 * part : 1000 * (part + 1)]

    parts = [da.from_delayed(dask.delayed(load)(k), (1000, 4), X.dtype) for k in range(3)]
    model = KMeans(4, random_state=0, max_iter=4).fit(da.concatenate(parts))
    assert os.path.exists(killed)
    expected = learned(KMeans(4, random_state=0, max_iter=4).fit(X))
    assert_same(model, expected, rtol=1e-12)


# Bad and extreme input


def test_what_cannot_be(tmp_path):
    X, weight = table()
    np.save(tmp_path / "few.npy", X[:3])
    with pytest.raises(ValueError, match=r"n_samples=3 should be >= n_clusters=4"):
        KMeans(4).fit(tmp_path / "few.npy")
    with pytest.raises(ValueError, match="a function for init wants all rows in memory"):
        KMeans(4, init=lambda X, K, random_state: X[:K]).fit([X[:9], X[9:]])
    spoilt = X.copy()
    spoilt[2900, 1] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        KMeans(4).fit(Blocks(spoilt, step=500))
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        KMeans(4).fit(Blocks(X, -weight, step=500))
    few = np.where(np.arange(N) < 2, 1.0, 0.0)
    for rows in ((X, None, few), (Blocks(X, few, step=500),)):
        with pytest.raises(ValueError, match="4 rows are to be drawn, and 2 have any weight"):
            KMeans(4, init="random").fit(*rows)


def test_rows_that_are_all_the_same():
    X = np.ones((50, 2))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        fitted = [KMeans(3, random_state=0).fit(Z) for Z in (X, [X[:7], X[7:]])]
    assert len(told) == 2
    assert_same(fitted[1], learned(fitted[0]))
    assert fitted[0].inertia_ == 0
