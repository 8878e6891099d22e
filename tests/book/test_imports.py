"""What the listings of both books import, and which of it is not to be had from pellucid yet.

A = Raschka, Liu & Mirjalili (2022); B = Tunstall, von Werra & Wolf (2022).
"""

import importlib
import importlib.util

import pytest

import pellucid

# Every name of torch that the listings of A, chapters 12 to 19, use, and those of B.
TORCH = """
FloatTensor LongTensor Tensor abs add all allclose arange argmax argsort autograd.grad bmm bucketize
cat chunk clamp cuda.is_available cuda.synchronize device distributions.categorical.Categorical dot
empty exp float float32 from_numpy gather int64 is_tensor isclose linalg.norm load log long
manual_seed matmul mean mm mul multiply no_grad normal ones ones_like rand randn relu reshape save
set_grad_enabled sigmoid softmax split squeeze stack sub sum tanh tensor transpose zeros zeros_like
nn.AvgPool2d nn.BCELoss nn.BCEWithLogitsLoss nn.BatchNorm2d nn.Conv2d nn.ConvTranspose2d
nn.CrossEntropyLoss nn.Dropout nn.Embedding nn.Flatten nn.GELU nn.GRU nn.InstanceNorm2d
nn.KLDivLoss nn.L1Loss nn.LSTM nn.LayerNorm nn.LeakyReLU nn.Linear nn.MSELoss nn.MaxPool2d nn.Module
nn.ModuleList nn.NLLLoss nn.Parameter nn.RNN nn.ReLU nn.Sequential nn.Sigmoid nn.Softmax nn.Tanh
nn.functional.cross_entropy nn.functional.log_softmax nn.functional.mse_loss nn.functional.one_hot
nn.functional.relu nn.functional.softmax nn.init.xavier_normal_ nn.init.xavier_uniform_
nn.parameter.Parameter nn.utils.rnn.pack_padded_sequence nn.utils.rnn.pad_sequence
optim.Adam optim.SGD utils.data.DataLoader utils.data.Dataset utils.data.IterableDataset
utils.data.Subset utils.data.TensorDataset utils.data.dataloader.DataLoader
utils.data.dataset.random_split
"""
METHODS = """
T abs backward clamp copy_ cpu cuda data detach dim dot dtype expand fill_ flatten float grad item
long masked_fill matmul max mean norm numpy permute pow repeat requires_grad requires_grad_ reshape
resize_ shape size softmax split sqrt squeeze sub sum tanh to tolist transpose unsqueeze view zero_
"""
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
    "A ch16 part 3": ["torch.backends", "torchtext", "transformers"],
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


@pytest.mark.parametrize("name", [*TORCH.split(), *SKLEARN.split()])
def test_the_listings_find_what_they_name(name):
    assert found(name) is not None


@pytest.mark.parametrize("name", METHODS.split())
def test_the_listings_find_what_they_ask_of_a_tensor(name):
    assert hasattr(pellucid.Tensor, name)


@pytest.mark.parametrize("listing", WANTED)
def test_what_else_a_listing_wants(listing):
    """When one of these has come, its line must go."""
    assert listing not in WHOLE
    for wanted in WANTED[listing]:
        family, _, rest = wanted.partition(".")
        ours = rest if family in ("sklearn", "torch") else family
        with pytest.raises((ImportError, AttributeError)):
            found(ours)
