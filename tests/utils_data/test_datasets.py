"""Data sets, joined and divided, and examples made into batches."""

import collections

import numpy as np
import pytest

from pellucid.autograd.creation import arange, ones, tensor
from pellucid.autograd.tensor import Tensor
from pellucid.utils.data import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    default_collate,
    default_convert,
)

Point = collections.namedtuple("Point", "x y")


def test_tensors_give_their_rows():
    x, y = arange(6.0).reshape(3, 2), arange(3)
    dataset = TensorDataset(x, y)
    assert len(dataset) == 3
    assert dataset[1][0].tolist() == [2, 3] and dataset[1][1].item() == 1
    with pytest.raises(AssertionError, match=r"Size mismatch .*\(3, 2\).*\(4,\)"):
        TensorDataset(x, arange(4))


def test_many_rows_at_once_are_the_rows_one_by_one():
    dataset = TensorDataset(arange(6.0).reshape(3, 2), arange(3))
    many = dataset.__getitems__([2, 0])
    assert [(x.tolist(), y.item()) for x, y in many] == [([4, 5], 2), ([0, 1], 0)]
    assert all(type(x) is Tensor and x.dtype == dataset.tensors[0].dtype for x, _ in many)
    weight = ones(3, 2, requires_grad=True)
    ((row,),) = TensorDataset(weight).__getitems__([1])
    row.sum().backward()
    assert weight.grad.tolist() == [[0, 0], [1, 1], [0, 0]]


def test_tensors_of_two_types_make_a_batch_of_the_wider():
    batch = default_collate([tensor([1]), tensor([1.5])])
    assert batch.tolist() == [[1], [1.5]] and str(batch.dtype) == "torch.float32"


def test_data_sets_stand_side_by_side():
    assert StackDataset([1, 2], "ab")[1] == (2, "b")
    assert StackDataset(x=[1, 2], y="ab")[0] == {"x": 1, "y": "a"}
    assert len(StackDataset([1, 2])) == len(StackDataset(x=[1, 2])) == 2
    refused = {
        "At least one": lambda: StackDataset(),
        "Supported either": lambda: StackDataset([1], x=[1]),
        "Size mismatch": lambda: StackDataset([1], [1, 2]),
    }
    for words, wrong in refused.items():
        with pytest.raises(ValueError, match=words):
            wrong()


@pytest.mark.parametrize("short", [None, -1])
def test_data_sets_side_by_side_are_asked_for_many_examples_at_once(short):
    class Rows(TensorDataset):
        def __getitems__(self, indices):
            return self.tensors[0][indices][:short]

    pair = StackDataset(Rows(arange(4)), "abcd"), StackDataset(x=Rows(arange(4)), y="abcd")
    if short:
        with pytest.raises(ValueError, match=r"output size mismatch\. Expected 2, got 1"):
            pair[0].__getitems__([0, 3])
        return
    assert pair[0].__getitems__([0, 3]) == [(0, "a"), (3, "d")]
    assert pair[1].__getitems__([2]) == [{"x": 2, "y": "c"}]
    with pytest.raises(IndexError):
        pair[0].__getitems__([0, 4])


def test_data_sets_stand_one_after_another():
    joined = ConcatDataset([range(3), range(10, 12), range(0), range(20, 21)])
    assert [joined[i] for i in range(len(joined))] == [0, 1, 2, 10, 11, 20]
    assert joined[-1] == 20 and joined[-6] == 0
    with pytest.raises(IndexError, match="of 6"):
        joined[6]
    with pytest.raises(ValueError, match="absolute value of index"):
        joined[-7]
    with pytest.raises(AssertionError, match="not be an empty iterable"):
        ConcatDataset([])
    assert len(TensorDataset(arange(3)) + TensorDataset(arange(2))) == 5


def test_streams_flow_one_after_another():
    class Stream(IterableDataset):
        def __iter__(self):
            return iter("ab")

        def __len__(self):
            return 2

    both = Stream() + Stream()
    assert list(both) == list("abab") and len(both) == 4
    assert list(ChainDataset([Stream(), Stream()])) == list("abab")
    with pytest.raises(AssertionError, match="does not support IterableDataset"):
        ConcatDataset([Stream()])
    with pytest.raises(AssertionError, match="ChainDataset only supports IterableDataset"):
        list(both + range(3))


def test_a_part_of_a_part():
    part = Subset(Subset(range(10, 20), [1, 3, 5]), [2, 0])
    assert list(part) == [15, 11]
    assert part.__getitems__([1, 0]) == [11, 15]


def test_a_class_that_says_nothing_is_told_what_to_say():
    with pytest.raises(NotImplementedError, match="__getitem__"):
        Dataset()[0]
    with pytest.raises(NotImplementedError, match="__iter__"):
        iter(IterableDataset())
    assert Dataset[int] is not None


def alike(ours, theirs):
    """The same structure, with tensors of the same type and numbers."""
    torch = pytest.importorskip("torch")
    if isinstance(ours, Tensor):
        assert isinstance(theirs, torch.Tensor) and str(ours.dtype) == str(theirs.dtype)
        assert ours.shape == tuple(theirs.shape) and ours.tolist() == theirs.tolist()
        return
    assert type(ours) is type(theirs)
    if isinstance(ours, dict):
        assert list(ours) == list(theirs)
        ours, theirs = list(ours.values()), list(theirs.values())
    if isinstance(ours, list | tuple):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            alike(a, b)
    else:
        assert ours == theirs


BATCHES = {
    "floats": [0.5, 1.5],
    "whole numbers": [1, 2],
    "truth": [True, False],
    "strings": ["a", "b"],
    "NumPy's strings": list(np.array(["a", "b"])),
    "bytes": [b"a", b"b"],
    "arrays": [np.ones(3, np.float32), np.zeros(3, np.float32)],
    "NumPy's numbers": [np.float32(1), np.float32(2)],
    "NumPy's whole numbers": [np.int16(1), np.int16(2)],
    "dicts": [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}],
    "ordered dicts": [collections.OrderedDict(x=1), collections.OrderedDict(x=2)],
    "named tuples": [Point(1, 2.0), Point(3, 4.0)],
    "tuples": [(1, "a"), (2, "b")],
    "lists": [[1, 2.5], [3, 4.5]],
    "deep": [{"x": (1, [2.0, {"z": np.arange(2)}])}, {"x": (3, [4.0, {"z": np.arange(2)}])}],
    "one": [(1,)],
    "empty tuples": [(), ()],
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_has_pytorchs_structure_and_types(name):
    torch = pytest.importorskip("torch")
    batch = BATCHES[name]
    alike(default_collate(batch), torch.utils.data.default_collate(batch))
    alike(default_convert(batch[0]), torch.utils.data.default_convert(batch[0]))


def test_tensors_are_stacked_on_the_tape():
    x = ones(2, requires_grad=True)
    default_collate([x, x * 2]).sum().backward()
    assert x.grad.tolist() == [3, 3]


@pytest.mark.parametrize("batch", [[object()], [None], [np.array(["a"])]])
def test_what_has_no_batch_is_named(batch):
    with pytest.raises(TypeError, match="found"):
        default_collate(batch)


def test_examples_of_different_sizes_are_refused():
    with pytest.raises(RuntimeError, match="equal size"):
        default_collate([[1], [1, 2]])
    with pytest.raises(RuntimeError, match="equal size"):
        default_collate([tensor([1]), tensor([1, 2])])
