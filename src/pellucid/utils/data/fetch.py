"""From a task, the numbers of some examples or "the next ones", to a batch."""

import itertools

__all__ = ["Exhausted", "Lookup", "Stream"]


class Exhausted:
    """What comes instead of a batch when a stream has ended."""


class Lookup:
    """Batches of a data set whose examples have numbers."""

    def __init__(self, dataset, collate_fn, batched):
        self.dataset, self.collate_fn, self.batched = dataset, collate_fn, batched

    def begin(self):
        """The function from tasks to batches, for one epoch."""
        return self._fetch

    def _fetch(self, index):
        if not self.batched:
            return self.collate_fn(self.dataset[index])
        if hasattr(self.dataset, "__getitems__"):
            return self.collate_fn(self.dataset.__getitems__(index))
        return self.collate_fn([self.dataset[i] for i in index])


class Stream:
    """Batches of a stream: this process's own run through it, begun each epoch."""

    def __init__(self, dataset, collate_fn, batch_size, drop_last):
        self.dataset, self.collate_fn = dataset, collate_fn
        self.batch_size, self.drop_last = batch_size, drop_last

    def begin(self):
        """The function from tasks to batches, for one epoch."""
        examples = iter(self.dataset)
        size = self.batch_size or 1

        def fetch(_):
            batch = list(itertools.islice(examples, size))
            if not batch or (self.drop_last and len(batch) < size):
                return Exhausted()
            return self.collate_fn(batch if self.batch_size else batch[0])

        return fetch
