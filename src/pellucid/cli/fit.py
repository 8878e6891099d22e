"""``pellucid fit``: run the experiment, show it as it goes, write what came of it."""

import ast
import contextlib
import json
import math
import platform
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import pellucid
from pellucid.callbacks import compiling_line
from pellucid.cli.files import check_folder, write_together
from pellucid.experiment import Experiment, run_experiment, shown
from pellucid.tables import InputError, TableFile

__all__ = ["fit_table"]

MOST_COLUMNS = 30  # that are listed


def fit_table(data, target, models, settings, task, folds, metric, drop, budget, seed, out):
    """Read, compare, print, write."""
    if task not in ("auto", "classification", "regression"):
        raise InputError(f"--task {task}: it is auto, classification or regression")
    for option, value, least in (("--cv", folds, 2), ("--seed", seed, 0), ("--budget", budget, 0)):
        if not value >= least:
            raise InputError(f"{option} {value:g}: it is {least} or more")
    settings = [_setting(text) for text in settings]
    check_folder(out)
    file = TableFile(data, known=[target])
    console = Console(highlight=False, markup=False, emoji=False)

    said = []

    def meet(schema, task, notices):
        said.extend(notices)
        _print_schema(console, file.path.name, schema, task)
        _print_notices(console, notices)

    with _progress() as watch:
        experiment = run_experiment(
            file.read(),
            target,
            source=file.path.name,
            models=models,
            settings=settings,
            task=task,
            folds=folds,
            metric=metric or None,
            drop=_columns(drop, file.names),
            budget=60 * budget or math.inf,
            seed=seed,
            notices=file.notices,
            meet=meet,
            watch=watch,
        )
    _print_candidates(console, experiment)
    _print_notices(console, experiment.notices[len(said) :])
    _write(experiment, Path(out))
    _print_verdict(console, experiment, Path(out))


def _setting(text):
    """``("Ridge", "alpha", 10)`` for ``Ridge.alpha=10``"""
    left, equals, value = text.partition("=")
    name, dot, parameter = left.strip().rpartition(".")
    if not (equals and dot and name and parameter):
        raise InputError(f"--set {text!r} is not NAME.param=value, such as Ridge.alpha=10")
    plain = {"true": True, "false": False, "none": None}
    if value.strip().lower() in plain:
        return name, parameter, plain[value.strip().lower()]
    try:
        return name, parameter, ast.literal_eval(value.strip())
    except (ValueError, SyntaxError):
        return name, parameter, value.strip()


def _columns(texts, names):
    """The columns that ``a,b`` means; a name may itself hold a comma."""
    return [name for text in texts for name in ([text] if text in names else text.split(","))]


@contextlib.contextmanager
def _progress():
    """A bar over candidates and folds on the error stream, if somebody is looking at it."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        bar = progress.add_task("reading the table", total=None)
        with compiling_line(progress):
            yield lambda name, done, total: progress.update(
                bar, description=name, completed=done, total=total
            )


def _print_schema(console, source, schema, task):
    table = Table("column", "taken for", "distinct", "missing", "", box=None, pad_edge=False)
    ordered = sorted(schema.columns, key=lambda c: c.name != schema.target)
    for column in ordered[:MOST_COLUMNS]:
        kind = f"target of {task}" if column.name == schema.target else column.kind
        table.add_row(column.name, kind, f"{column.distinct:,}", f"{column.missing:,}", column.note)
    console.print(f"{source}: {len(schema.features):,} columns to learn from\n")
    console.print(table)
    if len(ordered) > MOST_COLUMNS:
        console.print(f"... and {len(ordered) - MOST_COLUMNS:,} more columns")
    console.print()


def _print_notices(console, notices):
    for notice in notices:
        console.print(f"note: {notice}")
    if notices:
        console.print()


def _print_candidates(console, experiment: Experiment):
    metric, sign = shown(experiment.metric)
    guess = next(c.mean for c in experiment.candidates if c.is_baseline)
    table = Table(box=None, pad_edge=False)
    table.add_column("model", overflow="fold")
    table.add_column(f"{metric}, {experiment.folds} folds", justify="right")
    table.add_column("to baseline", justify="right")
    table.add_column("fit", justify="right")
    for candidate in experiment.candidates:
        if candidate.error:
            table.add_row(candidate.name, "failed", candidate.error, "")
            continue
        score = f"{sign * candidate.mean:.4g} ± {candidate.scores.std():.2g}"
        gain = "baseline" if candidate.is_baseline else f"{sign * (candidate.mean - guess):+.4g}"
        table.add_row(candidate.name, score, gain, f"{candidate.fit_seconds:.3g} s")
    console.print(table)
    if experiment.left_out:
        console.print(f"the budget left out: {', '.join(experiment.left_out)}")
    console.print()


def _print_verdict(console, experiment: Experiment, out):
    metric, sign = shown(experiment.metric)
    score = sign * experiment.holdout_scores[experiment.metric]
    guess = sign * experiment.baseline_scores[experiment.metric]
    console.print(
        f"{experiment.winner} won. On {len(experiment.y_holdout):,} rows that no choice had seen: "
        f"{metric} {score:.4g} (baseline {guess:.4g})."
    )
    console.print(f"Look at    {out / 'report.html'}", soft_wrap=True)
    console.print(f"Use it by  pellucid predict {out / 'model.pellucid'} DATA", soft_wrap=True)


def _write(experiment: Experiment, out):
    from pellucid.report import render

    model = out / "model.pellucid"
    write_together(
        {
            model: lambda path: pellucid.save(experiment.pipeline, path),
            out / "metrics.json": lambda path: path.write_text(_json(experiment), "utf-8"),
            out / "report.html": lambda path: path.write_text(render(experiment, model), "utf-8"),
        }
    )


def _json(experiment: Experiment) -> str:
    """The scores, and what it would take to get them again."""
    return json.dumps(
        {
            "source": experiment.source,
            "target": experiment.target,
            "task": experiment.task,
            "metric": experiment.metric,
            "rows": experiment.n_rows,
            "rows_held_out": len(experiment.y_holdout),
            "folds": experiment.folds,
            "seed": experiment.seed,
            "winner": experiment.winner,
            "held_out": _finite(experiment.holdout_scores),
            "baseline": _finite(experiment.baseline_scores),
            "candidates": [
                {
                    "name": c.name,
                    "scores": [s if math.isfinite(s) else None for s in c.scores.tolist()],
                    "fit_seconds": c.fit_seconds,
                    "error": c.error,
                    "is_baseline": c.is_baseline,
                }
                for c in experiment.candidates
            ],
            "left_out": experiment.left_out,
            "columns": [
                {"name": c.name, "kind": c.kind, "missing": c.missing, "distinct": c.distinct}
                for c in experiment.schema.columns
            ],
            "notices": experiment.notices,
            "seconds": experiment.seconds,
            "pellucid": pellucid.__version__,
            "python": platform.python_version(),
        },
        indent=2,
        ensure_ascii=False,
        allow_nan=False,
    )


def _finite(scores):
    return {name: value if math.isfinite(value) else None for name, value in scores.items()}
