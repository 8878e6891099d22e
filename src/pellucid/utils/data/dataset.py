"""Data sets: examples by number, or in a stream."""

import bisect
import itertools
import math
import warnings
from typing import Generic, TypeVar

from pellucid.autograd.random import default_generator, randperm
from pellucid.autograd.tensor import Tensor

__all__ = [
    "ChainDataset",
    "ConcatDataset",
    "Dataset",
    "IterableDataset",
    "StackDataset",
    "Subset",
    "TensorDataset",
    "random_split",
]

T_co = TypeVar("T_co", covariant=True)


class Dataset(Generic[T_co]):
    """Examples by number: a subclass says ``__getitem__`` and ``__len__``.

    One with ``__getitems__`` gives a list of examples for a list of numbers at once.
    """

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__} does not say __getitem__")

    def __add__(self, other):
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co]):
    """Examples in a stream: a subclass says ``__iter__``."""

    def __iter__(self):
        raise NotImplementedError(f"{type(self).__name__} does not say __iter__")

    def __add__(self, other):
        return ChainDataset([self, other])


class TensorDataset(Dataset):
    """Example i is the i-th row of every tensor."""

    def __init__(self, *tensors):
        if len({len(tensor) for tensor in tensors}) > 1:
            shapes = [tuple(tensor.shape) for tensor in tensors]
            raise AssertionError(f"Size mismatch between tensors: their shapes are {shapes}")
        self.tensors = tensors

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)

    def __getitems__(self, indices):
        return list(zip(*(_rows(tensor, indices) for tensor in self.tensors), strict=True))

    def __len__(self):
        return len(self.tensors[0])


def _rows(tensor, indices):
    if tensor.requires_grad:
        return [tensor[i] for i in indices]
    return map(Tensor._of, tensor._array[indices])  # one look-up for all


class StackDataset(Dataset):
    """Example i is the i-th of every data set: a tuple, or a dict where they have names."""

    def __init__(self, *args, **kwargs):
        if args and kwargs:
            raise ValueError("Supported either positional data sets or named ones, not both")
        if not (args or kwargs):
            raise ValueError("At least one dataset should be passed")
        self.datasets = args or kwargs
        if len({len(d) for d in (args or kwargs.values())}) > 1:
            raise ValueError("Size mismatch between datasets")

    def __getitem__(self, index):
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __getitems__(self, indices):
        if isinstance(self.datasets, dict):
            examples = zip(*(_examples(d, indices) for d in self.datasets.values()), strict=True)
            return [dict(zip(self.datasets, each, strict=True)) for each in examples]
        return list(zip(*(_examples(d, indices) for d in self.datasets), strict=True))

    def __len__(self):
        datasets = self.datasets
        return len(next(iter(datasets.values())) if isinstance(datasets, dict) else datasets[0])


class ConcatDataset(Dataset[T_co]):
    """One data set after another."""

    def __init__(self, datasets):
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        for dataset in self.datasets:
            if isinstance(dataset, IterableDataset):
                raise AssertionError(
                    "ConcatDataset does not support IterableDataset: ChainDataset does"
                )
        self.cumulative_sizes = list(itertools.accumulate(map(len, self.datasets)))

    def __len__(self):
        return self.cumulative_sizes[-1]

    def __getitem__(self, index):
        if index < -len(self):
            raise ValueError("absolute value of index should not exceed dataset length")
        if index >= len(self):
            raise IndexError(f"no example {index} in a data set of {len(self)}")
        index %= len(self)
        which = bisect.bisect_right(self.cumulative_sizes, index)
        return self.datasets[which][index - ([0] + self.cumulative_sizes)[which]]


class ChainDataset(IterableDataset):
    """One stream after another."""

    def __init__(self, datasets):
        self.datasets = datasets

    def __iter__(self):
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError("ChainDataset only supports IterableDataset")
            yield from dataset

    def __len__(self):
        return sum(map(len, self.datasets))


class Subset(Dataset[T_co]):
    """The examples of a data set whose numbers are listed."""

    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index):
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices):
        return _examples(self.dataset, [self.indices[i] for i in indices])

    def __len__(self):
        return len(self.indices)


def _examples(dataset, indices):
    """Some examples of a data set, at once where it can."""
    if not callable(getattr(dataset, "__getitems__", None)):
        return [dataset[i] for i in indices]
    examples = dataset.__getitems__(indices)
    if len(examples) != len(indices):
        raise ValueError(
            f"Nested dataset's output size mismatch. Expected {len(indices)}, got {len(examples)}"
        )
    return examples


def random_split(dataset, lengths, generator=default_generator):
    """Subsets of the given lengths, or fractions of the whole, that share no example.

    Fractions are rounded down, and what is left over is dealt out one by one, from the first on.
    """
    n = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        for i, fraction in enumerate(lengths):
            if not 0 <= fraction <= 1:
                raise ValueError(f"Fraction at index {i} is not between 0 and 1")
        lengths = [math.floor(n * fraction) for fraction in lengths]
        for i in range(n - sum(lengths)):
            lengths[i % len(lengths)] += 1
        for i, length in enumerate(lengths):
            if length == 0:
                warnings.warn(f"Length of split at index {i} is 0", UserWarning, stacklevel=2)
    if sum(lengths) != n:
        raise ValueError(f"the lengths {list(lengths)} do not sum to the {n} of the data set")
    order = randperm(n, generator=generator).tolist()
    ends = itertools.accumulate(lengths)
    return [Subset(dataset, order[e - k : e]) for e, k in zip(ends, lengths, strict=True)]
