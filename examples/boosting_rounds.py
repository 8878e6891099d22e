"""Watch boosting learn: the loss on rows it has not seen, after every round.

A full step down the gradient learns fastest and soon learns the noise; a tenth of it goes further,
and trees that each see half of the rows further still (Friedman 2001, 2002).
"""

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import train_test_split

from pellucid.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from pellucid.losses import LogLoss, SquaredLoss

SETTINGS = {
    "full steps": {"learning_rate": 1.0},
    "steps of a tenth": {"learning_rate": 0.1},
    "… by trees that see half of the rows": {"learning_rate": 0.1, "subsample": 0.5},
}
TASKS = [
    ("tumours, malignant or benign", load_breast_cancer, GradientBoostingClassifier, LogLoss()),
    ("diabetes, progress in a year", load_diabetes, GradientBoostingRegressor, SquaredLoss()),
]


def losses(model, X, y, loss):
    """The deviance 2 ℓ(y, s) after each round, the mean over the rows."""
    classes = isinstance(model, GradientBoostingClassifier)
    stages = model.staged_decision_function(X) if classes else model.staged_predict(X)
    return np.array([2 * loss.value(y, np.ravel(s)).mean() for s in stages])


figure = Figure(figsize=(10, 4), layout="constrained")
for axes, (title, load, Model, loss) in zip(figure.subplots(1, 2), TASKS, strict=True):
    X, X_new, y, y_new = train_test_split(*load(return_X_y=True), test_size=0.5, random_state=0)
    print(title)
    for name, options in SETTINGS.items():
        model = Model(n_estimators=200, random_state=0, **options).fit(X, y)
        curve = losses(model, X_new, y_new, loss)
        best = curve.argmin()
        print(f"  {name}: least after {best + 1} rounds, {curve[best]:.4g}")
        (line,) = axes.plot(np.arange(1, 201), curve, label=name)
        axes.plot(best + 1, curve[best], "o", color=line.get_color())
    axes.set(title=title, xlabel="rounds", ylabel="deviance of unseen rows")
    axes.set_ylim(0.8 * curve.min(), 2.5 * curve.min())
axes.legend(frameon=False)
figure.savefig("boosting_rounds.png", dpi=150)
