"""The commands and their arguments.  What they do is imported when they do it: help is quick."""

import contextlib
import errno
import os
import sys

import typer
from typer import Argument, Option

__all__ = ["app", "main"]

USER, MACHINE, INTERRUPTED = 2, 1, 130  # whose fault it is that nothing came of it
DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, None}

app = typer.Typer(
    help="Machine learning you can read.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main():
    """Run the command that the program's arguments name."""
    app()


@app.command()
def fit(
    data: str = Argument(..., help="CSV or TSV (also gzip) or Parquet."),
    target: str = Option(..., help="The column to predict."),
    model: list[str] = Option(["auto"], help="auto, or a model's name; repeatable."),
    set: list[str] = Option([], help="NAME.param=value; repeatable."),
    task: str = Option("auto", help="auto, classification or regression."),
    cv: int = Option(5, help="Folds of the cross-validation."),
    metric: str = Option("", help="The score to compare by.", show_default="by the task"),
    drop: list[str] = Option([], help="Columns to leave out, a,b; repeatable."),
    budget: float = Option(0, help="Minutes for comparing models.", show_default="no limit"),
    seed: int = Option(0, help="Of every random choice."),
    out: str = Option("pellucid-out", help="The folder for model, metrics and report."),
):
    """Compare models on a table; write the best one, its scores and a report."""
    with _plain_errors():
        from pellucid.cli.fit import fit_table

        fit_table(data, target, model, set, task, cv, metric, drop, budget, seed, out)


@app.command()
def predict(
    model: str = Argument(..., help="The file model.pellucid of a fit."),
    data: str = Argument(..., help="A table with the columns of that fit."),
    proba: bool = Option(False, "--proba", help="Add P(class) for each class."),
    out: str = Option("", help="The CSV file to write.", show_default="printed"),
):
    """Predict the target for every row of a table, of any length."""
    with _plain_errors():
        from pellucid.cli.predict import predict_table

        predict_table(model, data, proba, out)


@app.command()
def models():
    """List every estimator, in one line each."""
    with _plain_errors():
        from pellucid.cli.reference import list_models

        list_models()


@app.command()
def explain(name: str = Argument(..., help="Such as Ridge or losses.HuberLoss.")):
    """Print a model's equation, shapes and parameters, and where its code is."""
    with _plain_errors():
        from pellucid.cli.reference import explain_name

        explain_name(name)


@app.command()
def verify(pattern: str = Argument("", help="A part of names, with * and ?.")):
    """Compare public names with independent references, here and now."""
    with _plain_errors():
        from pellucid.cli.reference import verify_rows

        if not verify_rows(pattern):
            raise typer.Exit(MACHINE)


@contextlib.contextmanager
def _plain_errors():
    """One line instead of a traceback for what is the user's fault or the machine's, not ours."""
    try:
        yield
    except (KeyboardInterrupt, SystemError) as error:  # which compiled code makes of the first
        if not any(isinstance(cause, KeyboardInterrupt) for cause in _causes(error)):
            raise
        _stop("interrupted: nothing was written", INTERRUPTED)
    except MemoryError:
        _stop("there is not enough memory for this table: give fewer rows or columns", MACHINE)
    except BrokenPipeError:  # whoever read our output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(MACHINE) from None
    except OSError as error:
        what = (error.strerror or str(error)).lower()
        if error.errno in DISK:
            _stop(f"{what}: make room, or choose another disk by --out", MACHINE)
        _stop(f"{error.filename}: {what}", USER)
    except ValueError as error:
        from pellucid.persistence import LoadError
        from pellucid.tables import InputError

        if not isinstance(error, (InputError, LoadError)):
            raise
        _stop(str(error), USER)


def _causes(error):
    while error is not None:
        yield error
        error = error.__cause__


def _stop(message, code):
    typer.echo(f"pellucid: {' '.join(message.split())}", err=True)
    raise typer.Exit(code) from None
