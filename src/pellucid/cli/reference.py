"""``pellucid models``, ``explain``, ``verify``: what there is, how it works, that it is right."""

import inspect
import os
import sys
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pellucid._catalogue import estimators, public_names
from pellucid.conformance import verify
from pellucid.experiment.candidates import closest
from pellucid.tables import InputError

__all__ = ["explain_name", "list_models", "verify_rows"]


def list_models():
    """A line for each estimator: its name, and the first sentence of its docstring."""
    found = sorted(estimators().items())
    width = max(len(name) for name, _ in found)
    for name, cls in found:
        _console().print(f"{name:{width}}  {_first_line(cls)}", soft_wrap=True)


def explain_name(name):
    """The docstring of a public name, its arguments, and where its code is."""
    names = {n: t for n, t in public_names().items() if inspect.isclass(t) or inspect.isroutine(t)}
    thing = names.get(name) or next((t for n, t in names.items() if _last(n) == _last(name)), None)
    if thing is None:
        near = closest(name, map(_last, names)) or "; `pellucid models` lists the models"
        raise InputError(f"there is nothing called {name!r}{near}")
    path, line = _place(thing)
    console = _console()
    console.print(f"{_last(name)}{_signature(thing)}\n", soft_wrap=True)
    console.print(inspect.getdoc(thing), soft_wrap=True)
    console.print(f"\nThe code: {os.path.relpath(path)}:{line}", soft_wrap=True)


def verify_rows(pattern) -> bool:
    """Run the conformance rows that a pattern names; print them; whether none has failed."""
    with Console(stderr=True).status("running"):
        results = verify(pattern)
    if not results:
        raise InputError(f"no public name matches {pattern!r}; `pellucid models` lists the models")
    table = Table("name", "kind", "against", "", "error", box=None, pad_edge=False)
    for result in results:
        row = result.row
        ran = result.status in ("passed", "failed")
        table.add_row(
            ", ".join(map(_last, row.names)),
            row.kind,
            row.against,
            result.status,
            f"{result.error:.2g} of what is allowed" if ran and not result.why else result.why,
        )
    console, counts = _console(), Counter(result.status for result in results)
    console.print(table)
    console.print("\n" + ", ".join(f"{n} {status}" for status, n in sorted(counts.items())))
    return not counts["failed"]


def _place(thing):
    """The file and the line of a definition; of a class made of a row in a table, the row's."""
    try:
        return inspect.getsourcefile(thing), inspect.getsourcelines(thing)[1]
    except OSError:
        path = inspect.getsourcefile(sys.modules[thing.__module__])
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        return path, next(n for n, line in enumerate(lines, 1) if f'"{thing.__name__}"' in line)


def _first_line(thing):
    return inspect.getdoc(thing).partition("\n")[0]


def _signature(thing):
    try:
        return inspect.signature(thing)
    except ValueError:  # an exception class has none
        return ""


def _console():
    return Console(highlight=False, markup=False, emoji=False)


def _last(name):
    return name.rpartition(".")[2]
