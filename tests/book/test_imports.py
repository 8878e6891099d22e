"""What the listings of both books import, and which of it is not to be had from pellucid yet.

A = Raschka, Liu & Mirjalili (2022); B = Tunstall, von Werra & Wolf (2022).
"""

import importlib
import importlib.util

import pytest

import pellucid

# Every estimator that the listings use and pellucid has; torch's names are in tests/test_names.py.
SKLEARN = """
cluster.KMeans decomposition.LatentDirichletAllocation
discriminant_analysis.LinearDiscriminantAnalysis dummy.DummyClassifier ensemble.AdaBoostClassifier
ensemble.BaggingClassifier ensemble.RandomForestClassifier ensemble.RandomForestRegressor
feature_extraction.text.CountVectorizer feature_extraction.text.HashingVectorizer
feature_extraction.text.TfidfTransformer feature_extraction.text.TfidfVectorizer
impute.SimpleImputer linear_model.ElasticNet linear_model.Lasso linear_model.LinearRegression
linear_model.LogisticRegression linear_model.Perceptron linear_model.RANSACRegressor
linear_model.Ridge linear_model.SGDClassifier naive_bayes.MultinomialNB
neighbors.KNeighborsClassifier preprocessing.LabelEncoder preprocessing.MinMaxScaler
preprocessing.OneHotEncoder preprocessing.PolynomialFeatures preprocessing.StandardScaler
tree.DecisionTreeClassifier tree.DecisionTreeRegressor tree.plot_tree
"""
# listing -> what it imports beside torch, NumPy, pandas, matplotlib and what pellucid leaves to
# scikit-learn (splits, pipelines, searches, metrics, tables, selection)
WANTED = {
    "A ch03": ["sklearn.svm"],
    "A ch05": ["sklearn.decomposition.PCA", "sklearn.manifold"],
    "A ch06": ["sklearn.decomposition.PCA", "sklearn.svm"],
    "A ch07": ["xgboost"],
    "A ch10": ["sklearn.cluster.AgglomerativeClustering", "sklearn.cluster.DBSCAN"],
    "A ch12 part 1": ["torchvision"],
    "A ch13 part 2": ["torchvision"],
    "A ch13 part 3": ["pytorch_lightning", "torchmetrics", "torchvision"],
    "A ch13 part 4": ["ignite", "torchvision"],
    "A ch14 part 1": ["torchvision"],
    "A ch14 part 2": ["torchvision"],
    "A ch15 part 2": ["torchtext"],
    "A ch16 part 2": ["transformers"],
    "A ch16 part 3": ["torchtext", "transformers"],
    "A ch17 part 1": ["torchvision"],
    "A ch17 part 2": ["torchvision"],
    "A ch18 part 2": ["torch_geometric"],
    "A ch19 CartPole": ["gym"],
    "A ch19 GridWorld": ["gym"],
    "B 01": ["transformers"],
    "B 02": ["datasets", "transformers", "umap"],
    "B 03": ["transformers"],
    "B 04": ["datasets", "seqeval", "transformers"],
    "B 05": ["transformers"],
    "B 06": ["datasets", "transformers"],
    "B 07": ["datasets", "haystack", "transformers"],
    "B 08": ["datasets", "onnxruntime", "optuna", "torch.quantization", "transformers"],
    "B 09": [
        "datasets",
        "nlpaug",
        "skmultilearn",
        "sklearn.preprocessing.MultiLabelBinarizer",
        "transformers",
    ],
    "B 10": ["datasets", "torch.utils.tensorboard", "transformers", "wandb"],
    "B 11": ["datasets", "transformers"],
}
# listings that run today with their import lines alone changed
WHOLE = ["A ch02", "A ch04", "A ch08", "A ch09", "A ch11", "A ch12 part 2", "A ch13 part 1"]
WHOLE += ["A ch15 part 1", "A ch15 part 3", "A ch16 part 1", "A ch18 part 1"]


def found(dotted):
    """What a dotted name means in pellucid."""
    thing = pellucid
    for name in dotted.split("."):
        if not hasattr(thing, name):
            importlib.import_module(f"{thing.__name__}.{name}")
        thing = getattr(thing, name)
    return thing


@pytest.mark.parametrize("name", SKLEARN.split())
def test_the_listings_find_what_they_name(name):
    assert found(name) is not None


@pytest.mark.parametrize("listing", WANTED)
def test_what_else_a_listing_wants(listing):
    """When one of these has come, its line must go."""
    assert listing not in WHOLE
    for wanted in WANTED[listing]:
        family, _, rest = wanted.partition(".")
        ours = rest if family in ("sklearn", "torch") else family
        with pytest.raises((ImportError, AttributeError)):
            found(ours)
