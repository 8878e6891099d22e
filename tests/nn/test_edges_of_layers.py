"""Nothing learned from nothing: empty batches, ignored classes, infinity; what modules keep."""

import copy
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid as ours

torch = pytest.importorskip("torch", reason="PyTorch is what this is compared with")
BOTH = pytest.mark.parametrize("lib", [ours, torch], ids=["ours", "PyTorch"])


@BOTH
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_where_all_classes_are_ignored_nothing_is_learned(lib, smoothing):
    x = lib.ones(2, 3).requires_grad_()
    loss = lib.nn.functional.cross_entropy(x, lib.tensor([-100, -100]), label_smoothing=smoothing)
    loss.backward()
    assert math.isnan(loss.item())
    assert x.grad.tolist() == [[0, 0, 0], [0, 0, 0]]


@BOTH
def test_an_empty_batch_leaves_running_means_as_they_are(lib):
    norm = lib.nn.BatchNorm2d(3)
    assert norm(lib.ones(0, 3, 2, 2)).shape == (0, 3, 2, 2)
    assert norm.running_mean.tolist() == [0, 0, 0]
    assert norm.running_var.tolist() == [1, 1, 1]
    assert lib.nn.GroupNorm(2, 4)(lib.ones(0, 4, 3)).shape == (0, 4, 3)


@pytest.mark.parametrize(
    "case",
    [
        lambda F, x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"),
        lambda F, x, t: F.cosine_embedding_loss(x.reshape(2, 3), t.reshape(2, 3), t[[1, 4]]),
        lambda F, x, t: F.smooth_l1_loss(x, t),
    ],
)
def test_losses_at_infinity_and_zero(case):
    found = []
    for lib in (ours, torch):
        x = lib.tensor([math.inf, 1.0, -2.0, 0.0, 0.0, 0.0], dtype=lib.float64)
        t = lib.tensor([0.0, 1.0, 1.0, 0.0, 1.0, 0.0], dtype=lib.float64)
        found.append(case(lib.nn.functional, x, t).numpy())
    assert_allclose(*found)


@BOTH
def test_the_cosine_of_a_zero_vector_has_a_finite_slope(lib):
    x = lib.zeros(1, 2, dtype=lib.float64).requires_grad_()
    y = lib.tensor([[3.0, 4.0]], dtype=lib.float64)
    lib.nn.functional.cosine_embedding_loss(x, y, lib.ones(1)).backward()
    assert_allclose(x.grad.numpy(), [[-6e5, -8e5]], rtol=1e-6)


@BOTH
def test_losses_refuse_what_is_no_probability_or_variance(lib):
    F = lib.nn.functional
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        F.binary_cross_entropy(lib.tensor([math.nan]), lib.ones(1))
    with pytest.raises(ValueError, match="var has negative"):
        F.gaussian_nll_loss(lib.ones(1), lib.ones(1), -lib.ones(1))
    with pytest.raises(RuntimeError):
        F.dropout(lib.ones(2, dtype=lib.int64))


@BOTH
def test_a_parameter_put_in_place_of_another_keeps_its_place(lib):
    net = lib.nn.Sequential(lib.nn.Linear(2, 2), lib.nn.Linear(2, 2))
    net[1].weight = net[0].weight
    net[0].bias = lib.nn.Parameter(lib.zeros(2))
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    net[0].bias = None
    net[0].bias = lib.nn.Parameter(lib.zeros(2))
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "1.bias"]


@BOTH
def test_a_copied_model_has_no_gradients(lib):
    net = lib.nn.Linear(2, 2)
    net(lib.ones(1, 2)).sum().backward()
    assert copy.deepcopy(net).weight.grad is None
    assert net.weight.grad is not None


def test_a_list_of_parameters_says_what_they_are():
    said = [repr(lib.nn.ParameterList([lib.ones(2, 3), lib.ones(4)])) for lib in (ours, torch)]
    assert said[0] == said[1]


def test_load_takes_pytorchs_arguments(tmp_path):
    ours.save({"w": ours.ones(2)}, tmp_path / "w.pt")
    found = ours.load(tmp_path / "w.pt", map_location=ours.device("cpu"), weights_only=False)
    assert found["w"].tolist() == [1, 1]
    with pytest.raises(ValueError, match="on the CPU"):
        ours.load(tmp_path / "w.pt", map_location="cuda")
    for place in ({"cuda:0": "cpu"}, lambda storage, location: storage):
        assert ours.load(tmp_path / "w.pt", map_location=place).keys() == found.keys()
    assert np.all(ours.load(tmp_path / "w.pt", "cpu")["w"].numpy() == 1)


DROPPED = {
    "encoder": lambda nn: nn.TransformerEncoderLayer(8, 2, 16),
    "encoder, batch first": lambda nn: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
    "LSTM": lambda nn: nn.LSTM(8, 6, 3, dropout=0.4),
    "channels": lambda nn: nn.Dropout1d(0.4),
    "after a convolution": lambda nn: nn.Sequential(nn.Conv1d(3, 4, 3), nn.Dropout(0.4)),
}


@pytest.mark.parametrize("make", DROPPED.values(), ids=DROPPED)
def test_a_seed_drops_what_pytorch_drops(make):
    found = []
    for lib in (ours, torch):
        lib.manual_seed(0)
        out = make(lib.nn)(lib.randn(5, 3, 8))
        found.append((out[0] if isinstance(out, tuple) else out).detach().numpy())
    assert_allclose(*found, atol=2e-6)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "gelu", "silu", "softplus", "elu"])
