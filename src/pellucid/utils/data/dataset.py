"""Data sets: examples by number, or in a stream."""

import bisect
import itertools
import math
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
            raise ValueError(
                f"the tensors have different numbers of rows: their shapes are {shapes}"
            )
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
        if bool(args) == bool(kwargs):
            raise ValueError("StackDataset takes data sets either one after another or by names")
        self.datasets = args or kwargs
        if len({len(d) for d in (args or kwargs.values())}) > 1:
            raise ValueError("the data sets differ in their numbers of examples")

    def __getitem__(self, index):
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __len__(self):
        datasets = self.datasets
        return len(next(iter(datasets.values())) if isinstance(datasets, dict) else datasets[0])


class ConcatDataset(Dataset[T_co]):
    """One data set after another."""

    def __init__(self, datasets):
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset takes at least one data set")
        for dataset in self.datasets:
            if isinstance(dataset, IterableDataset):
                raise ValueError("ConcatDataset does not take streams: ChainDataset does")
        self.cumulative_sizes = list(itertools.accumulate(map(len, self.datasets)))

    def __len__(self):
        return self.cumulative_sizes[-1]

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"no example {index} in a data set of {len(self)}")
        index %= len(self)
        which = bisect.bisect_right(self.cumulative_sizes, index)
        return self.datasets[which][index - ([0] + self.cumulative_sizes)[which]]


class ChainDataset(IterableDataset):
    """One stream after another."""

    def __init__(self, datasets):
        self.datasets = datasets

    def __iter__(self):
        return itertools.chain.from_iterable(self.datasets)

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
        indices = [self.indices[i] for i in indices]
        if hasattr(self.dataset, "__getitems__"):
            return self.dataset.__getitems__(indices)
        return [self.dataset[i] for i in indices]

    def __len__(self):
        return len(self.indices)


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
    if sum(lengths) != n:
        raise ValueError(f"the lengths {list(lengths)} do not sum to the {n} of the data set")
    order = randperm(n, generator=generator).tolist()
    ends = itertools.accumulate(lengths)
    return [Subset(dataset, order[e - k : e]) for e, k in zip(ends, lengths, strict=True)]
