"""A conformance row: how it is declared, found and run."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

__all__ = ["Outcome", "Row", "agrees", "equals", "exempt", "holds", "load_rows"]

_rows: list["Row"] = []


@dataclass(frozen=True)
class Outcome:
    """One comparison of a row: the largest error, in units of what the row allows."""

    what: str
    error: float


@dataclass(frozen=True)
class Row:
    """One line of the conformance table, for the public ``names`` it covers."""

    names: tuple[str, ...]
    kind: str  # agrees, equals, holds or exempt
    against: str  # the library, the definition, the property or the reason
    rtol: float = 0.0
    atol: float = 0.0
    case: Callable[[], Iterator] | None = None

    @property
    def id(self) -> str:
        return f"{self.names[0]}-{self.case.__name__}" if self.case else f"{self.names[0]}-exempt"

    @property
    def missing(self) -> str | None:
        """The reference library that this row wants and that is not installed."""
        if self.kind != "agrees" or importlib.util.find_spec(self.against):
            return None
        return self.against

    def run(self) -> list[Outcome]:
        """Every comparison of the row."""
        return [self._compare(*comparison) for comparison in self.case()] if self.case else []

    def _compare(self, what, ours, expected) -> Outcome:
        ours, expected = _dense(ours), _dense(expected)
        if ours.shape != expected.shape:
            raise AssertionError(f"{what}: shape {ours.shape}, expected {expected.shape}")
        if ours.dtype.kind not in "fc" or expected.dtype.kind not in "fciub":
            return Outcome(what, 0.0 if np.array_equal(ours, expected) else np.inf)
        same = (ours == expected) | (np.isnan(ours) & np.isnan(expected))
        with np.errstate(invalid="ignore"):
            off = np.where(same, 0, np.abs(ours - expected))
        scale = np.abs(expected).max(initial=0, where=np.isfinite(expected))
        allowed = self.atol + self.rtol * scale
        worst = off.max(initial=0)
        return Outcome(what, 0.0 if worst == 0 else float(worst / allowed) if allowed else np.inf)


def agrees(*names, library, rtol, atol=0.0):
    """Ours equals an independent library's, to ``atol + rtol · max|expected|``."""
    return _declare(names, "agrees", library, rtol, atol)


def equals(*names, definition, rtol, atol=0.0):
    """Ours equals a brute-force definition, named in words."""
    return _declare(names, "equals", definition, rtol, atol)


def holds(*names, that, rtol=0.0, atol=0.0):
    """A stated property is true of ours."""
    return _declare(names, "holds", that, rtol, atol)


def exempt(*names, reason):
    """These names compute nothing that could be compared."""
    _rows.append(Row(names, "exempt", reason))


def load_rows() -> list[Row]:
    """All rows, from the modules of this package."""
    import pellucid.conformance as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return list(_rows)


def _declare(names, kind, against, rtol, atol):
    def declare(case):
        _rows.append(Row(names, kind, against, rtol, atol, case))
        return case

    return declare


def _dense(a) -> np.ndarray:
    return np.asarray(a.toarray() if hasattr(a, "toarray") else a)
