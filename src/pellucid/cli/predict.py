"""``pellucid predict``: a table in, block by block, its predictions out."""

import sys
from collections import Counter
from pathlib import Path

import polars as pl
import typer
from sklearn.pipeline import Pipeline

import pellucid
from pellucid.cli.files import check_folder, write_together
from pellucid.tables import InputError, TableFile, TableReader

__all__ = ["predict_table"]


def predict_table(model_path, data, proba, out):
    """Write a CSV of predictions to the file ``out``, or print it."""
    model = pellucid.load(model_path)
    if not (isinstance(model, Pipeline) and isinstance(model[0], TableReader)):
        raise InputError(f"{model_path} holds a model that `pellucid fit` did not make: fit one")
    if proba and not hasattr(model, "predict_proba"):
        what = type(model[-1]).__name__
        raise InputError(f"{what} gives no probabilities: leave --proba out")
    schema = model[0].schema
    file = TableFile(data, known=[column.name for column in schema.columns])
    strange: dict[str, Counter] = {}

    def write(stream):
        for i, block in enumerate(file.blocks()):
            # the first block shows whether the table fits; a later one's strange cells are missing
            table = schema.read(block) if i else model[0].transform(block)
            frame = _predictions(model, table, proba)
            for name, values in schema.strange(block).items():
                strange.setdefault(name, Counter()).update(values.to_list())
            stream.write(frame.write_csv(include_header=i == 0))
        stream.flush()

    _to(out, write)
    for name, values in strange.items():
        typer.echo(f"note: {_said(schema[name], values)}", err=True)


def _predictions(model, table, proba) -> pl.DataFrame:
    columns = {"prediction": model[1:].predict(table)}
    if proba:
        probability = model[1:].predict_proba(table)  # (N, K)
        columns |= {f"P({c})": probability[:, k] for k, c in enumerate(model.classes_)}
    return pl.DataFrame(columns)


def _to(out, write):
    """A file that is there when it is whole; a device or the program's output as it goes."""
    if not out:
        write(sys.stdout)
    elif Path(out).exists() and not Path(out).is_file():
        with open(out, "w", encoding="utf-8") as stream:
            write(stream)
    else:
        check_folder(Path(out).parent)
        write_together({Path(out): lambda path: _write_text(path, write)})


def _write_text(path, write):
    with open(path, "w", encoding="utf-8", newline="") as stream:
        write(stream)


def _said(column, values):
    shown = ", ".join(repr(value) for value, _ in values.most_common(3))
    more = ", ..." if len(values) > 3 else ""
    what = "were not there in training" if column.kind == "category" else f"are no {column.kind}s"
    way = "counted as unknown" if column.kind == "category" else "taken as missing"
    return f"column {column.name!r}: {values.total():,} values {what}, {way}: {shown}{more}"
