"""Random tensors: PyTorch's numbers through PyTorch's names, in whatever memory."""

import numpy as np
import pytest

from pellucid.autograd import Tensor, random
from pellucid.autograd import creation as ours_made

torch = pytest.importorskip("torch")


def both(draw):
    """What ``draw(library)`` gives from the same seed, and one number after it."""
    random.manual_seed(3)
    ours, after = draw(Ours), random.rand(1)
    torch.manual_seed(3)
    theirs, then = draw(torch), torch.rand(1)
    assert ours.numpy().tobytes() == np.ascontiguousarray(theirs.numpy()).tobytes()
    assert str(ours.dtype) == str(theirs.dtype) and tuple(ours.shape) == tuple(theirs.shape)
    assert ours.stride() == theirs.stride()
    assert after.item() == then.item()


class Ours:
    pass


for module in (ours_made, random):
    for name in module.__all__:
        setattr(Ours, name, staticmethod(getattr(module, name)))

CASES = {
    "rand": lambda t: t.rand(3, 4),
    "rand of a tuple": lambda t: t.rand((3, 4)),
    "rand of nothing": lambda t: t.rand(0, 4),
    "one number": lambda t: t.rand(()),
    "randn": lambda t: t.randn(5, 7),
    "randn of a list": lambda t: t.randn([2, 3]),
    "randint": lambda t: t.randint(10, (4, 4)),
    "randint from": lambda t: t.randint(-3, 10, (4, 4)),
    "randint named": lambda t: t.randint(low=2, high=9, size=(3,)),
    "randperm": lambda t: t.randperm(40),
    "rand_like": lambda t: t.rand_like(t.zeros(3, 4)),
    "randn_like": lambda t: t.randn_like(t.zeros(30, 4)),
    "randn_like a transpose": lambda t: t.randn_like(t.zeros(30, 4).T),
    "randint_like": lambda t: t.randint_like(t.zeros(30, 4), 5),
    "randint_like from": lambda t: t.randint_like(t.zeros(30, 4), 2, 5),
    "normal of a size": lambda t: t.normal(1.5, 0.3, (5, 5)),
    "normal of means": lambda t: t.normal(t.arange(20.0), 0.3),
    "normal of deviations": lambda t: t.normal(2.0, t.arange(20.0)),
    "normal of both": lambda t: t.normal(t.arange(20.0), t.arange(20.0)),
    "bernoulli": lambda t: t.bernoulli(t.linspace(0, 1, 30)),
    "bernoulli p": lambda t: t.bernoulli(t.zeros(30), 0.3),
    "bernoulli method": lambda t: t.linspace(0, 1, 30).bernoulli(),
    "multinomial": lambda t: t.multinomial(t.arange(30.0), 7),
    "multinomial of rows": lambda t: t.multinomial(t.ones(5, 9), 1),
    "multinomial again": lambda t: t.arange(30.0).multinomial(70, replacement=True),
    "uniform_": lambda t: t.empty(30).uniform_(-1, 2),
    "normal_": lambda t: t.empty(30).normal_(1, 2),
    "random_": lambda t: t.zeros(30).random_(),
    "random_ below": lambda t: t.zeros(30).random_(7),
    "random_ between": lambda t: t.zeros(30).random_(-2, 7),
    "bernoulli_": lambda t: t.empty(30).bernoulli_(),
    "bernoulli_ of whole numbers": lambda t: t.zeros(30, dtype=t.arange(2).dtype).bernoulli_(0.3),
    "bernoulli_ of a tensor": lambda t: t.empty(30).bernoulli_(t.linspace(0, 1, 30)),
    "exponential_": lambda t: t.empty(30).exponential_(3.0),
}


@pytest.mark.parametrize("name", CASES)
def test_a_seed_gives_pytorchs_tensors(name):
    both(CASES[name])


FILLS = {
    "uniform_": lambda x: x.uniform_(),
    "normal_": lambda x: x.normal_(),
    "random_": lambda x: x.random_(9),
    "bernoulli_": lambda x: x.bernoulli_(0.4),
    "exponential_": lambda x: x.exponential_(),
}
MEMORY = {
    "transposed": lambda x: x.T,
    "every other": lambda x: x[:, ::2],
    "a part": lambda x: x[1:3],
    "a column": lambda x: x[:, 1],
}


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("part", MEMORY)
def test_scattered_memory_is_filled_as_pytorch_fills_it(fill, part):
    def draw(t):
        x = t.zeros(6, 8)
        FILLS[fill](MEMORY[part](x))
        return x

    both(draw)


def test_channels_last_memory_is_filled_as_pytorch_fills_it():
    def draw(t):
        x = t.zeros(2, 5, 6, 3).permute(0, 3, 1, 2)
        return x.uniform_()

    both(draw)


def test_a_generator_of_ones_own_leaves_the_default_alone():
    def draw(t):
        g = t.Generator().manual_seed(8)
        t.randperm(5, generator=g)
        return t.randn(20, generator=g)

    both(draw)


REFUSED = {
    "weights below zero": lambda t: t.multinomial(t.arange(-1.0, 3.0), 1),
    "weights all zero": lambda t: t.multinomial(t.zeros(3), 1),
    "weights of infinity": lambda t: t.multinomial(t.full((3,), float("inf")), 1),
    "none of them": lambda t: t.multinomial(t.ones(3), 0),
    "more than there are": lambda t: t.multinomial(t.ones(3), 4),
    "weights of rank three": lambda t: t.multinomial(t.ones(2, 2, 2), 1),
    "a probability of two": lambda t: t.empty(3).bernoulli_(2.0),
    "probabilities of two": lambda t: t.bernoulli(t.full((3,), 2.0)),
    "a negative deviation": lambda t: t.empty(3).normal_(0, -1),
    "an empty range": lambda t: t.randint(3, 3, (2,)),
    "an empty range in place": lambda t: t.empty(3).random_(5, 5),
    "an interval the wrong way": lambda t: t.empty(3).uniform_(1, 0),
    "a rate below zero": lambda t: t.empty(3).exponential_(-1.0),
    "a leaf that wants a gradient": lambda t: t.zeros(3, requires_grad=True).normal_(),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drawn_is_refused_as_pytorch_does(name):
    for library in (Ours, torch):
        with pytest.raises(RuntimeError):
            REFUSED[name](library)


def test_fractions_have_a_floating_type():
    with pytest.raises(NotImplementedError, match="float32 or float64"):
        random.rand(3, dtype=int)
    with pytest.raises(NotImplementedError, match="float32 or float64"):
        ours_made.arange(3).normal_()


def test_a_change_in_place_is_seen_by_the_tape():
    x = ours_made.ones(3, requires_grad=True)
    y = x * 2
    z = y * y
    y.detach().normal_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()
    assert isinstance(y, Tensor)
