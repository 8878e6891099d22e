"""Conformance of what all models stand on: the contract, progress, blocks and files."""

import os
import tempfile

import numpy as np

from pellucid.conformance.rows import agrees, equals, exempt, holds

exempt("base.Estimator", reason="the contract itself; scikit-learn's checks hold its subclasses")
exempt("base.Part", reason="a mark; the saved-emission tests hold its subclasses")
exempt("base.finite_targets", reason="a conversion, and scikit-learn's own check")
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


exempt("reduction.is_plain", reason="a question about where rows are, which `Rows` answers too")
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
    "reduction.one_blas_thread",
    "reduction.reduce_blocks",
    definition="one block after the other on one thread, to the last bit",
    rtol=0,
)
def one_after_the_other():
    from pellucid.reduction import (
        Rows,
        add,
        blocks,
        iterate_blocks,
        map_blocks,
        one_blas_thread,
        reduce_blocks,
    )

    X = np.random.RandomState(0).standard_normal((1000, 20))
    slices = blocks(len(X), X[0].nbytes, block_bytes=1 << 12)

    def gram(s):
        return X[s].T @ X[s]

    with one_blas_thread:
        alone = [gram(s) for s in slices]
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


def _places(folder, X, y):
    """The same rows in all places that need no further library."""
    import polars as pl

    np.save(os.path.join(folder, "X.npy"), X)
    np.save(os.path.join(folder, "y.npy"), y)
    frame = pl.DataFrame(X, schema=[f"x{d}" for d in range(X.shape[1])])
    frame.with_columns(y=pl.Series(y)).write_parquet(os.path.join(folder, "x.parquet"))
    yield "memory map", (np.load(os.path.join(folder, "X.npy"), mmap_mode="r"), y)
    yield ".npy", (os.path.join(folder, "X.npy"), os.path.join(folder, "y.npy"))
    yield "Parquet", (os.path.join(folder, "x.parquet"), "y")


@holds(
    "reduction.rows_of",
    "reduction.iterate",
    that="rows in a file are the rows of the array, and their sums too, to the last bit",
)
def rows_on_disk():
    from pellucid.reduction import Rows, iterate, rows_of

    rng = np.random.RandomState(0)
    X, y = rng.standard_normal((2000, 5)), rng.standard_normal(2000)
    expected = Rows(X, y, block_bytes=1 << 12).reduce(lambda X, y: X.T @ (X * y[:, None]))
    with tempfile.TemporaryDirectory() as folder:
        for name, place in _places(folder, X, y):
            rows = rows_of(*place).in_blocks(block_bytes=1 << 12)
            yield name, rows.reduce(lambda X, y: X.T @ (X * y[:, None])), expected
            means = np.concatenate(list(iterate(lambda X, y: y, *place)))
            yield f"{name}, row by row", means, y


def _summing_models():
    from pellucid.discriminant_analysis import (
        LinearDiscriminantAnalysis,
        QuadraticDiscriminantAnalysis,
    )
    from pellucid.linear_model import (
        GeneralizedLinearRegressor,
        LinearRegression,
        LogisticRegression,
        Ridge,
    )
    from pellucid.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
    from pellucid.preprocessing import MinMaxScaler, StandardScaler

    for model in (LinearRegression(), Ridge()):
        yield model, 0, ("coef_", "intercept_")
    yield GeneralizedLinearRegressor("poisson"), 1, ("coef_", "deviance_")
    yield LogisticRegression(tol=1e-8), 1, ("coef_", "intercept_")
    yield GaussianNB(), 1, ("theta_", "var_")
    yield MultinomialNB(), 1, ("feature_log_prob_", "class_log_prior_")
    yield BernoulliNB(binarize=2), 1, ("feature_log_prob_", "class_log_prior_")
    yield LinearDiscriminantAnalysis(), 1, ("coef_", "intercept_", "scalings_")
    yield QuadraticDiscriminantAnalysis(), 1, ("means_", "priors_")
    yield StandardScaler(), None, ("mean_", "scale_")
    yield MinMaxScaler(), None, ("min_", "scale_")


def _counted(N=1500, D=4):
    rng = np.random.RandomState(0)
    X = rng.poisson(3.0, size=(N, D)).astype(float)
    score = X @ np.linspace(-0.5, 0.5, D)
    return X, (score + rng.standard_normal(N), np.digitize(score + rng.standard_normal(N), [0, 1]))


@holds(
    "reduction.rows_of",
    that="a fit to a memory map, a .npy or Parquet file is the fit to the array, to the last bit",
)
def fits_on_disk():
    X, targets = _counted()
    with tempfile.TemporaryDirectory() as folder:
        for model, target, names in _summing_models():
            y = None if target is None else targets[target]
            expected = {name: getattr(model.fit(X, y), name) for name in names}
            for place, given in _places(folder, X, np.zeros(len(X)) if y is None else y):
                given = given if y is not None else (given[0], None)
                if y is None and place == "Parquet":
                    continue
                model.fit(*given)
                for name in names:
                    yield f"{model} {name}, {place}", getattr(model, name), expected[name]


@holds(
    "reduction.Rows",
    that="a fit to blocks that are walked through is the fit to the array, to rounding",
    rtol=1e-9,
)
def fits_to_blocks():
    X, targets = _counted()
    cuts = [100, 900]
    for model, target, names in _summing_models():
        y = None if target is None else targets[target]
        expected = {name: getattr(model.fit(X, y), name) for name in names}
        parts = np.split(X, cuts)
        blocks = parts if y is None else list(zip(parts, np.split(y, cuts), strict=True))
        model.fit(blocks, None)
        for name in names:
            yield f"{model} {name}", getattr(model, name), expected[name]


@agrees("reduction.rows_of", library="dask", rtol=1e-9)
def dask_sums():
    """Dask's own sums, and fits to its partitions."""
    import dask.array as da

    from pellucid.reduction import rows_of

    X, targets = _counted()
    partitions = da.from_array(X, chunks=(400, 2))
    gram = rows_of(partitions).reduce(lambda X: X.T @ X)
    yield "Gram matrix", gram, (partitions.T @ partitions).compute(scheduler="threads")
    for model, target, names in _summing_models():
        y = None if target is None else targets[target]
        expected = {name: getattr(model.fit(X, y), name) for name in names}
        model.fit(partitions, None if y is None else da.from_array(y, chunks=400))
        for name in names:
            yield f"{model} {name}", getattr(model, name), expected[name]


@agrees("autograd.Function", library="torch", rtol=1e-12)
def a_function_written_by_hand():
    import torch

    import pellucid

    results = []
    for library in (pellucid, torch):

        class Cube(library.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x * x

            @staticmethod
            def backward(ctx, dy):
                (x,) = ctx.saved_tensors
                return 3 * dy * x * x

        x = library.tensor([1.0, -2.0, 0.5], dtype=library.float64, requires_grad=True)
        y = Cube.apply(x)
        (first,) = library.autograd.grad(y.sum(), x, create_graph=True)
        (second,) = library.autograd.grad((first * first).sum(), x)
        results.append([t.detach().numpy() for t in (y, first, second)])
    yield from zip(("value", "gradient", "second"), *results, strict=True)


exempt("autograd.Variable", reason="the old name of a tensor")
exempt("autograd.detect_anomaly", reason="a switch; a test holds what it switches")
exempt("autograd.set_detect_anomaly", reason="a switch; a test holds what it switches")
