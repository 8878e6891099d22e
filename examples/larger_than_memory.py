"""Learn from a file larger than the memory one allows, and from the same rows on a cluster.

A model that sees its data only through sums asks for them a block of rows at a time, so that it
does not matter where the rows are: the fit to the file is the fit to the array, to the last bit.
"""

import contextlib
import os
import pathlib
import tempfile

import numpy as np

from pellucid.linear_model import LinearRegression
from pellucid.preprocessing import StandardScaler
from pellucid.reduction import iterate


def save_table(path, n_rows=200_000, columns=40):
    """X.npy of 64 MB, written a part at a time, and its targets."""
    rng = np.random.default_rng(0)
    w = rng.normal(size=columns)
    X = np.lib.format.open_memmap(path, "w+", np.float64, (n_rows, columns))
    y = np.empty(n_rows)
    for part in np.array_split(np.arange(n_rows), 10):
        X[part] = rng.normal(size=(len(part), columns))
        y[part] = X[part] @ w + rng.normal(size=len(part))
    X.flush()
    return y


@contextlib.contextmanager
def memory_limited_to(megabytes):
    """Where the system has such limits: so much more than is in use now, and no more."""
    try:
        import resource

        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    allowed = pages * resource.getpagesize() + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def on_a_cluster(path, y):
    """The same model on two processes that know nothing of each other (extra ``[cluster]``)."""
    import dask
    import dask.array as da
    from distributed import Client, LocalCluster

    @dask.delayed
    def load(start):  # where it is wanted
        return np.load(path, mmap_mode="r")[start : start + 25_000]

    parts = [load(start) for start in range(0, len(y), 25_000)]
    rows = da.concatenate([da.from_delayed(part, (25_000, 40), np.float64) for part in parts])
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster),
    ):
        return LinearRegression().fit(rows, y)


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):  # a core has two blocks at hand: 48 MB are for two cores
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "X.npy"
        y = save_table(path)
        some = np.load(path, mmap_mode="r")[:30_000]
        model = LinearRegression().fit(some, y[:30_000])  # the threads and BLAS have their memory
        scaler = StandardScaler().fit(some)
        with memory_limited_to(48):
            try:
                np.load(path)
            except MemoryError:
                print("64 MB of rows do not fit into the 48 MB that are allowed ...")
            model.fit(path, y)
            scaler.fit(path)
            mean = sum(float(z.sum()) for z in iterate(model.predict, path)) / len(y)
        print(f"... and are fitted all the same: all {model.n_samples_seen_} rows")
        print(f"the columns deviate by {scaler.scale_.min():.4f} to {scaler.scale_.max():.4f}")
        print(f"the predictions, a block at a time, average {mean:.6f}, and y {y.mean():.6f}")
        whole = LinearRegression().fit(np.load(path), y)
        print("as the fit in memory, to the last bit:", np.array_equal(model.coef_, whole.coef_))
        try:
            clustered = on_a_cluster(path, y)
        except ImportError:
            print("for the cluster: pip install 'pellucid[cluster]'")
        else:
            print(f"and on two processes, to {np.abs(clustered.coef_ - whole.coef_).max():.0e}")
