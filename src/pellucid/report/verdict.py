"""What was learned, in one sentence and a few numbers."""

from dataclasses import dataclass

from pellucid.experiment import shown
from pellucid.report.html import count, join, name, score, tag

__all__ = ["Metric", "facts", "notices", "verdict"]

_WORDS = {
    "r2": "R²",
    "roc auc": "ROC AUC",
    "f1 macro": "macro F1",
    "f1 weighted": "weighted F1",
    "matthews corrcoef": "Matthews correlation",
    "mean poisson deviance": "mean Poisson deviance",
}


@dataclass(frozen=True)
class Metric:
    """A scorer in its reader's words: a loss is shown as the positive number it is."""

    key: str

    @property
    def words(self) -> str:
        """``mean absolute error`` for ``neg_mean_absolute_error``, ``R²`` for ``r2``"""
        return _WORDS.get(shown(self.key)[0], shown(self.key)[0])

    @property
    def sign(self) -> int:
        """What undoes the ``neg_`` of a loss."""
        return shown(self.key)[1]

    def show(self, value) -> str:
        """A score as its reader knows it."""
        return score(self.sign * value + 0.0)

    @property
    def direction(self) -> str:
        return "higher is better" if self.sign > 0 else "lower is better"


def verdict(experiment):
    """The page's headline: what was learned, how well, against guessing."""
    metric = Metric(experiment.metric)
    won, guessed = _both(experiment)
    winner, target = tag("em", name(experiment.winner)), tag("em", name(experiment.target))
    rows = f"{count(len(experiment.y_holdout), 'row')} it had never seen"
    if not won > guessed:
        return join(
            "Nothing beat guessing: ", *(winner, " predicts ", target), f" no better on {rows}."
        )
    if experiment.metric == "accuracy":
        against = f", against {guessed:.1%} by guessing."
        return join(*(winner, " gets ", target), f" right for {won:.1%} of {rows}{against}")
    if experiment.metric == "r2":
        guess = f"explains {guessed:.1%}" if guessed >= 0.01 else "explains none"
        what = f" explains {won:.1%} of the variance of "
        return join(*(winner, what, target), f" in {rows}; guessing {guess}.")
    words = f" with a {metric.words} of {metric.show(won)} on {rows}"
    return join(
        *(winner, " predicts ", target), f"{words}, against {metric.show(guessed)} by guessing."
    )


def facts(experiment):
    """The numbers under the headline."""
    metric = Metric(experiment.metric)
    won, guessed = _both(experiment)
    models = sum(not c.is_baseline for c in experiment.candidates)
    numbers = [
        (metric.show(won), f"{metric.words} on unseen rows"),
        (metric.show(guessed), "the same, by guessing"),
        (f"{len(experiment.y_holdout):,}", f"unseen rows of {experiment.n_rows:,}"),
        (f"{models}", f"{'model' if models == 1 else 'models'} compared, {experiment.folds} folds"),
    ]
    return tag(
        "dl",
        (tag("div", tag("dt", what), tag("dd", value)) for value, what in numbers),
        class_="facts",
    )


def notices(experiment):
    """What the reader should know before believing anything."""
    if not experiment.notices:
        return None
    return tag(
        "aside",
        tag("h2", count(len(experiment.notices), "notice")),
        tag("ul", (tag("li", name(notice, 400)) for notice in experiment.notices)),
        class_="notices",
    )


def _both(experiment):
    return (
        experiment.holdout_scores.get(experiment.metric, float("nan")),
        experiment.baseline_scores.get(experiment.metric, float("nan")),
    )
