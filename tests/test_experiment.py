"""Comparing candidates on a table: what is promised of the winner, and of what it is judged by."""

import numpy as np
import polars as pl
import pytest

from pellucid.experiment import run, run_experiment
from pellucid.experiment.splits import choose_folds, hold_out, sample
from pellucid.tables import InputError

N = 150


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=(2, N))
    color = rng.choice(["red", "green"], N)
    z = 3 * x + (color == "red") + 0.5 * rng.normal(size=N)
    label = np.where(z > 0.5, "high", "low")
    return pl.DataFrame({"x": x, "noise": noise, "color": color, "z": z, "label": label})


@pytest.fixture(scope="module")
def classified(table):
    return run_experiment(table, "label", drop=["z"], source="t.csv")


@pytest.fixture(scope="module")
def regressed(table):
    return run_experiment(table, "z", drop=["label"], models=["Ridge", "LinearRegression"])


def test_the_record_of_a_classification(classified):
    e = classified
    assert (e.task, e.metric, e.folds, e.n_rows) == ("classification", "accuracy", 5, N)
    assert e.classes.tolist() == ["high", "low"]
    assert len(e.y_holdout) == len(e.X_holdout) == len(e.prediction) == N // 5
    assert e.probability.shape == (N // 5, 2)
    np.testing.assert_allclose(e.probability.sum(axis=1), 1)
    assert e.holdout_scores["accuracy"] == np.mean(e.prediction == e.y_holdout)
    assert [c.name for c in e.schema.features] == ["x", "noise", "color"]
    assert sum(c.is_baseline for c in e.candidates) == 1
    means = [round(c.mean, 9) for c in e.candidates if not c.error]
    assert means == sorted(means, reverse=True)
    assert e.winner == next(c.name for c in e.candidates if not c.is_baseline)
    assert e.learning_curve["train"].shape == e.learning_curve["validation"].shape == (5, 5)


def test_what_mattered_is_what_the_table_was_made_of(regressed):
    columns = [column for column, _, _ in regressed.importance]
    assert columns[0] == "x"
    assert columns[-1] == "noise"
    assert regressed.coefficients[0][:2] == ("x", "")
    coef = regressed.holdout_pipeline[-1].coef_
    assert sorted(v for _, _, v in regressed.coefficients) == sorted(coef)


@pytest.mark.parametrize("name", ["pipeline", "holdout_pipeline"])
def test_pipelines_read_the_table_itself(table, regressed, name):
    pipeline = getattr(regressed, name)
    assert pipeline.predict(table).shape == (N,)
    held = hold_out(table["z"].to_numpy(), False, 0)[1]
    if name == "holdout_pipeline":
        np.testing.assert_array_equal(pipeline.predict(table)[held], regressed.prediction)


def test_the_last_fit_is_on_all_rows(table, regressed):
    read = regressed.pipeline[0].transform(table)
    mean = regressed.pipeline.named_steps["features"].transform(read).mean(axis=0)
    np.testing.assert_allclose(mean[:2], 0, atol=1e-12)


def test_no_choice_sees_the_held_out_fifth(table, regressed):
    """Other targets there change its scores, and nothing that was chosen before."""
    held = hold_out(table["z"].to_numpy(), False, 0)[1]
    z = table["z"].to_numpy().copy()
    z[held] = np.random.default_rng(1).normal(size=len(held))
    other = run_experiment(
        table.with_columns(z=z), "z", drop=["label"], models=["Ridge", "LinearRegression"]
    )
    assert [c.name for c in other.candidates] == [c.name for c in regressed.candidates]
    for ours, theirs in zip(other.candidates, regressed.candidates, strict=True):
        np.testing.assert_array_equal(ours.scores, theirs.scores)
    np.testing.assert_array_equal(other.prediction, regressed.prediction)
    assert other.holdout_scores["r2"] < regressed.holdout_scores["r2"]


def test_a_seed_gives_the_same_again(table, classified):
    again = run_experiment(table, "label", drop=["z"])
    for ours, theirs in zip(again.candidates, classified.candidates, strict=True):
        np.testing.assert_array_equal(ours.scores, theirs.scores)
    assert again.importance == classified.importance


def test_a_budget_of_nothing_leaves_the_baseline_and_one_model(table):
    told = []
    experiment = run_experiment(
        table, "label", drop=["z"], budget=0, watch=lambda *step: told.append(step)
    )
    assert len(experiment.candidates) == 2
    assert experiment.left_out[0] == "LinearDiscriminantAnalysis"
    assert [done for _, done, _ in told] == list(range(10))
    assert told[0][2] == 5 * (2 + len(experiment.left_out))


def test_settings_take_the_place_of_variants(table):
    settings = [("LogisticRegression", "C", 3.0), ("LogisticRegression", "tol", 1e-3)]
    experiment = run_experiment(table, "label", drop=["z"], settings=settings, folds=2)
    names = [c.name for c in experiment.candidates if c.name.startswith("Logistic")]
    assert names == ["LogisticRegression(C=3, tol=0.001)"]


def test_a_model_that_cannot_learn_the_table_has_lost(table):
    counts = table.with_columns(z=pl.col("z").abs())
    models = ["Ridge", "PoissonRegressor"]
    experiment = run_experiment(table, "z", drop=["label"], models=models)
    lost = experiment.candidates[-1]
    assert lost.name == "PoissonRegressor"
    assert lost.error
    assert np.isnan(lost.scores).all()
    assert run_experiment(counts, "z", drop=["label"], models=models).candidates[-1].error is None
    with pytest.raises(InputError, match="no model could be fitted: PoissonRegressor: "):
        run_experiment(table, "z", drop=["label"], models=models[1:])


def test_a_table_that_says_nothing_is_said_to():
    rng = np.random.default_rng(0)
    noise = pl.DataFrame({"x": rng.normal(size=80), "y": rng.choice(["a", "b", "c"], 80)})
    experiment = run_experiment(noise, "y", models=["LogisticRegression"])
    is_worse = experiment.candidates[0].is_baseline
    assert is_worse == any("no model was better" in notice for notice in experiment.notices)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"target": "lable"}, "no column 'lable'; did you mean 'label'"),
        ({"drop": ["zz"]}, "no column 'zz'"),
        ({"models": ["Rigde"]}, "did you mean 'Ridge'"),
        ({"models": ["Ridge"]}, "Ridge is no model for classification"),
        ({"models": ["Qwertz"]}, "pellucid models"),
        ({"metric": "acuracy"}, "did you mean 'accuracy'"),
        ({"metric": "rmse"}, "does not measure classification"),
        ({"settings": [("LogisticRegression", "c", 1)]}, "no parameter 'c'; did you mean 'C'"),
        ({"settings": [("LogisticRegression", "C", -1)]}, "--set: The 'C' parameter"),
        ({"settings": [("LogisticRegresion", "C", 1)]}, "did you mean 'LogisticRegression'"),
        ({"drop": ["x", "noise", "color", "z"]}, "no column is left"),
    ],
)
def test_what_is_asked_wrongly(table, arguments, says):
    with pytest.raises(InputError, match=says):
        run_experiment(table, **{"target": "label", **arguments})


