"""Topics are the same to the last bit, wherever the documents are."""

import os
import signal

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_array_equal

from pellucid.conformance.decomposition import _counts
from pellucid.decomposition import GibbsLDA, LatentDirichletAllocation, _documents

OPTIONS = [
    {"evaluate_every": 1, "perp_tol": 1e-3},
    {"doc_topic_prior": "learned"},
    {"learning_method": "online", "batch_size": 7, "doc_topic_prior": "learned"},
]


class Walked:
    """Blocks of documents, of other sizes each; one is empty."""

    def __init__(self, X, cuts=(0, 3, 3, 20, 21, 40)):
        self.X, self.cuts = X, cuts

    def __iter__(self):
        for start, stop in zip(self.cuts, self.cuts[1:], strict=False):
            yield self.X[start:stop]


def dask_array(X, sparse):
    da = pytest.importorskip("dask.array")
    table = da.from_array(X.toarray(), chunks=((3, 17, 20), (12, 18)))
    return table.rechunk({1: -1}).map_blocks(sp.csr_matrix) if sparse else table


def placed(where, X, path):
    table = X.toarray()
    if where in ("file", "map", "files"):
        np.save(path / "a.npy", table)
        np.save(path / "b.npy", table[:15])
        np.save(path / "c.npy", table[15:])
    return {
        "table": lambda: table,
        "blocks": lambda: Walked(X),
        "dense blocks": lambda: Walked(table),
        "whole numbers": lambda: Walked(X.astype(np.int64)),
        "list": lambda: list(Walked(X)),
        "file": lambda: path / "a.npy",
        "files": lambda: [path / "b.npy", path / "c.npy"],
        "map": lambda: np.load(path / "a.npy", mmap_mode="r"),
        "dask": lambda: dask_array(X, sparse=False),
        "sparse dask": lambda: dask_array(X, sparse=True),
    }[where]()


IN_MEMORY = ["table", "blocks", "dense blocks", "whole numbers", "list"]
PLACES = [*IN_MEMORY, "file", "files", "map", "dask", "sparse dask"]


def assert_same_fit(ours, expected):
    for name in ("components_", "doc_topic_prior_", "bound_", "n_iter_", "n_batch_iter_"):
        assert_array_equal(getattr(ours, name), getattr(expected, name), err_msg=name)
    state = (model.random_state_.get_state()[1] for model in (ours, expected))
    assert_array_equal(*state)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("where", PLACES)
def test_a_fit_equals_the_plain_one_bit_for_bit(where, options, tmp_path, monkeypatch):
    X = _counts()
    model = LatentDirichletAllocation(3, max_iter=4, random_state=0, **options)
    expected = model.fit(X)
    monkeypatch.setattr(_documents, "PIECE_BYTES", 1500)  # some six documents of a table
    ours = LatentDirichletAllocation(**model.get_params()).fit(placed(where, X, tmp_path))
    assert_same_fit(ours, expected)


@pytest.mark.parametrize("make", [LatentDirichletAllocation, GibbsLDA])
@pytest.mark.parametrize("where", PLACES)
def test_what_a_model_says_of_documents_does_not_depend_on_where_they_are(
    make, where, tmp_path, monkeypatch
):
    X = _counts()
    model = make(3, max_iter=4, random_state=0).fit(X)
    expected = [model.transform(X), model.score(X), model.perplexity(X)]
    monkeypatch.setattr(_documents, "PIECE_BYTES", 1500)
    found = [
        f(placed(where, X, tmp_path)) for f in (model.transform, model.score, model.perplexity)
    ]
    for a, b in zip(found, expected, strict=True):
        assert_array_equal(a, b)


@pytest.mark.parametrize("where", PLACES)
def test_gibbs_and_online_steps_from_anywhere(where, tmp_path, monkeypatch):
    X = _counts()
    chain = GibbsLDA(3, max_iter=4, random_state=0).fit(X)
    online = LatentDirichletAllocation(3, batch_size=7, random_state=0).partial_fit(X)
    expected = chain.components_, chain.doc_topic_, online.components_
    monkeypatch.setattr(_documents, "PIECE_BYTES", 1500)
    chain.fit(placed(where, X, tmp_path))
    again = LatentDirichletAllocation(3, batch_size=7, random_state=0)
    again.partial_fit(placed(where, X, tmp_path))
    for a, b in zip(
        (chain.components_, chain.doc_topic_, again.components_), expected, strict=True
    ):
        assert_array_equal(a, b)


def test_a_fit_on_a_cluster_equals_the_plain_one_though_a_worker_is_killed(tmp_path):
    """The partitions stay on their two workers; one of which dies in the second pass."""
    dask = pytest.importorskip("dask", reason="Dask is in the extra [cluster]")
    distributed = pytest.importorskip("distributed", reason="Dask is in the extra [cluster]")
    da = pytest.importorskip("dask.array", reason="Dask is in the extra [cluster]")
    X = _counts()
    reads, killed = tmp_path / "reads", tmp_path / "killed"

    def load(start, stop):
        if start == 20:
            with open(reads, "a+") as file:
                file.write(".")
            if len(reads.read_text()) == 3 and not killed.exists():
                killed.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return X[start:stop].toarray()

    parts = [
        da.from_delayed(dask.delayed(load)(start, stop), (stop - start, X.shape[1]), X.dtype)
        for start, stop in ((0, 7), (7, 20), (20, 40))
    ]
    model = LatentDirichletAllocation(3, max_iter=3, doc_topic_prior="learned", random_state=0)
    expected = model.fit(X)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster),
    ):
        ours = LatentDirichletAllocation(**model.get_params()).fit(da.concatenate(parts))
    assert killed.exists()
    assert_same_fit(ours, expected)


def test_float32_is_kept_in_blocks():
    X = _counts(dtype=np.float32)
    model = LatentDirichletAllocation(3, max_iter=3, random_state=0)
    expected = model.fit(X).components_
    ours = LatentDirichletAllocation(**model.get_params()).fit(Walked(X)).components_
    assert ours.dtype == np.float32
    assert_array_equal(ours, expected)


def test_blocks_that_are_no_counts():
    X = _counts()
    with pytest.raises(ValueError, match="Negative values in data passed to Latent"):
        LatentDirichletAllocation(3).fit([X, -X])
    with pytest.raises(ValueError, match="A block of X has 4 features"):
        LatentDirichletAllocation(3).fit([X, X[:, :4]])
    with pytest.raises(ValueError, match="NaN"):
        LatentDirichletAllocation(3).fit([X, X * np.nan])
    with pytest.raises(ValueError, match="no block with rows"):
        LatentDirichletAllocation(3).fit([X[:0]])
    with pytest.raises(ValueError, match="can be walked once"):
        LatentDirichletAllocation(3).fit(block for block in [X, X])
