"""Conformance of what all models stand on: the contract, progress, blocks and files."""

import os
import tempfile

import numpy as np

from pellucid.conformance.rows import exempt, holds

exempt("base.Estimator", reason="the contract itself; scikit-learn's checks hold its subclasses")
exempt("base.registered_classes", reason="a list of classes")
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
