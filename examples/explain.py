"""Why this weight?  A tree explained: what each column of a row adds to what the tree says.

The tree takes the table as it is, with categories and missing cells.  Its Shapley values add up to
its prediction, row by row; one picture shows those of all penguins, the other those of one.
"""

from pathlib import Path

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from sklearn.model_selection import train_test_split

from pellucid.plotting import plot_shap, plot_waterfall
from pellucid.preprocessing import OrdinalEncoder
from pellucid.tree import DecisionTreeRegressor, TreeExplainer

table = pl.read_csv(Path(__file__).parent / "data" / "penguins.csv").drop_nulls("body_mass_g")
grams = table["body_mass_g"].to_numpy()
words = table.select(pl.selectors.string())
codes = OrdinalEncoder(encoded_missing_value=np.nan).fit_transform(words.to_numpy())
X = table.drop("body_mass_g").with_columns(
    pl.Series(name, codes[:, j]) for j, name in enumerate(words.columns)
)
train, test = train_test_split(np.arange(len(X)), random_state=0)

model = DecisionTreeRegressor(
    min_samples_leaf=5, categorical_features=words.columns, random_state=0
).fit(X[train], grams[train])
explainer = TreeExplainer(model)
values = explainer.shap_values(X[test])  # (N, D)

prediction = model.predict(X[test])
print(f"R² on rows never seen: {model.score(X[test], grams[test]):.2f}")
print(f"expected before anything is known: {explainer.expected_value:.0f} g")
difference = np.abs(values.sum(axis=1) + explainer.expected_value - prediction).max()
print(f"the values add up to the predictions, to {difference:.0e} g")

row = np.argmax(prediction)
as_it_was = table.select(X.columns).row(test[row])
figure = Figure(figsize=(12, 4), layout="constrained")
everyone, one = figure.subplots(1, 2)
plot_shap(values, X[test], ax=everyone)
plot_waterfall(values[row], explainer.expected_value, as_it_was, X.columns, ax=one)
figure.savefig("penguins_explained.png", dpi=120)
print("see penguins_explained.png")
