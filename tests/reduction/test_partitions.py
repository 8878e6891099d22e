"""Statistics go to Dask's partitions; a worker that dies neither changes a sum nor halts a fit."""

import contextlib
import os
import signal

import numpy as np
import pytest

from pellucid.reduction import partitions, rows_of

dask = pytest.importorskip("dask", reason="Dask is in the extra [cluster]")
distributed = pytest.importorskip("distributed", reason="Dask is in the extra [cluster]")
da = pytest.importorskip("dask.array", reason="Dask is in the extra [cluster]")

N, D = 4000, 5
CUTS = (700, 0, 1500, 1, 1799)  # one partition has no rows, one has one


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    return rng.normal(size=(N, D)) * 10.0 ** np.arange(D), rng.integers(0, 3, N), rng.random(N)


def collections(X, y, w):
    return da.from_array(X, chunks=(CUTS, (2, 3))), da.from_array(y, chunks=(CUTS,)), w


@contextlib.contextmanager
def two_workers():
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


def statistics(X, y, w, scale):
    return scale * (w @ X), np.bincount(y, w, 3)


def in_order(table):
    """The partitions' sums, one after the other."""
    ends = np.cumsum(CUTS)
    parts = [statistics(*(a[e - n : e] for a in table), 2.0) for n, e in zip(CUTS, ends) if n]  # noqa: B905
    total = parts[0]
    for part in parts[1:]:
        total = tuple(a + b for a, b in zip(total, part, strict=True))
    return total


def test_partitions_equal_their_sum_in_order_without_a_client(table):
    rows = rows_of(*collections(*table))
    assert (rows.n_rows, rows.n_features, rows.dtype, rows.names) == (N, D, np.float64, None)
    for ours, expected in zip(rows.reduce(statistics, 2.0), in_order(table), strict=True):
        np.testing.assert_array_equal(ours, expected)
    assert rows.in_blocks(row_bytes=1, block_bytes=600).map(lambda X, y, w: len(X)) == [
        *(600, 100),
        *(600, 600, 300),
        1,
        *(600, 600, 599),
    ]


def test_partitions_equal_their_sum_in_order_on_a_cluster(table, cluster):
    rows = rows_of(*collections(*table))
    for ours, expected in zip(rows.reduce(statistics, 2.0), in_order(table), strict=True):
        np.testing.assert_array_equal(ours, expected)
    where = set(rows.map(lambda X, y, w: os.getpid()))
    assert os.getpid() not in where


def test_a_frame_and_the_names_of_its_columns(table, cluster):
    dd = pytest.importorskip("dask.dataframe", reason="it wants pyarrow")
    pandas = pytest.importorskip("pandas")
    X, y, w = table
    frame = pandas.DataFrame(X, columns=list("abcde")).assign(y=y, w=w)
    rows = rows_of(dd.from_pandas(frame, npartitions=3), "y", "w")
    assert rows.names == list("abcde")
    np.testing.assert_allclose(rows.reduce(statistics, 2.0)[0], 2 * w @ X, rtol=1e-12)
    with pytest.raises(ValueError, match=r"no column \['z'\]"):
        rows_of(dd.from_pandas(frame, npartitions=3), "z")


