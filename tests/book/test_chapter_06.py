"""Chapter 6 of Raschka, Liu & Mirjalili (2022), by its own steps: trees in nested folds."""

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split

from pellucid.tree import DecisionTreeClassifier


def test_nested_cross_validation():
    data = load_breast_cancer()
    X, y = data.data, 1 - data.target  # malignant is 1 there, as in the book's file
    train, _, y, _ = train_test_split(X, y, test_size=0.20, stratify=y, random_state=1)
    search = GridSearchCV(
        DecisionTreeClassifier(random_state=0),
        [{"max_depth": [1, 2, 3, 4, 5, 6, 7, None]}],
        scoring="accuracy",
        cv=2,
    )
    scores = cross_val_score(search, train, y, scoring="accuracy", cv=5)
    assert f"{scores.mean():.3f} +/- {scores.std():.3f}" == "0.934 +/- 0.016"
