"""``pellucid predict``: one line for every row, or one line that says why not."""

import csv
import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid.linear_model import LogisticRegression
from pellucid.tables import reading

PENGUINS = Path(__file__).parents[2] / "examples/data/penguins.csv"


@pytest.fixture
def model(fitted):
    return fitted[0] / "model.pellucid"


def test_predictions_are_those_of_the_model(pellucid_command, model, tmp_path):
    out = tmp_path / "p.csv"
    result = pellucid_command("predict", model, PENGUINS, "--proba", "--out", out)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    written = pl.read_csv(out)
    assert written.columns == ["prediction", "P(Adelie)", "P(Chinstrap)", "P(Gentoo)"]
    estimator, table = pellucid.load(model), pl.read_csv(PENGUINS)
    assert written["prediction"].to_list() == estimator.predict(table).tolist()
    np.testing.assert_array_equal(written[:, 1:].to_numpy(), estimator.predict_proba(table))
    printed = pellucid_command("predict", model, PENGUINS, "--proba").stdout
    assert printed == out.read_text()


def test_blocks_make_no_difference(pellucid_command, model, monkeypatch):
    whole = pellucid_command("predict", model, PENGUINS).stdout
    monkeypatch.setattr(reading, "BLOCK_BYTES", 1_000)
    assert pellucid_command("predict", model, PENGUINS).stdout == whole
    assert len(list(csv.reader(io.StringIO(whole)))) == 345


def test_parquet_and_gzip_and_other_delimiters(pellucid_command, model, tmp_path):
    expected = pellucid_command("predict", model, PENGUINS).stdout
    table = pl.read_csv(PENGUINS)
    table.write_parquet(tmp_path / "t.parquet")
    table.write_csv(tmp_path / "t.tsv", separator="\t")
    table.drop("species", "island").write_csv(tmp_path / "t.csv", separator=";")
    for name in ("t.parquet", "t.tsv", "t.csv"):
        assert pellucid_command("predict", model, tmp_path / name).stdout == expected


def test_unseen_categories_are_handled_counted_and_said(pellucid_command, model, tmp_path):
    table = pl.read_csv(PENGUINS).head(5)
    table = table.with_columns(
        sex=pl.Series(["MALE", "?", "?", "OTHER", None]),
        body_mass_g=pl.Series(["3000", "3000", "heavy", "", "4000"]),
    )
    table.write_csv(tmp_path / "t.csv")
    result = pellucid_command("predict", model, tmp_path / "t.csv")
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 6
    assert "column 'sex': 3 values were not there in training" in result.stderr
    assert "column 'body_mass_g': 1 values are no numbers" in result.stderr


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.drop("sex"), "column 'sex' is missing"),
        (lambda t: t.with_columns(new=1), "column 'new' was not there"),
        (lambda t: t.with_columns(body_mass_g=pl.lit("heavy")), "'body_mass_g' was of kind number"),
        (lambda t: t.with_columns(sex=pl.lit(3)), "'sex' was of kind category"),
        (lambda t: t.head(0), "no rows"),
    ],
)
def test_tables_that_do_not_fit(refused, model, tmp_path, change, says):
    change(pl.read_csv(PENGUINS)).write_csv(tmp_path / "t.csv")
    assert says in refused("predict", model, tmp_path / "t.csv", "--out", tmp_path / "p.csv")
    assert not (tmp_path / "p.csv").exists()


def test_a_fault_far_into_the_table_leaves_no_file(refused, model, tmp_path, monkeypatch):
    text = PENGUINS.read_text()
    (tmp_path / "t.csv").write_text(text + "one,field,too,few\n")
    monkeypatch.setattr(reading, "BLOCK_BYTES", 1_000)
    (tmp_path / "p.csv").write_text("what was there before")
    message = refused("predict", model, tmp_path / "t.csv", "--out", tmp_path / "p.csv")
    assert "line 346: 4 fields where 7" in message
    assert (tmp_path / "p.csv").read_text() == "what was there before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.csv", "t.csv"]


def test_a_late_block_of_strange_cells_is_missing_values(
    pellucid_command, model, tmp_path, monkeypatch
):
    """The last line is a block of its own, and no number is in it."""
    (tmp_path / "t.csv").write_text(PENGUINS.read_text() + "Gentoo,Biscoe,?,?,?,?,MALE")
    monkeypatch.setattr(reading, "BLOCK_BYTES", 1_000)
    result = pellucid_command("predict", model, tmp_path / "t.csv")
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 346
    assert result.stderr.count("1 values are no numbers, taken as missing: '?'") == 4


def test_files_that_are_no_models(refused, model, tmp_path):
    assert "no such file" in refused("predict", tmp_path / "none", PENGUINS)
    (tmp_path / "foreign").write_bytes(PENGUINS.read_bytes())
    refused("predict", tmp_path / "foreign", PENGUINS)
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "damaged").write_bytes(data)
    refused("predict", tmp_path / "damaged", PENGUINS)
    (tmp_path / "short").write_bytes(data[:-7])
    refused("predict", tmp_path / "short", PENGUINS)
    pellucid.save(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), tmp_path / "other")
    assert "did not make" in refused("predict", tmp_path / "other", PENGUINS)


def test_probabilities_of_a_regression(pellucid_command, refused, tmp_path):
    options = ("--target", "body_mass_g", "--model", "Ridge", "--cv", "2", "--out", tmp_path)
    assert pellucid_command("fit", PENGUINS, *options).exit_code == 0
    model = tmp_path / "model.pellucid"
    assert "leave --proba out" in refused("predict", model, PENGUINS, "--proba")
    printed = pellucid_command("predict", model, PENGUINS).stdout
    np.testing.assert_array_equal(
        pl.read_csv(printed.encode())["prediction"].to_numpy(),
        pellucid.load(model).predict(pl.read_csv(PENGUINS)),
    )