@pytest.mark.parametrize(
    ("asked", "metric"), [("log_loss", "neg_log_loss"), ("neg_log_loss",) * 2, ("roc_auc",) * 2]
)
def test_metrics_by_their_names(table, asked, metric):
    experiment = run_experiment(
        table, "label", metric=asked, models=["LogisticRegression"], folds=2
    )
    assert experiment.metric == metric
    assert next(iter(experiment.holdout_scores)) == metric
    assert np.isfinite(experiment.holdout_scores[metric])


def test_lopsided_classes_are_not_compared_by_accuracy(table):
    is_rare = pl.col("z") > pl.col("z").quantile(0.9)
    rare = table.with_columns(label=pl.when(is_rare).then(pl.lit("yes")).otherwise(pl.lit("no")))
    experiment = run_experiment(rare, "label", drop=["z"], models=["LogisticRegression"])
    assert experiment.metric == "roc_auc"
    assert any("of one class" in notice for notice in experiment.notices)


def test_fewer_folds_for_a_rare_class(table):
    rare = table.with_columns(label=pl.Series(["a"] * 4 + ["b"] * (N - 4)))
    experiment = run_experiment(rare, "label", models=["LogisticRegression"])
    assert experiment.folds == 3
    assert any("3 folds instead of 5" in notice for notice in experiment.notices)


def test_a_long_table_is_compared_on_a_part(table, monkeypatch):
    monkeypatch.setattr(run, "MOST_ROWS", 60)
    experiment = run_experiment(table, "label", drop=["z"], models=["LogisticRegression"])
    assert any("compared on 60 of 150 rows" in notice for notice in experiment.notices)
    assert len(experiment.y_holdout) == 30


def test_too_few_rows(table):
    with pytest.raises(InputError, match="too few"):
        run_experiment(table.head(9), "z")


@pytest.mark.parametrize("seed", range(5))
def test_splits(seed):
    rng = np.random.default_rng(seed)
    y = np.repeat([*"abcd"], [3, 4, 13, 80])
    rng.shuffle(y)
    development, held = hold_out(y, True, seed)
    assert sorted([*development, *held]) == list(range(100))
    assert len(held) == 20
    counts = {label: np.sum(y[held] == label) for label in "abcd"}
    assert counts["a"] <= 1
    assert abs(counts["c"] - 13 / 5) < 1
    assert abs(counts["d"] - 80 / 5) < 1
    rows = sample(development, y, 40, 2, True, seed)
    assert set(rows) <= set(development)
    assert {label: np.sum(y[rows] == label) for label in "abcd"}["a"] == 2
    splitter, _ = choose_folds(y[rows], 5, True, seed)
    for train, _ in splitter.split(rows, y[rows]):
        assert set(y[rows][train]) == set("abcd")
