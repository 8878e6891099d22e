"""DataLoader: a data set in batches, in PyTorch's order for the same seed."""

import itertools
import warnings

from pellucid.utils.data.collate import default_collate, default_convert
from pellucid.utils.data.dataset import IterableDataset
from pellucid.utils.data.fetch import Exhausted, Lookup, Stream
from pellucid.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    draw_seed,
)
from pellucid.utils.data.workers import Workers, checked_context

__all__ = ["DataLoader"]

FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class DataLoader:
    """The batches of a data set, epoch after epoch.

    An error in a batch leaves the others: who catches it may go on to the next.

    An epoch draws a seed for the workers and then, for a random order, one for the order: what
    PyTorch draws, so that ``manual_seed`` gives its batches.

    Parameters
    ----------
    dataset : Dataset or IterableDataset
    batch_size : int or None
        None: no batches, but the examples themselves, or whatever the sampler's items give.
    shuffle : bool
        Another random order each epoch.
    sampler, batch_sampler : iterable of numbers, or of lists of them
        The order, instead of ``shuffle``; or the batches.
    num_workers : int
        Processes that make batches ahead of time; 0: batches are made when they are asked for.
        They are started afresh, never forked from this process.
    collate_fn : callable
        Makes a batch of a list of examples; ``default_collate`` if None.
    pin_memory : bool
        Any value gives the same batches: what goes to a GPU is copied there by the tensor.
    drop_last : bool
        Leave out a last batch that is not full.
    timeout : float
        Seconds to wait for a worker's batch; 0: as long as it lives.
    worker_init_fn : callable
        Called in each worker with its number.
    multiprocessing_context : str or context
        ``"forkserver"``, the default where there is one, or ``"spawn"``.
    generator : Generator
        Where the seeds and the order come from, instead of the default stream.
    prefetch_factor : int
        Batches that each worker makes ahead; 2 if None.
    persistent_workers : bool
        Keep the workers, and their copies of the data set, from one epoch to the next.
    """

    def __init__(
        self,
        dataset,
        batch_size=1,
        shuffle=None,
        sampler=None,
        batch_sampler=None,
        num_workers=0,
        collate_fn=None,
        pin_memory=False,
        drop_last=False,
        timeout=0,
        worker_init_fn=None,
        multiprocessing_context=None,
        generator=None,
        *,
        prefetch_factor=None,
        persistent_workers=False,
    ):
        stream = isinstance(dataset, IterableDataset)
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0")
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        given = {
            "prefetch_factor": prefetch_factor,
            "persistent_workers": persistent_workers or None,
            "multiprocessing_context": multiprocessing_context,
        }
        for name, value in given.items():
            if num_workers == 0 and value is not None:
                raise ValueError(
                    f"{name} can only be used with multi-process loading (num_workers > 0), but "
                    "got num_workers=0"
                )
        if prefetch_factor is not None and prefetch_factor < 1:
            raise ValueError("prefetch_factor option should be positive")
        order = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
        for name, value in order.items():
            if stream and value is not None:
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, but got "
                    f"{name}={value}: a stream has an order of its own"
                )
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, "
                    "and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError(
                "batch_size=None option disables auto-batching and is mutually exclusive with "
                "drop_last"
            )
        if stream:
            sampler = itertools.repeat(None)  # "the next one", until the stream ends
        elif sampler is None and shuffle:
            sampler = RandomSampler(dataset, generator=generator)
        elif sampler is None:
            sampler = SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        if multiprocessing_context is not None:
            checked_context(multiprocessing_context)
        batched = batch_sampler is not None
        self.dataset, self.batch_size, self.drop_last = dataset, batch_size, drop_last
        self.sampler, self.batch_sampler, self.generator = sampler, batch_sampler, generator
        self.collate_fn = collate_fn or (default_collate if batched else default_convert)
        self.num_workers, self.timeout, self.pin_memory = num_workers, timeout, pin_memory
        self.worker_init_fn, self.multiprocessing_context = worker_init_fn, multiprocessing_context
        self.prefetch_factor = prefetch_factor or (2 if num_workers else None)
        self.persistent_workers = persistent_workers
        self._workers = self._said_length = None

    def __setattr__(self, name, value):
        if name in FIXED and name in vars(self):
            raise ValueError(f"{name} attribute should not be set after DataLoader is initialized")
        super().__setattr__(name, value)

    @property
    def _auto_collation(self):
        return self.batch_sampler is not None

    def __iter__(self):
        if self._workers is not None and self._workers.close.alive:
            return _Batches(self, self._workers.epoch(self._tasks()))
        seed = draw_seed(self.generator)
        if self.num_workers == 0:
            return _Batches(self, _made_here(self._fetcher().begin(), self._tasks()))
        workers = Workers(self, self._fetcher(), seed)
        if self.persistent_workers:
            self._workers = workers
        return _Batches(self, workers.epoch(self._tasks()))

    def _fetcher(self):
        if isinstance(self.dataset, IterableDataset):
            return Stream(self.dataset, self.collate_fn, self.batch_size, self.drop_last)
        return Lookup(self.dataset, self.collate_fn, self.batch_sampler is not None)

    def _tasks(self):
        stream = isinstance(self.dataset, IterableDataset)
        return iter(self.sampler if stream or self.batch_sampler is None else self.batch_sampler)

    def __len__(self):
        if not isinstance(self.dataset, IterableDataset):
            return len(self.sampler if self.batch_sampler is None else self.batch_sampler)
        n = len(self.dataset)
        if self.batch_size is not None:
            n = n // self.batch_size if self.drop_last else -(-n // self.batch_size)
        self._said_length = n
        return n


def _made_here(fetch, tasks):
    def take():
        for task in tasks:
            return fetch(task)
        return Exhausted()

    return take


class _Batches:
    """The batches of an epoch, as ``take`` gives them."""

    def __init__(self, loader, take):
        self.loader, self.take, self.taken = loader, take, 0

    def __iter__(self):
        return self

    def __next__(self):
        try:
            batch = self.take()
        except StopIteration as error:  # which would end the epoch quietly
            raise RuntimeError("an example raised StopIteration") from error
        if isinstance(batch, Exhausted):
            raise StopIteration
        self.taken += 1
        said = self.loader._said_length
        if said is not None and self.taken > said:
            warnings.warn(
                f"Length of IterableDataset {self.loader.dataset} was reported to be {said} (when "
                f"accessing len(dataloader)), but {self.taken} samples have been fetched. For "
                "multiprocessing data-loading, this is so where every worker gives the whole "
                "stream: see get_worker_info()",
                UserWarning,
                stacklevel=2,
            )
        return batch
