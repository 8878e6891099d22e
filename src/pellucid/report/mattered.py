"""What mattered: what the score loses without a column, and the coefficients themselves."""

import numpy as np

from pellucid.plotting import plot_shap
from pellucid.report.html import count, join, name, score, section, table, tag
from pellucid.report.svg import picture
from pellucid.report.verdict import Metric
from pellucid.tree import plot_tree
from pellucid.tree._base import DecisionTree

__all__ = ["mattered"]

_SHOWN = 15
_CLASSES = 6  # columns of coefficients that stay legible


def mattered(experiment):
    """Permutation importance of the columns, then the coefficients of a linear winner."""
    return section(
        "mattered",
        "What mattered",
        _importance(experiment) if experiment.importance else None,
        _coefficients(experiment) if experiment.coefficients else None,
        _attributions(experiment) if experiment.attributions else None,
        _tree(experiment) if experiment.attributions else None,
    )


def _importance(experiment):
    ranked = sorted(experiment.importance, key=lambda row: -row[1])
    shown, rest = ranked[:_SHOWN], ranked[_SHOWN:]
    low = min(0, *(mean - std for _, mean, std in shown))
    high = max(0, *(mean + std for _, mean, std in shown))
    words = Metric(experiment.metric).words
    return join(
        tag(
            "p",
            f"How much worse the {words} on unseen rows becomes when a column's values are "
            "shuffled among the rows; the line is one deviation each way.",
        ),
        tag("ol", (_bar(name(c, 40), m, low, high, s) for c, m, s in shown), class_="bars"),
        tag("p", f"… and {count(len(rest), 'column')} that mattered less.", class_="soft")
        if rest
        else None,
    )


def _bar(label, value, low, high, std=0.0):
    """One number as a bar from zero, with its deviation."""

    def percent(v):
        return 100 * (v - low) / (high - low or 1)

    zero, end = percent(0), percent(value)
    marks = join(
        tag(
            "rect",
            x=f"{min(zero, end):.2f}%",
            width=f"{abs(end - zero):.2f}%",
            y="25%",
            height="50%",
            class_="plus" if value >= 0 else "minus",
        ),
        tag(
            "line",
            x1=f"{percent(value - std):.2f}%",
            x2=f"{percent(value + std):.2f}%",
            y1="50%",
            y2="50%",
            class_="deviation",
        )
        if std
        else None,
        tag("line", x1=f"{zero:.2f}%", x2=f"{zero:.2f}%", y1="0", y2="100%", class_="zero"),
    )
    return tag(
        "li",
        tag("span", label, class_="model"),
        tag("svg", marks, role="img", aria_label=f"a bar of {score(value, high - low)}"),
        tag("span", score(value, high - low), class_="number"),
    )


def _coefficients(experiment):
    """Bars where there is one number a feature, else a table with a column a class."""
    labels = list(dict.fromkeys(label for _, label, _ in experiment.coefficients))
    if len(labels) > 1:
        labels = [str(c) for c in experiment.classes]
    features = {}  # {feature: {class: value}}
    for feature, label, value in experiment.coefficients:
        features.setdefault(feature, {})[label] = value
    ranked = sorted(features.items(), key=lambda row: -max(map(abs, row[1].values())))
    more = len(ranked) - _SHOWN
    draw = _one_a_feature if len(labels) == 1 else _one_a_class
    few = (
        f" Of {len(labels):,} classes the first {_CLASSES} are shown."
        if len(labels) > _CLASSES
        else ""
    )
    return join(
        tag("h3", "Coefficients"),
        tag(
            "p",
            "What one unit of each feature, as the model sees it after preparation, adds to the "
            "sum from which it predicts; the largest first.",
            join(" Above zero speaks for ", name(labels[0]), ".")
            if len(labels) == 1 and labels[0]
            else None,
            few,
        ),
        draw(ranked[:_SHOWN], labels[:_CLASSES]),
        tag("p", f"… and {count(more, 'smaller one')}.", class_="soft") if more > 0 else None,
    )


def _attributions(experiment):
    """A swarm of dots where there is one number a row and feature, else a table of mean sizes."""
    names, values = experiment.attributions["names"], experiment.attributions["values"]
    words = (
        "What each feature, as the model sees it after preparation, adds to the sum from which it "
        "predicts an unseen row: Shapley values, which with the mean prediction make up the whole."
    )
    if len(experiment.classes if experiment.classes is not None else ()) > 2:
        labels = [str(c) for c in experiment.classes]
        sizes = np.abs(values).mean(axis=0)  # (D, R)
        ranked = [
            (names[d], dict(zip(labels, sizes[d], strict=True)))
            for d in np.argsort(-sizes.max(axis=1), kind="stable")[:_SHOWN]
        ]
        drawn = _one_a_class(ranked, labels[:_CLASSES])
        words += " Here their mean size among the rows."
    else:
        drawn = picture(
            lambda ax: plot_shap(values[:, :, -1], experiment.attributions["X"], names, 10, ax),
            "Shapley values of unseen rows",
            width=680,
            height=340,
        )
        words += " A dot is a row, red where the feature's value is high."
    return join(tag("h3", "What each feature adds"), tag("p", words), drawn)


def _tree(experiment):
    """The first questions of the model's tree, or of the first of its trees."""
    model = experiment.holdout_pipeline[-1]
    first = next(iter(np.ravel(getattr(model, "estimators_", [model]))), None)
    if not isinstance(first, DecisionTree) or first.n_outputs_ > 1:
        return None
    names = experiment.attributions["names"]
    drawn = picture(
        lambda ax: plot_tree(
            first,
            ax=ax,
            max_depth=2,
            feature_names=names,
            impurity=False,
            label="root",
            precision=2,
            rounded=True,
        ),
        "the first questions of a tree",
        width=680,
        height=300,
    )
    words = "Its first questions" if first is model else "The first questions of its first tree"
    return join(
        tag("h3", "A tree"), tag("p", f"{words}; the numbers are as after preparation."), drawn
    )


def _one_a_feature(ranked, labels):
    values = {feature: row[labels[0]] for feature, row in ranked}
    low, high = min(0, *values.values()), max(0, *values.values())
    bars = (_bar(name(feature, 40), value, low, high) for feature, value in values.items())
    return tag("ol", bars, class_="bars")


def _one_a_class(ranked, labels):
    largest = max((abs(v) for _, row in ranked for v in row.values()), default=0) or 1
    rows = (
        (name(feature, 32), *(_cell(row.get(label, np.nan), largest) for label in labels))
        for feature, row in ranked
    )
    return table(("feature", *(name(label, 24) for label in labels)), rows, class_="cells")


def _cell(value, largest):
    share = abs(value) / largest if np.isfinite(value) else 0
    sign = "right" if value >= 0 else "wrong"
    return tag("td", score(value, largest), class_=sign, style=f"--share:{share:.3f}")
