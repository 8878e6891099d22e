"""Learn row by row: least squares that is updated is exactly least squares on all the rows so far.

And its Bayesian form says how sure it is, after each of them.
"""

import numpy as np

from pellucid.linear_model import BayesianLinearRegression, LinearRegression

rng = np.random.default_rng(0)
X = rng.uniform(-2, 2, size=(60, 1))
y = 1.5 * X[:, 0] - 0.5 + rng.normal(scale=0.3, size=60)

line, belief = LinearRegression(), BayesianLinearRegression()
for start in range(0, 60, 5):
    rows = slice(start, start + 5)
    line.partial_fit(X[rows], y[rows])
    belief.partial_fit(X[rows], y[rows])
    if start in (0, 10, 55):
        mean, deviation = belief.predict([[0.0]], return_std=True)
        print(
            f"{start + 5:2d} rows: slope {line.coef_[0]:.4f}, "
            f"and at x = 0 we expect {mean[0]:.3f} ± {deviation[0]:.3f}"
        )

difference = np.abs(line.coef_ - LinearRegression().fit(X, y).coef_).max()
print(f"updated and fitted at once differ by {difference:.1g}")