def test_gradients_of_a_row_of_a_transposed_matrix(name):
    """A dimension of one may have any stride: what is computed is to land where it is read."""
    found = []
    for lib in (ours, torch):
        x = lib.arange(8.0).reshape(4, 2).t().detach().requires_grad_()
        getattr(lib.nn.functional, name)(x[1:] - 4).sum().backward()
        found.append(x.grad.numpy())
    assert_allclose(*found, rtol=1e-5, atol=1e-6)


@BOTH
def test_cosine_similarity_broadcasts_first(lib):
    x, y = lib.tensor([[1.0, 0.0], [1.0, 1.0]]), lib.tensor([1.0, 0.0])
    found = lib.nn.functional.cosine_similarity(x, y, dim=1)
    assert_allclose(found.numpy(), [1, 0.5**0.5], rtol=1e-6)
    found = lib.nn.functional.cosine_similarity(x, y.reshape(1, 2), dim=0)
    assert_allclose(found.numpy(), [1, 0], atol=1e-6)


SAID = {
    "a part of a row": lambda nn: nn.Sequential(nn.ReLU(), nn.Tanh(), nn.ELU())[1:],
    "a part of a list": lambda nn: nn.ModuleList([nn.ReLU(), nn.Tanh(), nn.ELU()])[1:],
    "two rows": lambda nn: nn.Sequential(nn.ReLU()) + nn.Sequential(nn.Tanh()),
    "what is left": lambda nn: [row := nn.Sequential(nn.ReLU(), nn.Tanh()), row.pop(0)],
    "what is left by name": lambda nn: [
        held := nn.ModuleDict({"a": nn.ReLU(), "b": nn.Tanh()}),
        held.pop("a"),
    ],
    "all keys": lambda nn: nn.Linear(2, 2).load_state_dict(nn.Linear(2, 2).state_dict()),
    "no keys": lambda nn: nn.ReLU().load_state_dict({"a": 1}, strict=False),
}


@pytest.mark.parametrize("case", SAID.values(), ids=SAID)
def test_what_containers_say(case):
    said = [repr(case(lib.nn)) for lib in (ours, torch)]
    assert said[0] == said[1]


@pytest.mark.parametrize("name", ["max", "min", "sort", "median", "topk"])
def test_pairs_are_printed_as_pytorch_prints_them(name):
    said = []
    for lib in (ours, torch):
        x = lib.tensor([[3.0, 1.0, 2.0], [4.0, 6.0, 5.0]])
        said.append(repr(getattr(x, name)(1) if name != "topk" else x.topk(2, 1)))
    assert said[0] == said[1]


NEAREST = [((1, 1, 3, 3), 2.3), ((1, 1, 9, 5), 1.1), ((1, 1, 3), 2.3), ((1, 1, 9), 1.1)]


@pytest.mark.parametrize(("shape", "scale"), NEAREST)
def test_the_nearest_pixel_of_odd_scales(shape, scale):
    x = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
    found = [t.nn.functional.interpolate(t.tensor(x), scale_factor=scale) for t in (ours, torch)]
    assert found[0].tolist() == found[1].tolist()


@BOTH
def test_what_is_no_number_passes_a_threshold(lib):
    x = lib.tensor([math.nan, 1.0, 3.0], requires_grad=True)
    y = lib.nn.functional.threshold(x, 2.0, 7.0)
    y.sum().backward()
    assert math.isnan(y[0].item()) and y[1:].tolist() == [7, 3] and x.grad.tolist() == [1, 0, 1]
    assert lib.nn.functional.threshold(x, math.nan, 7.0)[1:].tolist() == [1, 3]


@BOTH
@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("sides", [(0, 0), (-1, 0)])
def test_what_is_padded_is_no_view(lib, mode, sides):
    x = lib.ones(1, 1, 4)
    lib.nn.functional.pad(x, sides, mode).fill_(7)
    assert x.tolist() == [[[1, 1, 1, 1]]]


IN_PLACE = {
    "relu": (True,),
    "leaky_relu": (0.2, True),
    "elu": (1.0, True),
    "hardtanh": (-1.0, 1.0, True),
    "threshold": (0.1, 0.0, True),
}


@BOTH
@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_is_the_last_argument(name, lib):
    x = lib.tensor([[-2.0, 0.5], [0.25, 3.0]])
    y = getattr(lib.nn.functional, name)(x, *IN_PLACE[name])
    assert y is x


@BOTH
@pytest.mark.parametrize("layer", ["InstanceNorm2d", "GroupNorm", "LayerNorm"])
def test_an_activation_may_change_what_a_normalization_gave(layer, lib):
    """As in the generators of pix2pix and CycleGAN."""
    sizes = {"InstanceNorm2d": (3,), "GroupNorm": (3, 3), "LayerNorm": (4,)}[layer]
    grads = []
    for inplace in (False, True):
        x = lib.arange(24.0).reshape(1, 3, 2, 4).requires_grad_()
        layers = getattr(lib.nn, layer)(*sizes), lib.nn.ReLU(inplace=inplace)
        (lib.nn.Sequential(*layers)(x) ** 2 * x.detach()).sum().backward()
        grads.append(x.grad.tolist())
    assert grads[0] == grads[1]
