"""How heavy is a penguin with flippers so long: an average of those like it, but not too near.

The bandwidth says how near.  Leaving each penguin out in turn, and guessing its weight from the
others, chooses one; an eighth and eight times as much are drawn beside it.
"""

from pathlib import Path

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from pellucid.neighbors import KernelRegression

table = pl.read_csv(Path(__file__).parent / "data" / "penguins.csv")
table = table.drop_nulls(["flipper_length_mm", "body_mass_g"])
X, y = table.select("flipper_length_mm").to_numpy(), table["body_mass_g"].to_numpy()

chosen = KernelRegression(bandwidth="leave-one-out").fit(X, y)
error = np.sqrt(chosen.leave_one_out_error_)
print(f"{len(y)} penguins: a bandwidth of {chosen.bandwidth_:.1f} mm")
print(f"each guessed from the others: {error:.0f} g off; by the mean of all, {y.std():.0f} g")

grid = np.linspace(X.min() - 5, X.max() + 5, 400)[:, None]
ax = Figure(figsize=(7, 4.5), layout="constrained").subplots()
ax.plot(X[:, 0], y, "o", color="0.75", markersize=4)
for factor, style in ((1 / 8, ":"), (1, "-"), (8, "--")):
    h = factor * chosen.bandwidth_
    curve = KernelRegression(bandwidth=h).fit(X, y).predict(grid)
    ax.plot(grid, curve, style, label=f"{h:.1f} mm" + (", chosen" if factor == 1 else ""))
ax.set(xlabel="flipper, mm", ylabel="body mass, g")
ax.legend(title="bandwidth", frameon=False)
ax.figure.savefig("smooth_curve.png", dpi=120)
