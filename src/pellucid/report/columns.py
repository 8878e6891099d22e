"""The data at a glance: a card for each column, with the shape of its values."""

from datetime import UTC, datetime, timedelta

from pellucid.report.html import count, name, number, section, tag

__all__ = ["columns"]

_SHOWN = 24
_TOP = 4


def columns(experiment):
    """The target first, then the columns that mattered, then the rest, as far as there is room."""
    schema = experiment.schema
    weight = {column: mean for column, mean, _ in experiment.importance}
    ordered = sorted(
        schema.columns,
        key=lambda c: (c.name != schema.target, c not in schema.features, -weight.get(c.name, 0)),
    )
    more = len(ordered) - _SHOWN
    missing = sum(c.missing > 0 for c in ordered)
    return section(
        "data",
        "The data at a glance",
        tag(
            "p",
            f"{count(experiment.n_rows, 'row')} and {count(len(ordered), 'column')} of ",
            *(name(experiment.source), ": "),
            f"{len(schema.features):,} to learn from. Values are missing in "
            f"{count(missing, 'column') if missing else 'no column'}.",
        ),
        tag("ul", (_card(c, experiment) for c in ordered[:_SHOWN]), class_="cards"),
        tag("p", f"… and {count(more, 'more column')}.", class_="soft") if more > 0 else None,
    )


def _card(column, experiment):
    target = column.name == experiment.target
    share = column.missing / max(experiment.n_rows, 1)
    percent = f"{share:.0%}" if share >= 0.005 else "<1%"
    holes = f" · {column.missing:,} missing ({percent})" if column.missing else ""
    return tag(
        "li",
        tag("h3", name(column.name, 40), tag("b", "target") if target else None),
        tag(
            "p", tag("span", column.kind, class_="kind"), f" · {column.distinct:,} distinct{holes}"
        ),
        _histogram(column) if len(column.edges) > 1 else _commonest(column, experiment.n_rows),
        tag("p", name(column.note, 120), class_="soft") if column.note else None,
        class_="target" if target else None,
    )


def _histogram(column):
    """Bars in percent of the card, so that it may be of any width."""
    top, width = max(column.counts, default=1) or 1, 100 / len(column.counts)
    bars = (
        tag(
            "rect",
            x=f"{i * width:.2f}%",
            y=f"{100 - 100 * n / top:.1f}%",
            width=f"{width * 0.9:.2f}%",
            height=f"{100 * n / top:.1f}%",
        )
        for i, n in enumerate(column.counts)
        if n
    )
    ends = column.edges[0], column.edges[-1]
    low, high = _days(*ends) if column.kind == "date" else map(number, ends)
    return tag(
        "figure",
        tag("svg", bars, class_="histogram", role="img", aria_label=f"values from {low} to {high}"),
        tag("figcaption", tag("span", low), tag("span", high)),
    )


def _commonest(column, n_rows):
    """The commonest values, each over a bar as long as its share of the rows."""
    shown = list(zip(column.top, column.counts, strict=False))[:_TOP]
    more = column.distinct - len(shown)
    return tag(
        "ul",
        (
            tag(
                "li",
                tag("span", name(value, 28)),
                tag("span", f"{n:,}"),
                style=f"--share:{n / max(n_rows, 1):.4f}",
            )
            for value, n in shown
        ),
        tag("li", f"{more:,} more", class_="soft") if shown and more > 0 else None,
        class_="commonest",
    )


def _days(low, high):
    """The first and the last day, or month where the years are many."""
    form = "%Y-%m" if high - low > 2 * 365 * 86400 else "%Y-%m-%d"
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return ((epoch + timedelta(seconds=float(s))).strftime(form) for s in (low, high))
