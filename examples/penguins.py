"""The main job in Python: a mixed table, one pipeline, an honest score, a file that predicts.

The same as ``pellucid fit examples/data/penguins.csv --target species``, by hand.
"""

from pathlib import Path

import polars as pl
from sklearn.compose import make_column_transformer
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline

import pellucid
from pellucid.impute import SimpleImputer
from pellucid.linear_model import LogisticRegression
from pellucid.preprocessing import OneHotEncoder, StandardScaler

table = pl.read_csv(Path(__file__).parent / "data" / "penguins.csv")
X, y = table.drop("species"), table["species"].to_numpy()
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
categories = make_pipeline(
    SimpleImputer(missing_values=None, strategy="most_frequent"),
    OneHotEncoder(handle_unknown="ignore"),
)
model = make_pipeline(
    make_column_transformer(
        (numbers, X.select(pl.selectors.numeric()).columns),
        (categories, X.select(pl.selectors.string()).columns),
    ),
    LogisticRegression(C=10),
)

scores = cross_val_score(model, X_train, y_train)
print(f"five folds: {scores.mean():.3f} ± {scores.std():.3f}")
print(f"rows never seen: {model.fit(X_train, y_train).score(X_test, y_test):.3f}")

pellucid.save(model, "penguins.pellucid")
again = pellucid.load("penguins.pellucid")
print("the loaded model agrees:", (again.predict(X_test) == model.predict(X_test)).all())
