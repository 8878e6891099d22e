"""The scores of every fold of every model, on one scale, with the baseline through them all."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from pellucid.report.html import count, join, name, number, score, section, tag
from pellucid.report.verdict import Metric

__all__ = ["models"]

_SHOWN = 30


def models(experiment):
    """A row for each candidate, best first."""
    metric = Metric(experiment.metric)
    candidates = experiment.candidates
    baseline = next((c.mean for c in candidates if c.is_baseline), np.nan)
    scale = _Scale.of(candidates, baseline)
    more = len(candidates) - _SHOWN
    hidden = any(np.any(c.scores < scale.low) for c in candidates[:_SHOWN])
    return section(
        "models",
        "How the models compare",
        tag(
            "p",
            f"Each dot is one of {experiment.folds} folds: the {metric.words} "
            f"({metric.direction}) on rows that fold had kept aside. "
            "The dashed line is the baseline, which ignores every column.",
        ),
        tag(
            "ol",
            (_row(c, experiment, metric, scale, baseline) for c in candidates[:_SHOWN]),
            tag("li", scale.axis(metric), class_="scale", aria_hidden="true"),
            class_="models",
        ),
        tag("p", "A triangle is a fold further left.", class_="soft") if hidden else None,
        tag("p", f"… and {count(more, 'more model')}.", class_="soft") if more > 0 else None,
        _left_out(experiment.left_out),
    )


class _Scale:
    """From a score to percent of the strip's width; what is worse than guessing may fall off it."""

    def __init__(self, low, high):
        pad = 0.04 * (high - low) or 0.5
        self.low, self.high = low - pad, high + pad

    @classmethod
    def of(cls, candidates, baseline):
        scores = np.concatenate([c.scores for c in candidates])
        finite = scores[np.isfinite(scores)]
        if not finite.size:
            return cls(0, 1)
        useful = [c.scores for c in candidates if c.is_baseline or c.mean >= baseline]
        return cls(np.concatenate(useful or [finite]).min(), finite.max())

    def axis(self, metric):
        """A few round numbers where they stand."""
        ticks = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(self.low, self.high)
        inside = [t for t in ticks if self.low <= t <= self.high]
        marks = (
            (
                tag("line", **_both("x", self.percent(t)), y1="0", y2="5"),
                tag("text", number(metric.sign * t), x=self.percent(t), y="18"),
            )
            for t in inside
        )
        return tag("svg", marks, role="img", aria_label="scale")

    def percent(self, value):
        return f"{100 * (value - self.low) / (self.high - self.low):.2f}%"


def _row(candidate, experiment, metric, scale, baseline):
    scores = np.asarray(candidate.scores, dtype=float)
    finite = scores[np.isfinite(scores)]
    kept = finite[finite >= scale.low]
    won = candidate.name == experiment.winner
    badge = "winner" if won else "baseline" if candidate.is_baseline else None
    marks = join(
        tag("line", x1="0", x2="100%", y1="50%", y2="50%", class_="track"),
        tag("line", **_both("x", scale.percent(baseline)), y1="0", y2="100%", class_="baseline")
        if np.isfinite(baseline)
        else None,
        (tag("circle", cx=scale.percent(s), cy="50%", r=4.5) for s in kept),
        tag("line", **_both("x", scale.percent(kept.mean())), y1="22%", y2="78%", class_="mean")
        if kept.size == finite.size > 0
        else None,
        tag("path", d="M9 8v12l-8-6z") if kept.size < finite.size else None,
    )
    mean, std = (
        (metric.show(finite.mean()), f" ± {score(finite.std(), finite.mean())}")
        if finite.size
        else ("–", "")
    )
    spoken = f"{metric.words} by fold: " + ", ".join(metric.show(s) for s in finite)
    return tag(
        "li",
        tag("span", name(candidate.name), tag("b", badge) if badge else None, class_="model"),
        tag("svg", marks, role="img", aria_label=spoken, class_="strip"),
        tag("span", tag("strong", mean), std, class_="mean"),
        tag("span", _seconds(candidate.fit_seconds), class_="soft"),
        tag("p", name(candidate.error, 300), class_="error") if candidate.error else None,
        class_=badge,
    )


def _left_out(names):
    if not names:
        return None
    listed = join(*(join(", " if i else "", name(n)) for i, n in enumerate(names[:_SHOWN])))
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return tag("p", "The budget did not reach ", listed, more, ".", class_="soft")


def _both(axis, value):
    return {f"{axis}1": value, f"{axis}2": value}


def _seconds(seconds):
    if not np.isfinite(seconds):
        return "–"
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
