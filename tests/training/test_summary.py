"""The table of a model says what came out of each layer, and changes nothing."""

import numpy as np
import pytest

import pellucid
from pellucid import nn, training
from pellucid.autograd.creation import tensor


def net():
    inner = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5))
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), inner, nn.Linear(8, 1000))


TABLE = """\
layer             output shape  parameters
------------------------------------------
Sequential        (2, 1000)
  0: Linear       (2, 8)                40
  1: BatchNorm1d  (2, 8)                16
  2: Sequential   (2, 8)
    0: Linear     (2, 8)                72
    1: Dropout    (2, 8)
  3: Linear       (2, 1000)          9,000
------------------------------------------
9,128 parameters"""


def test_the_table():
    assert repr(training.summary(net(), (2, 4))) == TABLE


def test_an_example_instead_of_its_size():
    model = nn.Sequential(nn.Embedding(10, 3), nn.Linear(3, 2))
    text = repr(training.summary(model, tensor(np.array([[1, 2, 3, 4]]))))
    assert "0: Embedding  (1, 4, 3)" in text
    assert "38 parameters" in text


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(3, 4)
        self.unused = nn.Linear(2, 2)
        self.tied = self.shared
        self.shared.bias.requires_grad = False

    def forward(self, a, b):
        return self.shared(a) + self.tied(b), "words"


def test_two_inputs_a_layer_used_twice_and_one_that_is_not():
    x = tensor(np.zeros((5, 3), np.float32))
    text = repr(training.summary(TwoInputs(), (x, x)))
    assert "TwoInputs         (5, 4)" in text
    assert "  unused: Linear                         6" in text
    assert text.count("shared") == 1
    assert text.endswith("22 parameters, 4 of them kept fixed")


def test_html_has_the_same_rows():
    page = training.summary(net(), (2, 4))._repr_html_()
    assert page.count("<tr>") == 1 + 7 + 1
    assert ">    0: Linear</td>" in page
    assert ">9,128 parameters<" in page


def test_nothing_is_changed():
    model = net()
    model[1].eval()
    before = {name: x.numpy().copy() for name, x in model.state_dict().items()}
    pellucid.manual_seed(4)
    training.summary(model, (2, 4))
    assert np.array_equal(
        pellucid.get_rng_state(), pellucid.manual_seed(4) and pellucid.get_rng_state()
    )
    assert [m.training for m in model] == [True, False, True, True]
    assert all(np.array_equal(x.numpy(), before[name]) for name, x in model.state_dict().items())
    assert not any(m._hooks_of("after") for m in model.modules())


def test_a_model_that_breaks_keeps_no_hooks():
    model = net()
    with pytest.raises(RuntimeError):
        training.summary(model, (2, 5))
    assert not any(m._hooks_of("after") for m in model.modules())
    assert all(m.training for m in model.modules())
