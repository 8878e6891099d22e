"""Markup written so that text is escaped unless it is markup already."""

import re
from html import escape
from math import isfinite

__all__ = ["Html", "count", "join", "name", "number", "score", "section", "table", "tag"]

_VOID = {"meta", "wbr"}
_SEAM = re.compile(r"(?<=[_/-])|(?<=[a-z])(?=[A-Z(])|(?<=\.)(?=\D)")  # where a name may be broken


class Html(str):
    """Text that is markup and is not escaped again; ``tag`` and ``join`` alone make it."""


def join(*children) -> Html:
    """The children in order; strings are escaped, None is nothing, iterables are walked."""
    return Html("".join(map(_markup, children)))


def tag(element, *children, **attributes) -> Html:
    """``<element attributes>children</element>``; ``class_`` is class, ``aria_label`` aria-label.

    An attribute that is None is left out, one that is True stands without a value.
    """
    start = element + "".join(
        f" {key.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{start}>" if element in _VOID else f"<{start}>{join(*children)}</{element}>")


def section(anchor, title, *children) -> Html:
    """One headed part of the page, or nothing where it has no children."""
    body = join(*children)
    return (
        tag("section", tag("h2", title, id=anchor), body, aria_labelledby=anchor) if body else body
    )


def table(heads, rows, class_=None) -> Html:
    """Rows of cells, the first of each its header; cells that are ``<td>`` already stay so.

    Where the page is too narrow, it scrolls in a box of its own, by finger or by keyboard.
    """

    def row(header, *cells):
        cells = (c if c.startswith("<td") and isinstance(c, Html) else tag("td", c) for c in cells)
        return tag("tr", tag("th", header, scope="row"), cells)

    head = tag("tr", (tag("th", text, scope="col") for text in heads))
    body = tag("tbody", (row(*cells) for cells in rows))
    return tag(
        "div",
        tag("table", tag("thead", head), body, class_=class_),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=f"table by {heads[0]}",
    )


def name(text, limit=60) -> Html:
    """A name out of the user's data: of any length, in any script, running in its own direction."""
    whole = text = str(text) if str(text).strip() else "(empty)"
    if len(text) > limit:
        text = f"{text[: limit * 2 // 3]}…{text[-limit // 4 :]}"
    breakable = (join(tag("wbr") if i else None, part) for i, part in enumerate(_SEAM.split(text)))
    return tag("bdi", breakable, title=whole[:1000] if text != whole else None)


def count(n, noun) -> str:
    """``1 row``, ``12,345 rows``, ``3 classes``"""
    return f"{n:,} {noun}" + ("" if n == 1 else "es" if noun.endswith("s") else "s")


def number(value) -> str:
    """Four digits that matter: 0.01234, 12.34, 12,345, 1.234e+09."""
    if not isfinite(value):
        return "–"
    size = abs(value)
    text = f"{value:,.0f}" if 1e4 <= size < 1e7 else f"{value:.4g}"
    return text.replace("-", "−", 1) if value < 0 else text


def score(value, scale=None) -> str:
    """Three decimals, or one of larger numbers, so that those of one ``scale`` line up."""
    scale = abs(value) if scale is None else abs(scale)
    if not isfinite(value) or not (scale == 0 or 0.01 <= scale < 1000):
        return number(value)
    places = 3 if scale < 10 else 1
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", "−")  # -0.0 is 0


def _markup(child) -> str:
    if isinstance(child, Html):
        return child
    if child is None:
        return ""
    if isinstance(child, (str, int, float)):
        return escape(str(child))
    return "".join(map(_markup, child))
