"""A chain is fitted on two workers, one of which may die, and inside a limit of memory."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from pellucid.hmm import GaussianHMM, _sequences

N, D = 40_000, 2
LENGTHS = np.tile([1000, 3, 497, 2500], 10)


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


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    return rng.normal(size=(N, D)) + 3 * np.repeat(rng.integers(3, size=N // 10), 10)[:, None]


def fitted(X):
    return GaussianHMM(3, "full", n_iter=4, tol=-np.inf, random_state=0).fit(X, LENGTHS)


def assert_same(ours, theirs):
    assert ours.history_ == theirs.history_
    for name in ("startprob_", "transmat_", "means_", "covars_"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), err_msg=name)


def test_two_workers_learn_the_same_to_the_last_bit(cluster, table, monkeypatch):
    da = pytest.importorskip("dask.array", reason="Dask is in the extra [cluster]")
    monkeypatch.setattr(_sequences, "BLOCK_BYTES", 1 << 18)
    X = da.from_array(table, chunks=((9000, 999, 1, 20_000, 10_000), 1)).persist()
    expected, ours = fitted(table), fitted(X)
    assert_same(ours, expected)
    assert expected.score(X, LENGTHS) == expected.score(table, LENGTHS)
    np.testing.assert_array_equal(ours.predict(X, LENGTHS), expected.predict(table, LENGTHS))


def test_a_worker_killed_in_the_middle_of_a_fit_leaves_the_model_as_it_is(cluster, table, tmp_path):
    """The fifth reading of one partition kills its worker, between two steps of EM."""
    dask = pytest.importorskip("dask", reason="Dask is in the extra [cluster]")
    da = pytest.importorskip("dask.array", reason="Dask is in the extra [cluster]")
    reads, killed = str(tmp_path / "reads"), str(tmp_path / "killed")

    def load(part):
        with open(reads, "a+") as file:
            file.write("." if part == 1 else "")
            file.seek(0)
            now = len(file.read()) == 5
        if part == 1 and now and not os.path.exists(killed):
            open(killed, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return table[9000 * part : 9000 * (part + 1)]

    shapes = [(9000, D)] * 4 + [(N - 36_000, D)]
    parts = [da.from_delayed(dask.delayed(load)(k), s, float) for k, s in enumerate(shapes)]
    model = fitted(da.concatenate(parts))
    assert os.path.exists(killed)
    assert_same(model, fitted(table))


# The program, its libraries and compiled kernels are in memory before the limit is set.
PROGRAM = """
    import os, resource, sys
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])  # each has blocks at hand
    import numpy as np
    from pellucid.hmm import GaussianHMM
    from pellucid.reduction import rows

    kind, path, limit, extra = *sys.argv[1:4], int(sys.argv[4])
    rows.SAMPLE_BYTES = extra // 16
    model = GaussianHMM(2, n_iter=2, random_state=0)
    model.fit(np.random.default_rng(0).normal(size=(200_000, 20)), [1000] * 200)
    field = {"RLIMIT_AS": "VmSize", "RLIMIT_DATA": "VmData"}[limit]
    status = open("/proc/self/status").read()
    used = next(int(l.split()[1]) for l in status.splitlines() if l.startswith(field)) * 1024
    resource.setrlimit(getattr(resource, limit), (used + extra, used + extra))
    try:
        whole = np.load(path)
    except MemoryError:
        print("it does not fit in memory")
    X, lengths = np.load(path, mmap_mode="r") if kind == "map" else path, [1000] * 2000
    model.fit(X, lengths)
    print(len(model.predict(X, lengths)), "states")
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="what is used is read there")
@pytest.mark.parametrize(("kind", "limit"), [("npy", "RLIMIT_AS"), ("map", "RLIMIT_DATA")])
def test_sequences_larger_than_memory_are_fitted_inside_it(kind, limit, tmp_path):
    """320 MB in 80: zeros but for a row in a thousand, a sparse file, which costs no disk."""
    X = np.lib.format.open_memmap(tmp_path / "X.npy", "w+", np.float64, (2_000_000, 20))
    X[::1000] = np.random.default_rng(0).normal(size=(2000, 20))
    X.flush()
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), kind, X.filename, limit, str(80 << 20)],
        capture_output=True,
        text=True,
        # glibc would set aside 64 MB of addresses, which are limited here, for each new thread
        env={**os.environ, "OPENBLAS_NUM_THREADS": "2", "MALLOC_ARENA_MAX": "1"},
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == ["it does not fit in memory", "2000000 states"]
