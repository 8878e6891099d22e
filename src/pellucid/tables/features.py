"""From the columns of a schema to a matrix: one branch a kind, however many the columns."""

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline

from pellucid.impute import SimpleImputer
from pellucid.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
from pellucid.tables.schema import Schema
from pellucid.tables.steps import DateParts, HashedText

__all__ = ["make_features"]

MOST_LEVELS = 40  # of a category that gets a column for each; beyond, the target's mean in each


def make_features(schema: Schema, task, dense=False) -> ColumnTransformer:
    """The transformer of what ``TableReader`` gives; ``dense`` for models that want no zeros saved.

    A category's missing values are a level of it, and a number's are marked by a column.
    """
    columns = schema.features
    few = [c.name for c in columns if c.kind == "category" and c.distinct <= MOST_LEVELS]
    many = [c.name for c in columns if c.kind == "category" and c.distinct > MOST_LEVELS]
    branches = [
        ("number", _numbers(), [c.name for c in columns if c.kind == "number"]),
        ("category", OneHotEncoder(handle_unknown="ignore"), few),
        ("many_levels", _many_levels(task), many),
        (
            "date",
            make_pipeline(DateParts(), _numbers()),
            [c.name for c in columns if c.kind == "date"],
        ),
        ("text", HashedText(), [c.name for c in columns if c.kind == "text"]),
    ]
    used = [branch for branch in branches if branch[2]]
    return ColumnTransformer(used, sparse_threshold=0.0 if dense else 0.3)


def _numbers():
    filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return make_pipeline(filled, StandardScaler())


def _many_levels(task):
    kind = "continuous" if task == "regression" else "auto"
    return make_pipeline(TargetEncoder(target_type=kind), StandardScaler())
