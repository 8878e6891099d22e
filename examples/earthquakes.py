"""Were there calm and restless decades?  The world's major earthquakes of each year since 1900.

Counts of a steady rate would vary about as much as their mean; these vary 2.7 times as much.  A
hidden Markov model lets the rate itself change, and BIC says how many rates there were (Zucchini &
MacDonald, Hidden Markov Models for Time Series, 2009).
"""

from pathlib import Path

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from pellucid.hmm import PoissonHMM
from pellucid.plotting import plot_state_path

table = pl.read_csv(Path(__file__).parent / "data" / "earthquakes.csv")
years, counts = table["year"].to_numpy(), table["earthquakes"].to_numpy()
X = counts[:, None]
print(f"{len(X)} years: {counts.mean():.1f} earthquakes a year, variance {counts.var():.1f}")

models = {}
for K in (1, 2, 3, 4):
    models[K] = PoissonHMM(K, n_iter=1000, tol=1e-6, n_init=5, random_state=0).fit(X)
    print(f"{K} rates: log p(x) {models[K].score(X):.2f}, BIC {models[K].bic(X):.2f}")

chosen = min(models.values(), key=lambda model: model.bic(X))
rates = chosen.lambdas_[:, 0]
order = np.argsort(rates)
rank = np.argsort(order)  # the calmest state first
print("rates:", ", ".join(f"{rate:.1f}" for rate in rates[order]))
print("chance to stay:", ", ".join(f"{chosen.transmat_[k, k]:.0%}" for k in order))

belief = None
for x in X:  # as the years went by: what was known of the rate then, not with hindsight
    belief = chosen.step(x, belief)
print("in 2006, so far as was known:", ", ".join(f"{p:.0%}" for p in belief.probability[order]))

figure = Figure(figsize=(8, 4), layout="constrained")
names = [f"{rate:.1f} a year" for rate in rates[order]]
ax = plot_state_path(counts, rank[chosen.predict(X)], years, names, rates[order], figure.subplots())
ax.set_ylabel("major earthquakes")
figure.savefig("earthquakes.png", dpi=120)
