"""Losses against PyTorch's: value, gradient, second derivative, every reduction; extremes."""

import numpy as np
import pytest

from pellucid.autograd.creation import tensor
from pellucid.nn import functional as F
from tests.agree import Normal, agree

rng = np.random.default_rng(0)
X, CUBE = Normal((6, 4)), Normal((2, 4, 3))
P = rng.uniform(0.05, 0.95, (6, 4))
Y = (rng.random((6, 4)) < 0.5).astype(float)
Q = rng.dirichlet(np.ones(4), 6)
W = rng.uniform(0.5, 2, 4)
T = np.array([0, 3, 1, 2, 3, 0])
IGNORED = np.array([0, -100, 1, 2, -100, 0])
LABELS = np.array([[3, 0, -1, 1], [-1, 0, 1, 2], [2, 1, 0, 3], [1, -1, -1, -1]] * 2)[:6]
SIGNS = np.array([1, -1, 1, 1, -1, -1])
CASES = {
    "mse": ("mse_loss", X, X),
    "l1": ("l1_loss", X, X),
    "huber": ("huber_loss", X, X, {"delta": 0.7}),
    "smooth_l1": ("smooth_l1_loss", X, X, {"beta": 0.5}),
    "smooth_l1 of zero": ("smooth_l1_loss", X, X, {"beta": 0.0}),
    "bce": ("binary_cross_entropy", P, Y),
    "bce weighted": ("binary_cross_entropy", P, Y, {"weight": np.abs(P)}),
    "bce logits": ("binary_cross_entropy_with_logits", X, P),
    "bce logits weighted": ("binary_cross_entropy_with_logits", X, P, {"pos_weight": W}),
    "kl": ("kl_div", np.log(Q), Q[::-1].copy()),
    "kl batch": ("kl_div", np.log(Q), Q[::-1].copy(), {"reduction": "batchmean"}),
    "kl of logs": ("kl_div", np.log(Q), np.log(Q[::-1]), {"log_target": True}),
    "hinge": ("hinge_embedding_loss", Normal((6,)), SIGNS),
    "soft margin": ("soft_margin_loss", Normal((6,)), SIGNS),
    "ranking": ("margin_ranking_loss", Normal((6,)), Normal((6,)), SIGNS, {"margin": 0.3}),
    "cosine": ("cosine_embedding_loss", X, X, SIGNS, {"margin": 0.1}),
    "triplet": ("triplet_margin_loss", X, X, X, {"margin": 0.5}),
    "triplet swap": ("triplet_margin_loss", X, X, X, {"swap": True, "margin": 2.0}),
    "multi margin": ("multi_margin_loss", X, T, {"margin": 0.7}),
    "multi margin squared": ("multi_margin_loss", X, T, {"p": 2, "weight": W}),
    "multi margin of one": ("multi_margin_loss", Normal((4,)), np.array(2)),
    "many labels by margin": ("multilabel_margin_loss", X, LABELS),
    "many labels of one": ("multilabel_margin_loss", Normal((4,)), LABELS[0]),
    "many labels softly": ("multilabel_soft_margin_loss", X, Y, {"weight": W}),
    "triplet by distance": (
        "triplet_margin_with_distance_loss",
        *(X, X, X),
        {"distance_function": lambda x, y: (x - y).abs().sum(1), "swap": True, "margin": 2.0},
    ),
    "triplet by pairs": ("triplet_margin_with_distance_loss", X, X, X),
    "poisson": ("poisson_nll_loss", X, np.abs(P) * 5, {"full": True}),
    "poisson rates": ("poisson_nll_loss", P, np.abs(P) * 5, {"log_input": False}),
    "gaussian of rows": ("gaussian_nll_loss", X, X, np.abs(P[:, 0])),
    "gaussian of columns": ("gaussian_nll_loss", X, X, np.abs(P[:1])),
    "mse weighted": ("mse_loss", X, X, {"weight": np.abs(P)}),
    "huber weighted": ("huber_loss", X, X, {"weight": np.abs(P)}),
    "gaussian": ("gaussian_nll_loss", X, X, P, {"full": True}),
    "nll": ("nll_loss", X, T),
    "nll weighted": ("nll_loss", X, T, {"weight": W}),
    "ce": ("cross_entropy", X, T),
    "ce weighted": ("cross_entropy", X, T, {"weight": W}),
    "ce ignoring": ("cross_entropy", X, IGNORED),
    "ce ignoring weighted": ("cross_entropy", X, IGNORED, {"weight": W}),
    "ce images": ("cross_entropy", CUBE, np.array([[0, 1, 3], [2, 2, 1]])),
    "ce of one": ("cross_entropy", Normal((4,)), np.array(2)),
    "ce smoothed": ("cross_entropy", X, T, {"label_smoothing": 0.2}),
    "ce smoothed weighted": ("cross_entropy", X, IGNORED, {"label_smoothing": 0.2, "weight": W}),
    "ce soft": ("cross_entropy", X, Q),
    "ce soft weighted": ("cross_entropy", X, Q, {"weight": W, "label_smoothing": 0.1}),
}


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("case", CASES)
def test_agrees_with_pytorch(case, reduction):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    name, *inputs = CASES[case]
    options = inputs.pop() if isinstance(inputs[-1], dict) else {}
    agree(
        getattr(F, name),
        getattr(torch.nn.functional, name),
        *inputs,
        options={"reduction": reduction, **options},
        second=name not in ("multi_margin_loss", "multilabel_margin_loss"),  # PyTorch has none
    )


@pytest.mark.parametrize("p", [1.0, 2.0, 3.5, np.inf])
def test_distances_of_all_pairs(p):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    agree(lambda x: F.pdist(x, p), lambda x: torch.nn.functional.pdist(x, p), X, second=False)
    assert F.pdist(tensor(np.ones((1, 2)))).shape == (0,)


@pytest.mark.parametrize("scale", [1e30, 1e-30])
def test_extreme_logits_cost_what_they_should(scale):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    x = scale * rng.normal(size=(6, 4))
    functional = torch.nn.functional
    agree(F.cross_entropy, functional.cross_entropy, x, T, second=False)
    names = "binary_cross_entropy_with_logits"
    agree(getattr(F, names), getattr(functional, names), x, Y, second=False)


def test_certain_probabilities_cost_at_most_a_hundred():
    p, y = tensor([0.0, 1.0, 0.0, 1.0]), tensor([1.0, 0.0, 0.0, 1.0])
    each = F.binary_cross_entropy(p, y, reduction="none")
    assert each.tolist() == [100, 100, 0, 0]


def test_wrong_targets_are_refused():
    x = tensor(np.zeros((2, 3), np.float32))
    with pytest.raises(IndexError, match="classes are 0 to 2"):
        F.cross_entropy(x, tensor([0, 3]))
    with pytest.raises(ValueError, match="to match target batch_size"):
        F.cross_entropy(x, tensor([0, 1, 2]))
    with pytest.raises(ValueError, match="shape of input"):
        F.cross_entropy(x, tensor(np.zeros((2, 2), np.float32)))
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        F.binary_cross_entropy(tensor([1.5]), tensor([1.0]))
    with pytest.raises(ValueError, match="different to the input size"):
        F.binary_cross_entropy(tensor([0.5]), tensor([[1.0]]))
    with pytest.raises(ValueError, match="not a valid value for reduction"):
        F.mse_loss(x, x, reduction="most")


def test_all_ignored_is_not_a_number():
    """0 / 0, as in PyTorch."""
    x = tensor(np.zeros((2, 3), np.float32))
    assert np.isnan(F.cross_entropy(x, tensor([-100, -100])).item())
