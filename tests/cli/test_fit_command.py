"""``pellucid fit``, from tables as people have them to its three files."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid.experiment import judge, run

PENGUINS = Path(__file__).parents[2] / "examples/data/penguins.csv"

QUICK = ("--model", "LogisticRegression", "--cv", "2")


def test_a_fit_prints_its_table_and_writes_its_files(fitted):
    out, printed = fitted
    assert sorted(p.name for p in out.iterdir()) == [
        "metrics.json",
        "model.pellucid",
        "report.html",
    ]
    for expected in ("culmen_length_mm", "dropped", "LogisticRegression", "DummyClassifier", "±"):
        assert expected in printed
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["target"] == "species"
    assert metrics["rows"] == 344
    assert metrics["rows_held_out"] == 69
    assert metrics["winner"] in printed
    assert [c["name"] for c in metrics["candidates"] if c["is_baseline"]] == ["DummyClassifier"]
    assert len(metrics["candidates"][0]["scores"]) == 5


def test_the_model_file_is_an_ordinary_estimator(fitted):
    model = pellucid.load(fitted[0] / "model.pellucid")
    frame = pl.read_csv(PENGUINS, null_values="")
    by_polars = model.predict(frame)
    by_pandas = model.predict({name: frame[name].to_list() for name in frame.columns})
    np.testing.assert_array_equal(by_polars, by_pandas)
    assert set(by_polars) == {"Adelie", "Chinstrap", "Gentoo"}
    assert model.predict_proba(frame).shape == (344, 3)


def test_everything_by_default(pellucid_command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = pellucid_command("fit", PENGUINS, "--target", "body_mass_g", "--seed", "1")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "pellucid-out/model.pellucid").exists()
    assert "2 rows without a target were left out" in result.stdout
    assert "HuberRegressor" in result.stdout


def _fit(pellucid_command, tmp_path, frame, *options, name="t.csv"):
    path = tmp_path / name
    if isinstance(frame, str):
        path.write_text(frame)
    else:
        frame.write_csv(path)
    result = pellucid_command("fit", path, "--out", tmp_path / "out", *options)
    assert result.exit_code == 0, result.stderr
    return result.stdout, pellucid.load(tmp_path / "out/model.pellucid")


def test_a_table_of_everything(pellucid_command, tmp_path):
    """Names in any script or of markup, text with newlines, codes, dates, repeated names."""
    rng = np.random.default_rng(0)
    rows = ["größe,<script>alert(1)</script>,名前,when,review,zip,empty,x,x,[bold]y[/bold]"]
    for i in range(80):
        x = rng.normal()
        rows.append(
            f"{i % 7}.5,{'<b>' if i % 2 else '?'},{i if i % 3 else 'many'},"
            f'2024-0{1 + i % 9}-11,"line {i}\nand ""{rng.choice(["good", "bad"])}"" words, too",'
            f"0{i % 4}12,,{x},{-x},{'yes' if x > 0 else 'no'}"
        )
    text = "\n".join(rows)
    printed, model = _fit(pellucid_command, tmp_path, text, "--target", "[bold]y[/bold]", *QUICK)
    kinds = {column.name: column.kind for column in model[0].schema.columns}
    assert kinds == {
        "größe": "number",
        "<script>alert(1)</script>": "category",
        "名前": "category",
        "when": "date",
        "review": "text",
        "zip": "category",
        "empty": "constant",
        "x": "number",
        "x_2": "number",
        "[bold]y[/bold]": "category",
    }
    assert "[bold]y[/bold]" in printed
    assert "a second column 'x' is called 'x_2'" in printed
    assert "numbers and words mixed" in model[0].schema["名前"].note
    assert "left out as constant: empty" in printed
    again = pellucid_command("predict", tmp_path / "out/model.pellucid", tmp_path / "t.csv")
    assert again.exit_code == 0, again.stderr
    assert again.stdout.count("\n") == 81


def test_whole_numbers_as_classes_are_said(pellucid_command, tmp_path):
    frame = pl.DataFrame({"x": np.arange(40.0) % 7, "y": np.arange(40) % 2})
    printed, model = _fit(pellucid_command, tmp_path, frame, "--target", "y", *QUICK)
    assert "--task regression" in printed
    assert model.predict(frame).dtype == int
    _, model = _fit(
        pellucid_command,
        tmp_path,
        frame,
        *("--target", "y", "--task", "regression", "--model", "Ridge", "--set", "Ridge.alpha=2"),
    )
    assert model.predict(frame).dtype == float
    assert model[-1].alpha == 2


def test_a_file_without_a_header(pellucid_command, tmp_path):
    lines = "".join(f"{i % 5},{'ab'[i % 2]}\n" for i in range(40))
    printed, model = _fit(pellucid_command, tmp_path, lines, "--target", "column_2", *QUICK)
    assert "no header line was found" in printed
    assert model[0].schema.target == "column_2"


def test_a_category_of_very_many_values(pellucid_command, tmp_path):
    rng = np.random.default_rng(0)
    city = rng.integers(0, 2_000, 6_000)
    y = np.where(rng.random(6_000) < np.where(city % 2, 0.9, 0.1), "yes", "no")
    frame = pl.DataFrame({"city": [f"c{i}" for i in city], "x": rng.normal(size=6_000), "y": y})
    _, model = _fit(pellucid_command, tmp_path, frame, "--target", "y", *QUICK)
    assert model[0].schema["city"].kind == "category"
    assert len(model[-1].coef_[0]) == 2
    assert np.mean(model.predict(frame) == y) > 0.8, "the target's mean in each city says most"


def test_a_wide_table_is_one_matrix(pellucid_command, tmp_path, monkeypatch):
    monkeypatch.setattr(judge, "MOST_COLUMNS", 3)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 300))
    frame = pl.DataFrame(X, schema=[f"x{i}" for i in range(300)])
    frame = frame.with_columns(y=pl.Series(np.where(X[:, 7] > 0, "a", "b")))
    printed, model = _fit(pellucid_command, tmp_path, frame, "--target", "y", *QUICK)
    assert len(model.named_steps["features"].transformers) == 1
    assert "... and 271 more columns" in printed


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        (None, (), "no such file"),
        ("", (), "is empty"),
        ("x,y\n", (), "no rows"),
        ("x,y\n1,a\n2\n", (), "line 3: 1 fields"),
        ("x,z\n1,a\n", (), "no column 'y'"),
        ("x,y\n1,a\n2,a\n3,a\n", (), "one class"),
        ("x,y\n1,\n2,NA\n", (), "missing in every row"),
        ("x,y\n" + "1,a\n2,b\n" * 4, (), "too few"),
        ("x,y\n1,a\n", ("--task", "clustering"), "--task clustering"),
        ("x,y\n1,a\n", ("--cv", "1"), "--cv 1"),
        ("x,y\n1,a\n", ("--seed", "-1"), "--seed -1"),
        ("x,y\n1,a\n", ("--budget", "nan"), "--budget nan"),
        ("x,y\n1,a\n", ("--set", "C=3"), "NAME.param=value"),
        ("x,y\n" + "1,a\n2,b\n" * 9, ("--set", "Lasso.alpha=3"), "not among the models"),
        ("x,y\n" + "1,a\n2,b\n" * 9, ("--metric", "acuracy"), "did you mean 'accuracy'"),
        ("x,y\n" + "1,a\n2,b\n" * 9, ("--model", "logisticregression"), "'LogisticRegression'"),
        ("x,y\n" + "1,a\n2,b\n" * 9, ("--drop", "x"), "no column is left"),
        ("x,y\n" + "1,a\n2,b\n" * 9, ("--drop", "q"), "no column 'q'"),
    ],
)
def test_bad_input_is_one_line_and_no_file(refused, tmp_path, text, options, says):
    path = tmp_path / "t.csv"
    if text is not None:
        path.write_text(text)
    assert says in refused("fit", path, "--target", "y", "--out", tmp_path / "out", *options)
    assert not (tmp_path / "out").exists()


def test_a_binary_file(refused, tmp_path):
    (tmp_path / "t.csv").write_bytes(bytes(range(256)))
    assert "binary" in refused("fit", tmp_path / "t.csv", "--target", "y")


def test_out_that_cannot_be_a_folder(refused, tmp_path):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file/deeper"):
        assert "is a file" in refused("fit", PENGUINS, "--target", "species", "--out", out)


def test_no_file_stays_when_the_report_cannot_be_made(pellucid_command, tmp_path, monkeypatch):
    def full(experiment, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pellucid.report.render", full)
    out = tmp_path / "new/out"
    result = pellucid_command("fit", PENGUINS, "--target", "species", "--out", out, *QUICK)
    assert result.exit_code == 1
    assert result.stderr == (
        "pellucid: no space left on device: make room, or choose another disk by --out\n"
    )
    assert list(tmp_path.rglob("*.*")) == []


def test_a_budget_is_kept_and_said(pellucid_command, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "CURVE_SECONDS", 0)
    result = pellucid_command(
        *("fit", PENGUINS, "--target", "species", "--budget", "1e-9", "--out", tmp_path / "o")
    )
    assert "the budget left out: LinearDiscriminantAnalysis, GaussianNB(" in result.stdout
