"""Every estimator, fitted, and all that it says of data."""

import inspect

import numpy as np
from sklearn.base import ClassifierMixin, is_classifier
from sklearn.utils import get_tags

from pellucid._catalogue import needs_arguments
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

RNG = np.random.RandomState(0)
X = RNG.poisson(2.0, (40, 4)).astype(float)  # counts: fit for every kind of model
Y = {
    "classes": np.where(X[:, 0] + X[:, 1] > RNG.poisson(4.0, 40), "yes", "no"),
    "numbers": 1 + X @ [1.0, 0.5, 0.0, 2.0] + RNG.gamma(1.0, size=40),
    "labels": [["a", "b"][: 1 + i % 2] for i in range(40)],
}
WORDS = ["the rose is red", "the violet is blue ῥόδον", "sugar is sweet", "so so so is rose"]
METHODS = ("predict", "predict_proba", "decision_function", "transform", "inverse_transform")


def material(estimator):
    """Data and a target (or None) that an estimator of this kind can learn from."""
    tags = get_tags(estimator)
    if tags.input_tags.string and not tags.input_tags.two_d_array:
        return WORDS, None
    if "lengths" in inspect.signature(estimator.fit).parameters:  # of sequences, and not of y
        return X, None
    if type(estimator).__name__ == "MultiLabelBinarizer":
        return Y["labels"], None
    if tags.target_tags.one_d_labels:
        return Y["classes"], None
    return X, Y["classes" if is_classifier(estimator) else "numbers"]


def make(cls):
    """An estimator of the class; an ensemble that has no members of its own gets two trees."""
    if not needs_arguments(cls):
        return cls()
    Tree = DecisionTreeClassifier if issubclass(cls, ClassifierMixin) else DecisionTreeRegressor
    return cls([("stump", Tree(max_depth=1)), ("tree", Tree(random_state=0))])


def fit(cls):
    """An estimator of the class, fitted, and data to ask it about."""
    estimator = make(cls)
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=0)
    if "n_bins" in estimator.get_params():
        estimator.set_params(n_bins=2)  # the counts of X do not fill more
    data, y = material(estimator)
    return estimator.fit(data, y) if y is not None else estimator.fit(data), data


def say(estimator, data):
    """``{method: answer}``; an array, or text: that of ragged rows, or of the error."""
    answers = {}
    for method in METHODS:
        if hasattr(estimator, method):
            asked = answers["transform"] if method == "inverse_transform" else data
            try:
                answer = getattr(estimator, method)(asked)
            except Exception as error:
                answer = f"{type(error).__name__}: {error}"
            if isinstance(answer, list):  # of rows, not all of one length
                answer = str([np.asarray(row).tolist() for row in answer])
            answers[method] = answer.toarray() if hasattr(answer, "toarray") else answer
    return answers
