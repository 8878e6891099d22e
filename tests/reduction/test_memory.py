"""A fit to a file larger than the memory that is allowed finishes inside it."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

resource = pytest.importorskip("resource", reason="limits of memory are set as on Unix")

# The program, its libraries and compiled kernels are in memory before the limit is set: what it
# allows is what a fit may need on top of them.
PROGRAM = """
    import os, resource, sys
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])  # each has blocks at hand
    import numpy as np
    from pellucid.cluster import KMeans
    from pellucid.linear_model import LinearRegression, LogisticRegression
    from pellucid.naive_bayes import GaussianNB
    from pellucid.preprocessing import StandardScaler

    kind, X, y, limit, extra = *sys.argv[1:4], sys.argv[4], int(sys.argv[5])
    small, labels = np.random.default_rng(0).normal(size=(5000, 20)), np.arange(5000) % 2
    models = [LinearRegression(), LogisticRegression(max_iter=3), GaussianNB()]
    models += [KMeans(3, max_iter=3, random_state=0), StandardScaler()]
    for model in models:
        model.fit(small[:, : int(sys.argv[6])], labels)
    field = {"RLIMIT_AS": "VmSize", "RLIMIT_DATA": "VmData"}[limit]
    status = open("/proc/self/status").read()
    used = next(int(l.split()[1]) for l in status.splitlines() if l.startswith(field)) * 1024
    resource.setrlimit(getattr(resource, limit), (used + extra, used + extra))
    rows = np.load(X, mmap_mode="r") if kind == "map" else X
    try:
        whole = np.load(X)
    except MemoryError:
        print("it does not fit in memory")
    for model in models:
        model.fit(rows, y if model in models[:3] else None)
        print(type(model).__name__, "fitted")
"""


def fit_within(extra, kind, limit, X, y, columns):
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM)]
    given = [kind, str(X), str(y), limit, str(extra), str(columns)]
    # glibc would set aside 64 MB of addresses, which are limited here, for each new thread
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2", "MALLOC_ARENA_MAX": "1"}
    return subprocess.run([*command, *given], capture_output=True, text=True, env=environment)


def large_file(folder, n_rows, columns):
    """Zeros but for a row in a thousand: a sparse file, which costs no disk."""
    X = np.lib.format.open_memmap(folder / "X.npy", "w+", np.float64, (n_rows, columns))
    X[::1000] = np.random.default_rng(0).normal(size=(len(X[::1000]), columns))
    X.flush()
    np.save(folder / "y.npy", np.arange(n_rows) % 2)
    return folder / "X.npy", folder / "y.npy"


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="what is used is read there")
@pytest.mark.parametrize(("kind", "limit"), [("npy", "RLIMIT_AS"), ("map", "RLIMIT_DATA")])
def test_a_file_larger_than_memory_is_fitted_inside_it(kind, limit, tmp_path):
    X, y = large_file(tmp_path, 1_250_000, 20)  # 200 MB
    run = fit_within(120 << 20, kind, limit, X, y, 20)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[0] == "it does not fit in memory"
    assert len(run.stdout.splitlines()) == 6
