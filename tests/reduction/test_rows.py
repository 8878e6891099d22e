"""Rows are the same wherever they are, to the last bit; what cannot be rows is refused."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

from pellucid.reduction import Rows, rows_of, threads

N, D = 5003, 7
BYTES = 1 << 14  # so that there are some twenty blocks


class Blocks:
    """An iterable that starts afresh, and of which one can take the length neither way."""

    def __init__(self, *pieces):
        self.pieces = pieces

    def __iter__(self):
        return iter(self.pieces)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D)) * 10.0 ** np.arange(D)
    return X, rng.integers(0, 3, N), rng.random(N)


def statistics(X, y, w, scale):
    return scale * (w @ X), np.bincount(y, w, 3)


def saved(folder, **arrays):
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return [str(folder / f"{name}.npy") for name in arrays]


def frame(X, **columns):
    return pl.DataFrame(X, schema=[f"c{d}" for d in range(X.shape[1])]).with_columns(
        **{name: pl.Series(column) for name, column in columns.items()}
    )


def on_disk(kind, folder, X, y, w):
    if kind == "memory map":
        return np.load(saved(folder, X=X)[0], mmap_mode="r"), y, w
    if kind == "npy":
        return saved(folder, X=X, y=y, w=w)
    if kind == "npy by column":
        return saved(folder, X=np.asfortranarray(X))[0], y, w
    if kind == "several npy":
        return [saved(folder, A=X[:1700], B=X[1700:1700], C=X[1700:]), *saved(folder, y=y, w=w)]
    if kind == "parquet":
        frame(X, y=y, w=w).write_parquet(folder / "x.parquet", row_group_size=900)
        return folder / "x.parquet", "y", "w"
    paths = [folder / "1.parquet", folder / "2.parquet"]
    frame(X[:1200], y=y[:1200]).write_parquet(paths[0])
    frame(X[1200:], y=y[1200:]).write_parquet(paths[1])
    return paths, "y", w


FILES = ["memory map", "npy", "npy by column", "several npy", "parquet", "several parquet"]


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("every", [1, 16])
def test_rows_on_disk_equal_the_array_to_the_last_bit(kind, every, table, tmp_path):
    X, y, w = table
    array = Rows(X, y, w, block_bytes=BYTES).thinned(every)
    rows = rows_of(*on_disk(kind, tmp_path, X, y, w)).in_blocks(block_bytes=BYTES).thinned(every)
    assert (rows.n_rows, rows.n_features, rows.dtype) == (N, D, np.float64)
    assert not rows.in_memory
    assert (rows.names is not None) == ("parquet" in kind)
    for ours, expected in zip(rows.map(statistics, 2.0), array.map(statistics, 2.0), strict=True):
        np.testing.assert_array_equal(ours[0], expected[0])
        np.testing.assert_array_equal(ours[1], expected[1])


def test_a_parquet_file_is_read_a_part_at_a_time(table, tmp_path, monkeypatch):
    from pellucid.reduction import files

    X, y, w = table
    monkeypatch.setattr(files, "READ_BYTES", 1000 * 8 * D)
    rows = rows_of(*on_disk("parquet", tmp_path, X, y, w)).in_blocks(block_bytes=BYTES)
    read = []
    rows.map(lambda X, y, w: read.append(len(rows.arrays[0].kept)))
    assert len(read) > 15 and max(read) == 1000
    total = rows.reduce(statistics, 1.0)
    expected = Rows(X, y, w, block_bytes=BYTES).reduce(statistics, 1.0)
    np.testing.assert_array_equal(total[0], expected[0])


@pytest.mark.parametrize("cuts", [(1,), (2500, 2500, 2501), tuple(range(100, 5000, 100))])
def test_an_iterable_of_blocks_equals_the_array_to_rounding(cuts, table):
    parts = (np.split(a, cuts) for a in table)
    rows = rows_of(Blocks(*zip(*parts, strict=True))).in_blocks(block_bytes=BYTES)
    assert (rows.n_rows, rows.n_features, rows.dtype) == (N, D, np.float64)
    sums, counts = rows.reduce(statistics, 2.0)
    expected = statistics(*table, 2.0)
    np.testing.assert_allclose(sums, expected[0], rtol=1e-12)
    np.testing.assert_allclose(counts, expected[1], rtol=1e-12)


def test_blocks_may_be_frames_sparse_or_bare(table):
    X, _, _ = table
    total = X.sum(axis=0)
    kinds = sp.csr_matrix, sp.csc_array, frame, np.asarray
    for kind in (*kinds, lambda x: pd.DataFrame(x, columns=frame(x).columns)):
        blocks = [kind(X[:1000]), kind(X[1000:])]
        rows = rows_of(blocks)
        np.testing.assert_allclose(rows.reduce(lambda x: x.sum(axis=0)), total, rtol=1e-12)
        assert (rows.names or [None])[0] == ("c0" if hasattr(blocks[0], "columns") else None)


def test_csr_rows_are_cut_without_a_copy(table):
    X = sp.random_array((N, D), density=0.3, format="csr", rng=np.random.default_rng(0))
    rows = Rows(X, block_bytes=BYTES)
    assert all(np.shares_memory(x.data, X.data) for (x,) in rows._blocks())
    stacked = sp.vstack(rows.map(lambda x: x))
    assert abs(stacked - X).max() == 0
    thin = sp.vstack(rows.thinned(16).map(lambda x: x))
    assert abs(thin - X[::16]).max() == 0


def test_what_follows_is_done_at_once_in_memory_and_block_by_block_on_disk(table, tmp_path):
    X, y, w = table
    calls = []

    def shift(X, y):
        calls.append(len(X))
        return X - 1, y

    assert np.array_equal(Rows(X, y).then(shift).arrays[0], X - 1)
    assert calls == [N]
    disk = rows_of(*on_disk("npy", tmp_path, X, y, w)[:2]).then(shift).in_blocks(block_bytes=BYTES)
    array = Rows(X, y, block_bytes=BYTES).then(shift)
    ours, expected = (r.reduce(lambda X, y: y @ X) for r in (disk, array))
    np.testing.assert_array_equal(ours, expected)


def test_the_next_block_is_read_while_one_is_worked_on_and_no_more_than_two_a_core(monkeypatch):
    monkeypatch.setattr(threads, "_cores", lambda: 2)
    taken, done, most = 0, 0, 0

    class Counted:
        def __iter__(self):
            nonlocal taken, most
            for _ in range(40):
                taken += 1
                most = max(most, taken - done)
                yield np.ones((1, 1))

    for _ in rows_of(Counted()).iterate(lambda x: x):
        done += 1
    assert taken == done == 40
    assert 2 <= most <= 6


@pytest.mark.parametrize("blas_and_pool", range(2))
def test_an_error_while_reading_or_working_leaves_all_usable(blas_and_pool):
    before = [ask() for ask, _ in threads._blas()]

    class Torn:
        def __iter__(self):
            yield from [np.ones((3, 2))] * 9
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        rows_of(Torn()).reduce(lambda x: x.sum())
    with pytest.raises(ZeroDivisionError):
        rows_of([np.ones((3, 2))] * 9).reduce(lambda x: 1 / 0)
    with pytest.raises(KeyboardInterrupt):
        rows_of([np.ones((3, 2))] * 9).reduce(_interrupt)
    assert [ask() for ask, _ in threads._blas()] == before
    assert rows_of([np.ones((3, 2))] * 9).reduce(lambda x: x.sum()) == 54


def _interrupt(x):
    raise KeyboardInterrupt


def test_what_cannot_be_walked_again_is_refused():
    with pytest.raises(ValueError, match=r"generator can be walked once.*__iter__ starts afresh"):
        rows_of(np.ones((2, 2)) for _ in range(3))


def test_blocks_that_change_from_one_walk_to_the_next_are_refused():
    class Growing:
        walks = 0

        def __iter__(self):
            self.walks += 1
            return iter([np.ones((self.walks, 2))] * 3)

    rows = rows_of(Growing())
    rows.reduce(lambda x: x.sum())
    with pytest.raises(ValueError, match="must be the same each time"):
        rows.reduce(lambda x: x.sum())


def test_blocks_without_rows_are_passed_over():
    empty, some = np.empty((0, 2)), np.ones((3, 2))
    assert rows_of([empty, some, empty, some]).map(len) == [3, 3]
    with pytest.raises(ValueError, match="no block with rows"):
        rows_of([empty, empty]).reduce(len)


def test_parts_that_do_not_belong_together_are_refused(table, tmp_path):
    X, y, w = table
    for bad in ([(X, y[:-1])], [(X[:5], y[:5]), (X, y[:-1])]):
        with pytest.raises(ValueError, match="the parts of a block have"):
            rows_of(bad).reduce(lambda X, y: 1)
    with pytest.raises(ValueError, match="different numbers of rows"):
        rows_of(np.load(saved(tmp_path, X=X)[0], mmap_mode="r"), y[:-1])
    with pytest.raises(ValueError, match=r"must come with the blocks: tuples \(X, y\)"):
        rows_of([X], y)
    with pytest.raises(ValueError, match="a block has 3 parts, where 2 are wanted"):
        rows_of([(X, y, w)], None).n_rows  # noqa: B018


def test_files_that_are_not_what_they_say_are_refused(table, tmp_path):
    X, y, _ = table
    path = saved(tmp_path, X=X)[0]
    with open(path, "r+b") as file:
        file.truncate(N * D * 4)
    with pytest.raises(ValueError, match="shorter than its header says"):
        rows_of(path).reduce(lambda x: x.sum())
    np.save(tmp_path / "o.npy", np.array([{}, []], dtype=object))
    with pytest.raises(ValueError, match="pickled objects, which are never loaded"):
        rows_of(tmp_path / "o.npy")
    frame(X, y=y, word=["a"] * N).write_parquet(tmp_path / "w.parquet")
    with pytest.raises(ValueError, match=r"columns \['word'\] .* are no numbers"):
        rows_of(tmp_path / "w.parquet", "y")
    assert rows_of(tmp_path / "w.parquet", "word").then(lambda X, y: (X, y)).n_features == D + 1
    with pytest.raises(ValueError, match=r"no column \['z'\]"):
        rows_of(tmp_path / "w.parquet", "z")
    with pytest.raises(ValueError, match=r"is not a \.npy or \.parquet file"):
        rows_of("table.csv")
    with pytest.raises(ValueError, match="rows of different shapes"):
        rows_of(saved(tmp_path, A=X, B=X[:, :3]))
    with pytest.raises(FileNotFoundError):
        rows_of("nowhere.npy")


def test_a_block_beside_which_lies_none_is_left_out_unread(tmp_path):
    X = np.arange(60.0).reshape(30, 2)
    np.save(tmp_path / "X.npy", X)
    beside = [None, "a", None, None, "b", None]
    for given in (X, tmp_path / "X.npy", [X[:10], X[10:]]):
        rows, read = rows_of(given).in_blocks(row_bytes=1, block_bytes=5), []

        def see(x, thing, read=read):
            read.append(x[0, 0])
            return x[0, 0], thing

        assert list(rows.iterate(see, beside=beside)) == [(10.0, "a"), (40.0, "b")]
        assert sorted(read) == [10.0, 40.0]
        assert len(rows.map(lambda x: None)) == 6
