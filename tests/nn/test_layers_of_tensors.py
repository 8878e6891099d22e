"""Each layer beside PyTorch's: its words, names and first numbers; in training, in inference."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid import nn
from pellucid.autograd._stream import manual_seed
from pellucid.autograd.creation import tensor
from tests.agree import agree, close

rng = np.random.default_rng(0)
WORDS = np.array([[0, 2, 1], [4, 4, 0]])
LAYERS = {
    "BatchNorm1d": ((3,), (5, 3)),
    "BatchNorm1d of series": ((3,), (5, 3, 4), {"momentum": None}),
    "BatchNorm2d": ((3,), (2, 3, 4, 5), {"eps": 1e-3}),
    "BatchNorm2d plain": ((3,), (2, 3, 4, 5), {"affine": False, "track_running_stats": False}),
    "InstanceNorm1d": ((3,), (2, 3, 6), {"affine": True}),
    "InstanceNorm2d": ((3,), (2, 3, 4, 5), {"track_running_stats": True}),
    "InstanceNorm2d of one": ((3,), (3, 4, 5)),
    "LayerNorm": ((4,), (2, 3, 4)),
    "LayerNorm of two": (((3, 4),), (2, 3, 4), {"bias": False}),
    "LayerNorm plain": ((4,), (2, 4), {"elementwise_affine": False}),
    "RMSNorm": ((4,), (2, 3, 4)),
    "RMSNorm eps": ((4,), (2, 3, 4), {"eps": 0.1}),
    "GroupNorm": ((2, 4), (3, 4, 5)),
    "PReLU": ((3,), (2, 3, 4)),
    "Linear": ((4, 2), (5, 4)),
    "Linear of a vector": ((4, 2), (4,)),
    "Linear without b": ((4, 2), (2, 3, 4), {"bias": False}),
    "Embedding": ((5, 3), WORDS),
    "Embedding padded": ((5, 3), WORDS, {"padding_idx": 0}),
    "Embedding short": ((5, 3), WORDS, {"max_norm": 0.5}),
    "EmbeddingBag": ((5, 3), WORDS),
    "EmbeddingBag sum": ((5, 3), WORDS, {"mode": "sum"}),
    "EmbeddingBag max": ((5, 3), WORDS, {"mode": "max"}),
    "EmbeddingBag padded": ((5, 3), WORDS, {"padding_idx": 4}),
    "Dropout": ((0.3,), (4, 5)),
    "Dropout2d": ((0.3,), (4, 5, 2, 2)),
    "Softmax": ((1,), (4, 5)),
    "Hardtanh": ((-0.5, 0.7), (4, 5)),
    "ReLU": ((True,), (4, 5)),
    "GELU": (("tanh",), (4, 5)),
    "Threshold": ((0.1, 3.0), (4, 5)),
    "Flatten": ((), (2, 3, 4)),
    "Unflatten": ((1, (2, 2)), (3, 4)),
    "CosineSimilarity": ((), (3, 4), (3, 4)),
}


def _pair(case):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    args, *inputs = LAYERS[case]
    options = inputs.pop() if isinstance(inputs[-1], dict) else {}
    name = case.split()[0]
    manual_seed(7)
    ours = getattr(nn, name)(*args, **options)
    torch.manual_seed(7)
    theirs = getattr(torch.nn, name)(*args, **options)
    inputs = [x if isinstance(x, np.ndarray) else rng.normal(size=x) for x in inputs]
    return ours, theirs, inputs


@pytest.mark.parametrize("case", LAYERS)
def test_words_names_and_first_numbers(case):
    ours, theirs, _ = _pair(case)
    assert repr(ours) == repr(theirs)
    state, expected = ours.state_dict(), theirs.state_dict()
    assert list(state) == list(expected)
    for name in expected:
        assert_array_equal(state[name].numpy(), expected[name].numpy(), name)


@pytest.mark.parametrize("case", LAYERS)
def test_training_and_inference_agree(case):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")

    ours, theirs, inputs = _pair(case)
    ours.double(), theirs.double()
    with torch.no_grad():
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            numbers = rng.normal(size=p.shape)
            q.copy_(torch.tensor(numbers))
            p._array[...] = numbers
    for training in (True, True, False):
        ours.train(training), theirs.train(training)
        manual_seed(1), torch.manual_seed(1)
        first = [tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
        second = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
        y = ours(*[x * 1 if x.requires_grad else x for x in first])
        z = theirs(*[x * 1 if x.requires_grad else x for x in second])
        close(y, z, 1e-9)
        if not z.requires_grad:
            continue
        (y * y).sum().backward(), (z * z).sum().backward()
        wanted = [*first, *ours.parameters()], [*second, *theirs.parameters()]
        for x, w in zip(*wanted, strict=True):
            if w.grad is not None:
                close(x.grad, w.grad, 1e-9)
                x.grad = w.grad = None
    for name, q in theirs.state_dict().items():
        assert_allclose(ours.state_dict()[name].numpy(), q.numpy(), 1e-9, err_msg=name)


@pytest.mark.parametrize("name", sorted(nn.modules.parameterless.MODULES))
def test_parameterless_modules_have_pytorchs_line(name):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    if not hasattr(torch.nn, name):
        assert name in ("Affine", "Exponential")
        return
    args = (0.1, 3.0) if name == "Threshold" else ()
    assert repr(getattr(nn, name)(*args)) == repr(getattr(torch.nn, name)(*args))


OTHERWISE = {"CTCLoss", "BernoulliVAELoss"}  # tested in files of their own


@pytest.mark.parametrize("name", sorted(set(nn.modules.losses.LOSSES) - OTHERWISE))
def test_losses_are_modules(name):
    torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
    x, y = rng.uniform(0.1, 0.9, (2, 4, 3))
    more = [np.array([1, -1, 1, 1])] if name in ("MarginRankingLoss", "CosineEmbeddingLoss") else []
    if name in ("MarginRankingLoss",):
        x, y = x[:, 0], y[:, 0]
    if name in ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"):
        y = np.array([0, 2, 1, 1])
    if name in ("SoftMarginLoss", "HingeEmbeddingLoss"):
        y = np.sign(y - 0.5).astype(int)
    if name == "MultiLabelMarginLoss":
        y = np.array([[0, 2, -1], [1, -1, -1], [2, 1, 0], [-1, 0, 1]])
    if name in ("TripletMarginLoss", "TripletMarginWithDistanceLoss", "GaussianNLLLoss"):
        more = [rng.uniform(0.1, 0.9, (4, 3))]
    options = {"reduction": "sum"}
    both = getattr(nn, name)(**options), getattr(torch.nn, name)(**options)
    assert repr(both[0]) == repr(both[1])
    agree(*both, x, y, *more)


def test_dropout_keeps_the_mean_and_refuses_impossible_shares():
    x = tensor(np.ones(200_000, np.float32))
    manual_seed(0)
    y = nn.functional.dropout(x, 0.25)
    assert abs(y.mean().item() - 1) < 5 * (0.25 / 0.75 / 200_000) ** 0.5
    assert set(np.unique(y.numpy())) == {0, np.float32(1 / 0.75)}
    assert nn.functional.dropout(x, 0.25, training=False) is x
    with pytest.raises(ValueError, match="between 0 and 1"):
        nn.Dropout(1.5)


def test_wrong_inputs_are_refused():
    with pytest.raises(ValueError, match="expected 4D input"):
        nn.BatchNorm2d(3)(tensor(np.ones((2, 3), np.float32)))
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        nn.BatchNorm1d(3)(tensor(np.ones((1, 3), np.float32)))
    with pytest.raises(RuntimeError, match="normalized_shape"):
        nn.LayerNorm(3)(tensor(np.ones((2, 4), np.float32)))
    with pytest.raises(IndexError, match="rows are 0 to 4"):
        nn.Embedding(5, 2)(tensor([5]))
    with pytest.raises(RuntimeError, match=r"\(2, 3\) and \(2, 4\)"):
        nn.Linear(4, 2)(tensor(np.ones((2, 3), np.float32)))
    with pytest.raises(RuntimeError, match="float64"):
        nn.Linear(4, 2)(tensor(np.ones((2, 4))))


def test_numbers_of_one_class_and_of_none():
    assert nn.functional.one_hot(tensor([0, 2])).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert nn.functional.one_hot(tensor([[1]]), 2).tolist() == [[[0, 1]]]
    with pytest.raises(RuntimeError, match="smaller than num_classes"):
        nn.functional.one_hot(tensor([3]), 2)
