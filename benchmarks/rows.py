"""A benchmark row: one function, run once with pellucid's modules and once with the peer's."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["FAMILIES", "Library", "Row", "benchmark", "load_rows"]

FAMILIES = ("linear_model", "preprocessing", "text", "naive_bayes", "discriminant_analysis")

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

    @property
    def id(self) -> str:
        return f"{self.name} {self.size}"


def benchmark(*sizes, peer="sklearn"):
    """Declare ``case(library, size)``, timed at each of ``sizes``, against the package ``peer``."""

    def declare(case):
        family = case.__module__.rpartition(".")[2]
        _rows.extend(Row(family, case.__name__, size, peer, case) for size in sizes)
        return case

    return declare


def load_rows() -> list[Row]:
    for family in FAMILIES:
        importlib.import_module(f"benchmarks.{family}")
    return list(_rows)
