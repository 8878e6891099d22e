"""The order of examples is PyTorch's for the same seed."""

import numpy as np
import pytest

from pellucid.autograd import random
from pellucid.autograd.random import Generator
from pellucid.utils import data

torch = pytest.importorskip("torch")
theirs = torch.utils.data

SAMPLERS = {
    "one after another": lambda d, g: d.SequentialSampler(range(10)),
    "random": lambda d, g: d.RandomSampler(range(10), generator=g),
    "random, fewer": lambda d, g: d.RandomSampler(range(10), num_samples=4, generator=g),
    "random, more": lambda d, g: d.RandomSampler(range(10), num_samples=37, generator=g),
    "with replacement": lambda d, g: d.RandomSampler(range(10), True, 70, generator=g),
    "with replacement, 64": lambda d, g: d.RandomSampler(range(10), True, 64, generator=g),
    "of some": lambda d, g: d.SubsetRandomSampler([3, 5, 8, 9], generator=g),
    "of none": lambda d, g: d.SubsetRandomSampler([], generator=g),
    "by weight": lambda d, g: d.WeightedRandomSampler([0.1, 3, 0.5, 0], 30, generator=g),
    "by weight, each once": lambda d, g: d.WeightedRandomSampler(
        [0.1, 3, 0.5, 0.2], 4, False, generator=g
    ),
    "batches": lambda d, g: d.BatchSampler(d.RandomSampler(range(10), generator=g), 3, False),
    "full batches": lambda d, g: d.BatchSampler(d.RandomSampler(range(10), generator=g), 3, True),
}


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("own", [True, False], ids=["a generator", "the default stream"])
def test_two_epochs_are_pytorchs(name, own):
    random.manual_seed(4)
    torch.manual_seed(4)
    g, h = (Generator().manual_seed(6), torch.Generator().manual_seed(6)) if own else (None, None)
    ours, other = SAMPLERS[name](data, g), SAMPLERS[name](theirs, h)
    for _ in range(2):
        assert list(ours) == list(other)
        assert len(ours) == len(other)
    if own:
        assert g.get_state().tobytes() == h.get_state().numpy().tobytes()
    assert random.rand(1).item() == torch.rand(1).item()


@pytest.mark.parametrize(
    "lengths", [[3, 7], [10], [0.5, 0.5], [0.3, 0.3, 0.4], [0.25] * 4, [0, 10]]
)
def test_a_random_split_is_pytorchs(lengths):
    random.manual_seed(4)
    torch.manual_seed(4)
    ours = data.random_split(range(10), lengths)
    other = theirs.random_split(range(10), lengths)
    assert [list(s.indices) for s in ours] == [list(s.indices) for s in other]
    assert sorted(i for s in ours for i in s) == list(range(10))


def test_a_split_may_have_its_own_generator():
    ours = data.random_split(range(10), [4, 6], Generator().manual_seed(42))
    other = theirs.random_split(range(10), [4, 6], torch.Generator().manual_seed(42))
    assert [s.indices for s in ours] == [s.indices for s in other]


REFUSED = {
    "lengths of another sum": lambda d: d.random_split(range(10), [3, 3]),
    "a fraction above one": lambda d: d.random_split(range(10), [1.5, -0.5]),
    "no samples": lambda d: d.RandomSampler(range(3), num_samples=0),
    "half a sample": lambda d: d.RandomSampler(range(3), num_samples=0.5),
    "weights of rank two": lambda d: d.WeightedRandomSampler([[0.1, 0.2]], 3),
    "no draws": lambda d: d.WeightedRandomSampler([0.1], 0),
    "replacement no": lambda d: d.WeightedRandomSampler([0.1], 1, replacement=0),
    "batches of none": lambda d: d.BatchSampler(range(3), 0, False),
    "batches of half": lambda d: d.BatchSampler(range(3), 2.5, False),
    "a drop that is a number": lambda d: d.BatchSampler(range(3), 2, 1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_order_is_refused_as_pytorch_does(name):
    for library in (data, theirs):
        with pytest.raises(ValueError):
            REFUSED[name](library)


def test_replacement_is_yes_or_no():
    for library in (data, theirs):
        with pytest.raises(TypeError, match="replacement should be a boolean value"):
            library.RandomSampler(range(3), replacement=0)


def test_an_empty_split_is_warned_of():
    for library in (data, theirs):
        with pytest.warns(UserWarning, match="Length of split at index 2 is 0"):
            library.random_split(range(2), [0.5, 0.5, 0.0])


def test_a_sampler_says_its_order():
    with pytest.raises(NotImplementedError, match="__iter__"):
        iter(data.Sampler())


def test_weights_are_any_numbers():
    sampler = data.WeightedRandomSampler(np.array([0.0, 1.0], np.float32), 5)
    assert list(sampler) == [1] * 5
