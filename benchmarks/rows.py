"""A benchmark row: one function, run once with pellucid's modules and once with the peer's."""

import functools
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Library", "Row", "benchmark", "growth", "load_rows"]

_rows: list["Row"] = []


@dataclass(frozen=True)
class Library:
    """``Library("pellucid").linear_model`` is ``pellucid.linear_model``, imported late."""

    name: str

    def __getattr__(self, module):
        return importlib.import_module(f"{self.name}.{module.replace('__', '.')}")


@dataclass(frozen=True)
class Row:
    """``case(library, size)`` makes the data and returns the call to be timed.

    What that call returns, if it is a number, stands beside the time (an objective, an accuracy),
    so that speed is not bought with it.
    """

    family: str
    name: str
    size: str
    peer: str
    case: Callable
    axis: str | None = None  # what grows from row to row, where a row is a point of a picture
    cores: int | None = None  # how many cores both sides are given; None: all
    gpu: bool = False  # whether both sides want one

    @property
    def id(self) -> str:
        return f"{self.family}.{self.name} {self.size}"


def benchmark(*sizes, peer="sklearn", gpu=False):
    """Declare ``case(library, size)``, timed at each of ``sizes``, against the package ``peer``."""

    def declare(case):
        family = case.__module__.rpartition(".")[2]
        _rows.extend(Row(family, case.__name__, size, peer, case, gpu=gpu) for size in sizes)
        return case

    return declare


def growth(peer="sklearn", **axes):
    """Declare ``case(library, **sizes)``, timed along each axis while the others stay.

    ``rows=(1000, 10_000)`` are two points; along ``cores`` both sides are held to so many cores.
    """

    def declare(case):
        for axis, values in axes.items():
            for value in values:
                _rows.append(
                    Row(
                        "growth",
                        case.__name__,
                        f"{axis} {value}",
                        peer,
                        functools.partial(_grown, case, {axis: value}),
                        axis,
                        value if axis == "cores" else None,
                    )
                )
        return case

    return declare


def _grown(case, sizes, library, _):
    return case(library, **sizes)


def load_rows() -> list[Row]:
    """All rows, from the modules of this package."""
    import benchmarks

    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name != "__main__":
            importlib.import_module(f"benchmarks.{module.name}")
    return list(_rows)
