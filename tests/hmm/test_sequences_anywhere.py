"""A chain learns the same from its sequences wherever they are, to the last bit."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from own_emission import Exponential
from sklearn.base import clone

from pellucid.emissions import Bernoulli
from pellucid.hmm import GMMHMM, HMM, CategoricalHMM, GaussianHMM, PoissonHMM, _sequences
from pellucid.reduction import rows

pytestmark = pytest.mark.filterwarnings("ignore:X has feature names")

D = 3
CHUNK = 4096  # bytes: some twenty rows, so that many a sequence is longer, and many are together
LENGTHS = np.array([1, 30, 2, 45, 7, 7, 7, 3, 130, 1, 1, 1, 25, 60, 19, 11])
N = int(LENGTHS.sum())
BOUNDS = np.cumsum(LENGTHS)[:-1]

MODELS = {
    "gaussian diag": GaussianHMM(2),
    "gaussian full": GaussianHMM(2, "full", implementation="log"),
    "gaussian tied, two starts": GaussianHMM(2, "tied", n_init=2),
    "gaussian, left to right": GaussianHMM(3, topology="left-right"),
    "mixtures": GMMHMM(2, 2),
    "mixtures, left to right": GMMHMM(2, 2, topology="left-right"),
    "symbols": CategoricalHMM(2),
    "counts": PoissonHMM(2),
    "coins": HMM(2, Bernoulli()),
    "coins, left to right": HMM(2, Bernoulli(), topology="left-right"),
    "one's own": HMM(2, Exponential()),
}


def table(name):
    rng = np.random.default_rng(0)
    state = np.repeat(rng.integers(2, size=N // 5 + 1), 5)[:N, None]
    if "coins" in name:
        return (rng.random((N, D)) < 0.2 + 0.6 * state).astype(float)
    if name in ("symbols", "counts"):
        X = rng.poisson(2 + 3 * state, size=(N, D)).astype(float)
        X[::17, 0], X[300:302] = np.nan, np.nan
        return X
    if name == "one's own":
        return rng.exponential(1 + 7 * state, size=(N, 1))
    X = rng.normal(size=(N, D)) + 3 * state
    X[::19, 1], X[-2] = np.nan, np.nan
    return X


class Walked:
    """An iterable that starts afresh."""

    def __init__(self, pieces):
        self.pieces = pieces

    def __iter__(self):
        return iter(self.pieces)


def map_of(X, folder):
    np.save(folder / "map.npy", X)
    return np.load(folder / "map.npy", mmap_mode="r")


def file_of(X, folder):
    np.save(folder / "X.npy", X)
    return folder / "X.npy"


def files_of(X, folder):
    np.save(folder / "1.npy", X[:111])
    np.save(folder / "2.npy", X[111:])
    return [folder / "1.npy", folder / "2.npy"]


def parquet_of(X, folder):
    pl.DataFrame(X, schema=[f"c{d}" for d in range(X.shape[1])]).write_parquet(folder / "x.parquet")
    return folder / "x.parquet"


PLACES = {
    "memory map": map_of,
    "npy": file_of,
    "several npy": files_of,
    "parquet": parquet_of,
    "blocks of any size": lambda X, _: Walked(np.array_split(X, 9)),
    "one block": lambda X, _: [X],
}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(_sequences, "BLOCK_BYTES", CHUNK)


def fitted(name, X, lengths):
    return clone(MODELS[name]).set_params(n_iter=3, tol=-np.inf, random_state=0).fit(X, lengths)


def learned(model):
    """All that a fit has left, but the names of columns."""
    state = dict(vars(model))
    if hasattr(model, "emission_"):
        state |= {f"emission_{k}": v for k, v in vars(state.pop("emission_")).items()}
    return {k: v for k, v in state.items() if k not in model.get_params() and "names" not in k}


def assert_same(model, expected):
    ours, theirs = learned(model), learned(expected)
    assert ours.keys() == theirs.keys() and "history_" in ours
    for name, value in theirs.items():
        np.testing.assert_array_equal(ours[name], value, err_msg=name)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", MODELS)
def test_a_fit_wherever_the_rows_are_is_the_fit_to_the_array_to_the_last_bit(name, place, tmp_path):
    X = table(name)
    expected, elsewhere = fitted(name, X, LENGTHS), PLACES[place](X, tmp_path)
    assert len(_sequences.Sequences(rows.Rows(X, None), LENGTHS, 152).chunks) == 11
    assert_same(fitted(name, elsewhere, LENGTHS), expected)
    assert expected.score(elsewhere, LENGTHS) == expected.score(X, LENGTHS)
    for method in ("predict", "predict_proba", "filter"):
        ours, theirs = (getattr(expected, method)(rows, LENGTHS) for rows in (elsewhere, X))
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", MODELS)
def test_each_block_of_an_iterable_is_a_sequence(name):
    X = table(name)
    sequences = Walked([X[:0], *np.split(X, BOUNDS), X[:0]])
    expected = fitted(name, X, LENGTHS)
    assert_same(fitted(name, sequences, None), expected)
    assert expected.score(sequences) == expected.score(X, LENGTHS)
    np.testing.assert_array_equal(expected.predict(sequences), expected.predict(X, LENGTHS))
    assert expected.bic(sequences) == expected.bic(X, LENGTHS)


DASK = ["cut within sequences", "sizes not known", "a frame", "one row each"]


def of_dask(X, kind):
    da = pytest.importorskip("dask.array", reason="Dask is in the extra [cluster]")
    if kind == "one row each":
        return da.from_array(X[:, :], chunks=(1, 1))
    if kind == "a frame":
        dd = pytest.importorskip("dask.dataframe", reason="it wants pyarrow")
        return dd.from_pandas(
            pd.DataFrame(X, columns=[f"c{d}" for d in range(X.shape[1])]), npartitions=4
        )
    cuts = (60, 0, 140, 100, N - 300)
    array = da.from_array(X, chunks=(cuts, (1, *[X.shape[1] - 1] * (X.shape[1] > 1))))
    return array[array[:, 0] > -np.inf] if kind == "sizes not known" else array


@pytest.mark.parametrize("kind", DASK)
@pytest.mark.parametrize("name", ["gaussian full", "mixtures, left to right", "symbols", "counts"])
def test_a_fit_to_dask_is_the_fit_to_the_array_to_the_last_bit(name, kind):
    X = np.nan_to_num(table(name))
    expected, elsewhere = fitted(name, X, LENGTHS), of_dask(X, kind)
    assert_same(fitted(name, elsewhere, LENGTHS), expected)
    np.testing.assert_array_equal(
        expected.predict(elsewhere, LENGTHS), expected.predict(X, LENGTHS)
    )


def test_without_lengths_a_file_and_a_collection_are_one_sequence(tmp_path):
    X = table("gaussian diag")
    expected = fitted("gaussian diag", X, None)
    assert_same(fitted("gaussian diag", file_of(X, tmp_path), None), expected)
    assert_same(fitted("gaussian diag", of_dask(X, "cut within sequences"), None), expected)


def test_symbols_of_one_column_may_be_a_map_or_a_collection_of_one_dimension(tmp_path):
    da = pytest.importorskip("dask.array", reason="Dask is in the extra [cluster]")
    x = np.nan_to_num(table("counts")[:, 1]).astype(int)
    model = CategoricalHMM(2, random_state=0)
    expected = clone(model).fit(x, LENGTHS)
    for elsewhere in (map_of(x, tmp_path), da.from_array(x, chunks=70)):
        assert_same(clone(model).fit(elsewhere, LENGTHS), expected)


def test_the_largest_symbol_may_be_in_no_row_that_a_fit_starts_from(monkeypatch, tmp_path):
    x = np.arange(N)[:, None] % 3
    x[-1] = 9
    monkeypatch.setattr(rows, "SAMPLE_BYTES", x.nbytes // 8)
    model = CategoricalHMM(2, n_iter=2, random_state=0).fit(file_of(x, tmp_path), LENGTHS)
    assert_same(model, CategoricalHMM(2, n_iter=2, random_state=0).fit(x, LENGTHS))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("place", ["npy", "blocks of any size"])
def test_a_fit_that_starts_from_some_of_the_rows_runs_over_all(name, place, tmp_path, monkeypatch):
    """One step from the parameters that some rows have given is that step in memory."""
    X = table(name)
    monkeypatch.setattr(rows, "SAMPLE_BYTES", X.nbytes // 3)
    elsewhere = PLACES[place](X, tmp_path)
    seen = []
    begin = type(MODELS[name])._start_emission

    def watched(model, sequences, rng):
        seen.append(len(sequences.sample))
        begin(model, sequences, rng)

    if "left to right" not in name:
        monkeypatch.setattr(type(MODELS[name]), "_start_emission", watched)
    model = clone(MODELS[name]).set_params(n_iter=4, tol=-np.inf, random_state=0)
    history = model.fit(elsewhere, LENGTHS).history_
    assert all(0.2 * N < n < 0.4 * N for n in seen)
    assert (np.diff(history) >= -1e-9 * np.abs(history[1:])).all() or "gaussian" in name
    ours = clone(model).set_params(n_iter=2, init_params="")
    theirs = clone(ours)
    for m in (ours, theirs):
        vars(m).update({k: v for k, v in vars(model).items() if k in model._learned})
    assert_same(ours.fit(elsewhere, LENGTHS), theirs.fit(X, LENGTHS))


def test_states_that_are_known_are_counted_wherever_the_rows_are(tmp_path):
    X = table("gaussian diag")
    states = np.arange(N) // 5 % 2
    expected = GaussianHMM(2).fit_labelled(X, states, LENGTHS)
    for elsewhere in (file_of(X, tmp_path), of_dask(X, "cut within sequences")):
        ours = GaussianHMM(2).fit_labelled(elsewhere, states, LENGTHS)
        np.testing.assert_array_equal(ours.means_, expected.means_)
        np.testing.assert_array_equal(ours.transmat_, expected.transmat_)


def test_bad_rows_and_lengths_are_refused_wherever_they_are(tmp_path):
    X = table("counts")
    for model, spoiled, why in (
        (GaussianHMM(2), np.where(np.arange(N)[:, None] == 200, np.inf, X), "infinity"),
        (PoissonHMM(2), np.where(np.arange(N)[:, None] == 200, -1, X), "Negative values"),
        (CategoricalHMM(2), np.where(np.arange(N)[:, None] == 200, 0.5, X), "symbols are integers"),
    ):
        for elsewhere in (file_of(spoiled, tmp_path), np.split(spoiled, BOUNDS)):
            with pytest.raises(ValueError, match=why):
                clone(model).fit(elsewhere, LENGTHS)
    for elsewhere in (file_of(X, tmp_path), [X], of_dask(X, "cut within sequences")):
        with pytest.raises(ValueError, match=f"lengths sum to {N - 1}, but there are {N} rows"):
            GaussianHMM(2).fit(elsewhere, [N - 1])
    with pytest.raises(ValueError, match=r"size 3 .* size 2"):
        PoissonHMM(2).fit([X[:200], X[200:, :2]])
    with pytest.raises(ValueError, match="can be walked once"):
        PoissonHMM(2).fit(x for x in np.split(X, BOUNDS))
    with pytest.raises(ValueError, match="no block with rows"):
        PoissonHMM(2).fit(Walked([]))


def test_an_iterable_that_changes_is_refused():
    X = table("gaussian diag")

    class Shrinking:
        walks = 0

        def __iter__(self):
            self.walks += 1
            return iter([X[:200], X[200 : N - (self.walks > 5)]])

    with pytest.raises(ValueError, match="the same each time"):
        GaussianHMM(2).fit(Shrinking())