@pytest.mark.parametrize("persisted", [False, True])
def test_a_worker_killed_in_the_middle_of_a_sum_leaves_the_answer_as_it_is(
    persisted, table, cluster, tmp_path
):
    flag = str(tmp_path / "killed")

    def die_once(X, y, w, scale):
        if len(X) == 1500 and not os.path.exists(flag):
            open(flag, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return statistics(X, y, w, scale)

    X, y, w = collections(*table)
    if persisted:
        X, y = cluster.persist([X, y])
        distributed.wait([X, y])
    found = rows_of(X, y, w).reduce(die_once, 2.0)
    assert os.path.exists(flag)
    for ours, expected in zip(found, in_order(table), strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_a_result_that_comes_as_its_wait_runs_out_is_taken():
    class Late:
        waits = iter([TimeoutError("timed out after 1 s."), None])

        def result(self, timeout=None):
            if error := next(self.waits):
                raise error
            return 5

        def done(self):
            return True

    assert partitions._wait(None, Late()) == 5


def test_an_error_in_a_partition_reaches_the_caller(table, cluster):
    with pytest.raises(ZeroDivisionError):
        rows_of(*collections(*table)).reduce(lambda X, y, w: 1 / 0)
    with pytest.raises(TimeoutError, match="its own"):
        rows_of(*collections(*table)).reduce(_time_out)
    assert rows_of(*collections(*table)).reduce(lambda X, y, w: len(X)) == N


def _time_out(X, y, w):
    raise TimeoutError("its own")


def test_a_worker_killed_in_the_middle_of_a_fit_leaves_the_model_as_it_is(table, cluster, tmp_path):
    """The third pass over one partition kills its worker, between two of Newton's steps."""
    from pellucid.linear_model import LogisticRegression

    X, y, _ = table
    X = X / X.std(axis=0)
    reads, killed = str(tmp_path / "reads"), str(tmp_path / "killed")

    def load(part):
        with open(reads, "a+") as file:
            file.write("." if part == 1 else "")
            file.seek(0)
            third = len(file.read()) == 3
        if part == 1 and third and not os.path.exists(killed):
            open(killed, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return X[1000 * part : 1000 * (part + 1)]

    parts = [da.from_delayed(dask.delayed(load)(k), (1000, D), X.dtype) for k in range(4)]
    model = LogisticRegression(tol=1e-8).fit(da.concatenate(parts), y)
    assert os.path.exists(killed)
    expected = LogisticRegression(tol=1e-8).fit(X, y)
    np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-8)
    np.testing.assert_array_equal(model.n_iter_, expected.n_iter_)


def test_rows_that_kill_every_worker_are_an_error(table):
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        two_workers(),
        pytest.raises(distributed.KilledWorker),
    ):
        rows_of(*collections(*table)).reduce(lambda X, y, w: os.kill(os.getpid(), signal.SIGKILL))


def test_rows_lost_with_their_worker_are_an_error(table):
    """What was scattered is nowhere else, and cannot be computed again."""
    X = table[0]
    with two_workers() as client:
        parts = client.scatter([X[:2000], X[2000:]])
        chunks = [da.from_delayed(dask.delayed(_same)(p), (2000, D), X.dtype) for p in parts]
        rows = rows_of(da.concatenate(chunks))
        assert rows.reduce(len) == N
        for pid in client.run(os.getpid).values():
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(Exception, match=r"lost|cancelled|worker"):
            rows.reduce(len)


def _same(part):
    return part


def test_a_cluster_without_workers_is_an_error_and_not_a_wait_for_ever(table, monkeypatch):
    monkeypatch.setattr(partitions, "PATIENCE", 2)
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address=":0", silence_logs=50
        ) as nobody,
        distributed.Client(nobody),
        pytest.raises(RuntimeError, match="no worker for 2 s"),
    ):
        rows_of(*collections(*table)).reduce(statistics, 2.0)


def test_all_partitions_empty_is_an_error():
    X = da.from_array(np.empty((0, 3)), chunks=(1, 3))
    with pytest.raises(ValueError, match="partitions are empty"):
        rows_of(X).reduce(len)


def test_partitions_that_do_not_belong_together_are_refused(table):
    X, y, _ = table
    with pytest.raises(ValueError):
        rows_of(da.from_array(X, chunks=(1000, D)), da.from_array(y[:-1], chunks=1000)).reduce(
            lambda X, y: 1
        )


def test_what_lies_beside_a_block_goes_to_its_partition(table, cluster):
    rows = rows_of(*collections(*table)).in_blocks(row_bytes=1, block_bytes=600)
    sizes = rows.map(_size)  # of 2, 0, 3, 1 and 3 blocks
    assert list(rows.iterate(_size, beside=list("abcdefghi"))) == [
        (*size, thing) for size, thing in zip(sizes, "abcdefghi", strict=True)
    ]
    afresh = rows_of(*collections(*table)).in_blocks(row_bytes=1, block_bytes=600)
    found = list(afresh.iterate(_size, beside=[None, "b", *[None] * 6, "i"]))
    assert found == [(*sizes[1], "b"), (*sizes[8], "i")]


def _size(X, y, w, *thing):
    return X[0, 0], len(X), *thing
