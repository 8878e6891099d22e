"""Data sets and functions that a worker process can import."""

import os
import random
import time

import numpy as np

from pellucid.autograd.random import rand
from pellucid.utils.data import Dataset, IterableDataset, get_worker_info


class Squares(Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return np.full(3, i**2, np.float32), i


class Drawn(Squares):
    """What each worker's streams say."""

    def __getitem__(self, i):
        return rand(2), np.random.rand(), random.random()  # noqa: NPY002


class Here(Squares):
    """In which worker, of which seed, in which process, an example was made."""

    def __getitem__(self, i):
        info = get_worker_info()
        assert info.dataset is self
        return info.id, info.num_workers, info.seed, os.getpid()


class Faulty(Squares):
    def __getitem__(self, i):
        if i == 5:
            raise KeyError("no fifth example")
        return i


class Holed(Squares):
    def __getitem__(self, i):
        return i // (i != 2)


class Odd(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


class Oddly(Squares):
    def __getitem__(self, i):
        raise Odd("one", "two")


class Dying(Squares):
    def __getitem__(self, i):
        if i == 5:
            os._exit(3)
        return i


class Slow(Squares):
    def __getitem__(self, i):
        time.sleep(60)


class Unsendable(Squares):
    def __getitem__(self, i):
        return lambda: i


class Ended(Squares):
    def __getitem__(self, i):
        raise StopIteration


class Large(Squares):
    def __getitem__(self, i):
        return np.full(300_000, i, np.float32)


class Whole(IterableDataset):
    """All of 0, 1, ..., n - 1 from each worker."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __iter__(self):
        return iter(range(self.n))


class Count(IterableDataset):
    """0, 1, ..., n - 1, shared out among the workers."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __iter__(self):
        info = get_worker_info()
        start, step = (info.id, info.num_workers) if info else (0, 1)
        return iter(range(start, self.n, step))


def no_start(worker_id):
    raise ValueError(f"worker {worker_id} will not start")


def reseed(worker_id):
    np.random.seed(100 + worker_id)  # noqa: NPY002


def as_list(batch):
    return list(batch)
