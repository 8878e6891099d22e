"""A model's docstring, taken apart: it is where the equation and its source are written."""

import inspect
import re
from dataclasses import dataclass

__all__ = ["Docstring", "read_docstring"]

_HEADING = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)


@dataclass(frozen=True)
class Docstring:
    """The first sentence, the blocks under it, and the headed sections by title."""

    summary: str
    blocks: list[str]  # paragraphs and equations, an equation's lines indented
    sections: dict[str, str]


def read_docstring(thing) -> Docstring:
    """The docstring of a class or function, by its parts."""
    body, *headed = _HEADING.split(inspect.getdoc(thing) or "")
    blocks = [block.rstrip() for block in re.split(r"\n\s*\n", body) if block.strip()]
    sections = {
        title: text.strip("\n") for title, text in zip(headed[::2], headed[1::2], strict=True)
    }
    summary = " ".join(blocks[0].split()) if blocks else ""
    return Docstring(summary, blocks[1:], sections)
