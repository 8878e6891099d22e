"""The rows by which pellucid is trusted, one file a family: run by tests and ``pellucid verify``.

A row is a function that yields ``(what, ours, expected)`` and stands for one or more public names:

``@agrees``   expected comes from an independent library.
``@equals``   expected comes from a brute-force definition that shares no code with ours.
``@holds``    a stated property: a residual that must vanish, a truth that must be True.
``exempt``    a name that computes nothing, with the reason.
"""

from pellucid.conformance.rows import Row, agrees, equals, exempt, holds, load_rows
from pellucid.conformance.verification import Result, verify

__all__ = [
    "Result",
    "Row",
    "agrees",
    "equals",
    "exempt",
    "holds",
    "load_rows",
    "verify",
]
