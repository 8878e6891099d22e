"""The encoders and the standard scaler, against scikit-learn."""

import numpy as np

from pellucid.conformance.rows import agrees


def _categories():
    rng = np.random.default_rng(0)
    X = np.empty((80, 3), dtype=object)
    X[:, 0] = rng.choice(["a", "b", "c", "d"], 80, p=[0.5, 0.3, 0.15, 0.05])
    X[:, 1] = rng.choice(["x", "y"], 80)
    X[:, 2] = [None if v == "n" else v for v in rng.choice(["n", "p", "q"], 80)]
    return X


@agrees("preprocessing.StandardScaler", library="sklearn", rtol=1e-9)
def standard_scaler():
    from sklearn.preprocessing import StandardScaler as Theirs

    from pellucid.preprocessing import StandardScaler

    rng = np.random.default_rng(0)
    X, weight = rng.normal(size=(50, 4)) * [1, 1e6, 1e-6, 2] + [0, 3, 1, 5], rng.random(50)
    X[3, 0] = np.nan
    ours = StandardScaler().fit(X, sample_weight=weight)
    theirs = Theirs().fit(X, sample_weight=weight)
    for name in ("mean_", "var_", "scale_"):
        yield name, getattr(ours, name), getattr(theirs, name)
    yield "transformed", ours.transform(X), theirs.transform(X)
    yield "inverse", ours.inverse_transform(X), theirs.inverse_transform(X)


@agrees("preprocessing.OneHotEncoder", library="sklearn", rtol=0)
def one_hot_encoder():
    from sklearn.preprocessing import OneHotEncoder as Theirs

    from pellucid.preprocessing import OneHotEncoder

    X = _categories()
    for arguments in (
        {},
        {"drop": "first"},
        {"drop": "if_binary"},
        {"min_frequency": 10, "handle_unknown": "infrequent_if_exist"},
        {"max_categories": 2},
        {"handle_unknown": "ignore", "sparse_output": False},
    ):
        ours, theirs = OneHotEncoder(**arguments).fit(X), Theirs(**arguments).fit(X)
        yield f"{arguments}: indicators", ours.transform(X), theirs.transform(X)
        yield f"{arguments}: names", ours.get_feature_names_out(), theirs.get_feature_names_out()
        if "min_frequency" not in arguments and "max_categories" not in arguments:
            Z = theirs.transform(X)
            yield f"{arguments}: back", ours.inverse_transform(Z), theirs.inverse_transform(Z)


@agrees("preprocessing.OrdinalEncoder", library="sklearn", rtol=0)
def ordinal_encoder():
    from sklearn.preprocessing import OrdinalEncoder as Theirs

    from pellucid.preprocessing import OrdinalEncoder

    X = _categories()
    strange = X.copy()
    strange[:5, 0] = "never seen"
    arguments = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
    ours, theirs = OrdinalEncoder(**arguments).fit(X), Theirs(**arguments).fit(X)
    codes = theirs.transform(strange)
    yield "codes", ours.transform(strange), codes
    yield "back", ours.inverse_transform(codes), theirs.inverse_transform(codes)
    numbers = np.array([[2.0], [np.nan], [1.0]])
    ours = OrdinalEncoder(encoded_missing_value=-2).fit_transform(numbers)
    yield "missing", ours, Theirs(encoded_missing_value=-2).fit_transform(numbers)


@agrees("preprocessing.LabelEncoder", library="sklearn", rtol=0)
def label_encoder():
    from sklearn.preprocessing import LabelEncoder as Theirs

    from pellucid.preprocessing import LabelEncoder

    for y in (np.array(["b", "a", "b"]), np.array([7, 3, 3])):
        ours, theirs = LabelEncoder().fit(y), Theirs().fit(y)
        yield "classes_", ours.classes_, theirs.classes_
        yield "codes", ours.transform(y), theirs.transform(y)
        yield "back", ours.inverse_transform([1, 0]), theirs.inverse_transform([1, 0])


@agrees("preprocessing.TargetEncoder", library="sklearn", rtol=1e-10)
def target_encoder():
    from sklearn.model_selection import KFold, StratifiedKFold
    from sklearn.preprocessing import TargetEncoder as Theirs

    from pellucid.preprocessing import TargetEncoder

    X, rng = _categories(), np.random.default_rng(1)
    targets = {
        "continuous": rng.normal(size=80),
        "binary": rng.choice(["no", "yes"], 80),
        "multiclass": rng.choice([0, 1, 2], 80),
    }
    for kind, y in targets.items():
        for smooth in ("auto", 3.0):
            Folds = KFold if kind == "continuous" else StratifiedKFold
            arguments = {"smooth": smooth, "cv": Folds(5, shuffle=True, random_state=0)}
            ours, theirs = TargetEncoder(**arguments), Theirs(**arguments)
            what = f"{kind}, smooth={smooth}"
            yield f"{what}: fitted", ours.fit(X, y).transform(X), theirs.fit(X, y).transform(X)
            yield f"{what}: crossed", ours.fit_transform(X, y), theirs.fit_transform(X, y)
