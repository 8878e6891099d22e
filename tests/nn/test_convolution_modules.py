"""Convolution, pooling, padding, upsampling as modules: as PyTorch begins and shows them."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pellucid import nn
from pellucid.autograd._stream import manual_seed
from pellucid.autograd.creation import tensor

SIGNAL, IMAGE = (2, 4, 9), (2, 4, 7, 8)
MODULES = [
    ("Conv1d", SIGNAL, (4, 6, 3), {}),
    ("Conv1d", SIGNAL, (4, 6, 3), {"padding": "same", "padding_mode": "circular", "groups": 2}),
    ("Conv2d", IMAGE, (4, 6, 3), {}),
    ("Conv2d", IMAGE, (4, 6, (3, 2), 2, 1, 2, 2, False), {"padding_mode": "reflect"}),
    ("Conv2d", IMAGE, (4, 6, (2, 3)), {"padding": "valid", "padding_mode": "replicate"}),
    ("Conv2d", IMAGE, (4, 6, (2, 3)), {"padding": "same", "padding_mode": "replicate"}),
    ("ConvTranspose1d", SIGNAL, (4, 6, 3), {"stride": 2, "output_padding": 1}),
    ("ConvTranspose2d", IMAGE, (4, 6, 3, 2, 1, (1, 0), 2), {}),
    ("MaxPool1d", SIGNAL, (2,), {}),
    ("MaxPool2d", IMAGE, (3, 2, 1), {"ceil_mode": True}),
    ("AvgPool1d", SIGNAL, (2,), {}),
    ("AvgPool2d", IMAGE, (3, 2, 1), {"count_include_pad": False}),
    ("AdaptiveAvgPool1d", SIGNAL, (3,), {}),
    ("AdaptiveAvgPool2d", IMAGE, ((3, None),), {}),
    ("AdaptiveMaxPool1d", SIGNAL, (3,), {}),
    ("AdaptiveMaxPool2d", IMAGE, (2,), {}),
    ("ZeroPad1d", SIGNAL, (1,), {}),
    ("ZeroPad2d", IMAGE, ((1, 0, 2, -1),), {}),
    ("ConstantPad1d", SIGNAL, (2, 1.5), {}),
    ("ConstantPad2d", IMAGE, (2, 1.5), {}),
    ("ReflectionPad1d", SIGNAL, (2,), {}),
    ("ReflectionPad2d", IMAGE, ((1, 0, 2, 3),), {}),
    ("ReplicationPad1d", SIGNAL, (2,), {}),
    ("ReplicationPad2d", IMAGE, (2,), {}),
    ("CircularPad1d", SIGNAL, (2,), {}),
    ("CircularPad2d", IMAGE, (2,), {}),
    ("Upsample", IMAGE, (), {"scale_factor": 2}),
    ("Upsample", IMAGE, ((3, 5),), {"mode": "bilinear"}),
    ("UpsamplingNearest2d", IMAGE, (5,), {}),
    ("UpsamplingBilinear2d", IMAGE, (), {"scale_factor": 1.5}),
]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even:UserWarning")  # PyTorch's
@pytest.mark.parametrize("case", MODULES, ids=lambda case: f"{case[0]} {case[2]} {case[3]}")
def test_is_pytorchs(case):
    """The same words, the same numbers to begin with, the same output."""
    torch = pytest.importorskip("torch")
    name, shape, arguments, options = case
    manual_seed(5)
    torch.manual_seed(5)
    ours, theirs = (getattr(home, name)(*arguments, **options) for home in (nn, torch.nn))
    assert repr(ours) == repr(theirs)
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    for key, value in ours.state_dict().items():
        assert_array_equal(value.numpy(), state[key].numpy())
    x = np.random.default_rng(0).standard_normal(shape, np.float32)
    y, expected = ours(tensor(x)), theirs(torch.tensor(x))
    assert_allclose(y.detach().numpy(), expected.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_output_size_of_a_transposed_convolution():
    layer = nn.ConvTranspose2d(4, 3, 3, 2)
    x = tensor(np.zeros((1, 4, 5, 5), np.float32))
    assert tuple(layer(x).shape) == (1, 3, 11, 11)
    assert tuple(layer(x, output_size=(12, 11)).shape) == (1, 3, 12, 11)
    with pytest.raises(ValueError, match="valid sizes range from"):
        layer(x, output_size=(20, 20))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": 3}, "divisible by groups"),
        ({"groups": 0}, "positive integer"),
        ({"padding": "full"}, "Invalid padding string"),
        ({"padding": "same", "stride": 2}, "not supported for strided"),
        ({"padding_mode": "mirror"}, "padding_mode must be one of"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        nn.Conv2d(4, 4, 3, **options)
    with pytest.raises(ValueError, match='Only "zeros"'):
        nn.ConvTranspose2d(4, 4, 3, padding_mode="reflect")


def test_a_net_of_them_learns():
    """One step of gradient descent after another lowers the loss; numpy-ml's second one crashed."""
    rng = np.random.default_rng(0)
    manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    net.append(nn.Linear(4 * 16, 1))
    x, y = tensor(rng.standard_normal((32, 1, 8, 8), np.float32)), rng.standard_normal((32, 1))
    y, losses = tensor(y.astype(np.float32)), []
    for _ in range(20):
        loss = ((net(x) - y) ** 2).mean()
        losses.append(loss.item())
        net.zero_grad()
        loss.backward()
        for parameter in net.parameters():
            parameter._array -= 0.01 * parameter.grad._array
            parameter._bump()
    assert all(b < a for a, b in itertools.pairwise(losses))
