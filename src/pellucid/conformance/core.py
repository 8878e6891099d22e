"""Conformance of what all models stand on: the contract, progress, blocks and files."""

import os
import tempfile

import numpy as np

from pellucid.conformance.rows import equals, exempt, holds

exempt("base.Estimator", reason="the contract itself; scikit-learn's checks hold its subclasses")
exempt("base.Part", reason="a mark; the saved-emission tests hold its subclasses")
exempt("base.registered_classes", reason="a list of classes")
exempt("base.registered_parts", reason="a list of classes")
exempt("base.sparse_as_configured", reason="a choice between SciPy's two kinds of one matrix")
exempt("base.validate_parameters", reason="scikit-learn's own check of arguments, by its name")
exempt("base.validate_parameters_only", reason="scikit-learn's own check of arguments, by its name")
exempt("persistence.LoadError", reason="an error")


@holds("persistence.save", "persistence.load", that="what is loaded is what was saved, bit for bit")
def round_trip():
    from pellucid.persistence import load, save

    rng = np.random.RandomState(0)
    saved = {
        "float64": rng.standard_normal((3, 4)),
        "float32, strided": rng.standard_normal((6, 4)).astype(np.float32)[::2, ::-1],
        "words": np.array(["ῥόδον", "", "x"]),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tree.pellucid")
        save((saved, rng), path)
        loaded, loaded_rng = load(path)
    for name, array in saved.items():
        yield name, loaded[name], array
        yield f"dtype of {name}", loaded[name].dtype == array.dtype, True
    yield "the next random numbers", loaded_rng.random(5), rng.random(5)


exempt("callbacks.Step", reason="a record of where a loop is")
exempt("callbacks.progress_bar", reason="it draws")
exempt("callbacks.compiling_line", reason="it draws")


@holds("callbacks.steps", "callbacks.listen", that="a loop that is watched runs as range does")
def watched_loop():
    from pellucid.callbacks import listen, steps

    heard = []
    with listen(heard.append):
        yield "to its end", list(steps(None, 4)), range(4)
        for done in steps(None, 4):
            if done == 2:
                break
    told = [(step.done, step.finished) for step in heard]
    whole = [(0, False), (1, False), (2, False), (3, False), (4, True)]
    yield "every step, and the end", told[:5], whole
    yield "every step, and the end, of a loop that was left", told[5:], [*whole[:3], (2, True)]
    yield "unheard", list(steps(None, 4)), range(4)
    yield "nothing more was told", len(heard), len(told)


@holds("reduction.blocks", that="the blocks are the rows, each once and in order")
def partition():
    from pellucid.reduction import blocks

    for n_rows, row_bytes in ((0, 8), (1, 1 << 30), (10_000, 800), (7, 0)):
        rows = [row for s in blocks(n_rows, row_bytes) for row in range(n_rows)[s]]
        yield f"{n_rows} rows of {row_bytes} bytes", rows, range(n_rows)


@equals(
    "reduction.Rows",
    "reduction.add",
    "reduction.iterate_blocks",
    "reduction.map_blocks",
    "reduction.reduce_blocks",
    definition="one block after the other on one thread, to the last bit",
    rtol=0,
)
def one_after_the_other():
    from pellucid.reduction import Rows, add, blocks, iterate_blocks, map_blocks, reduce_blocks

    X = np.random.RandomState(0).standard_normal((1000, 20))
    slices = blocks(len(X), X[0].nbytes, block_bytes=1 << 12)

    def gram(s):
        return X[s].T @ X[s]

    alone = [map_blocks(gram, [s])[0] for s in slices]
    total = alone[0]
    for each in alone[1:]:
        total = total + each
    yield "each block", map_blocks(gram, slices), alone
    yield "one at a time", list(iterate_blocks(gram, slices)), alone
    yield "their sum", reduce_blocks(gram, slices), total

    rows, w = Rows(X, X[:, 0], row_bytes=1 << 20), X[:, 0]
    expected = np.zeros(20), 0.0
    for n in range(len(X) // 2):
        pair = slice(2 * n, 2 * n + 2)
        expected = add(expected, (w[pair] @ X[pair], w[pair].sum()))
    sums = rows.reduce(lambda X, w: (w @ X, w.sum()))
    yield "weighted rows", sums[0], expected[0]
    yield "weights", sums[1], expected[1]
