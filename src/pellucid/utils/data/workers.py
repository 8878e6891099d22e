"""Processes that make batches ahead of time, in the order they will be asked for.

Task k goes to worker k mod n, over a pipe of its own, and its batch is waited for on that pipe
alone: so the order is the same for any number of workers, a worker that dies is noticed by the end
of its pipe, and there is no memory shared that could be left behind.
"""

import collections
import contextlib
import itertools
import multiprocessing
import multiprocessing.connection
import multiprocessing.context
import pickle
import queue
import random
import sys
import threading
import traceback
import weakref
from dataclasses import dataclass

import numpy as np

from pellucid.autograd.random import manual_seed
from pellucid.utils.data.dataset import Dataset
from pellucid.utils.data.fetch import Exhausted

__all__ = ["WorkerInfo", "checked_context", "get_worker_info"]


@dataclass(frozen=True)
class WorkerInfo:
    """Which of how many workers this is, its seed, and its copy of the data set."""

    id: int
    num_workers: int
    seed: int
    dataset: Dataset


_here: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """What worker this process is; None in the main process."""
    return _here


class _Epoch:
    """The task to begin again."""


class _Closed:
    """That no task will come any more."""


@dataclass
class _Failure:
    error: BaseException


def _work(connection, fetcher, init, worker_id, num_workers, seed):
    """A worker's life: take a task, send its batch, until the pipe is closed."""
    global _here
    tasks: queue.SimpleQueue = queue.SimpleQueue()
    # tasks are taken off the pipe at once: both ends waiting to send would wait for ever
    threading.Thread(target=_listen, args=(connection, tasks), daemon=True).start()
    _here = WorkerInfo(worker_id, num_workers, seed, fetcher.dataset)
    manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - what a user's data set may draw from
    fault = _attempt(init, worker_id) if init is not None else None
    while not isinstance(task := tasks.get(), _Closed):
        if isinstance(task, _Epoch):
            fetch = _attempt(fetcher.begin)
            continue
        broken = next((x for x in (fault, fetch) if isinstance(x, _Failure)), None)
        try:
            connection.send(broken or _attempt(fetch, task))
        except (BrokenPipeError, ConnectionResetError):
            return
        except Exception as error:  # a batch that cannot be pickled: nothing of it has gone out
            connection.send(_Failure(_portable(error)))


def _attempt(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return _Failure(_portable(error))


def _portable(error):
    """The error with the worker's traceback as a note, or what can be sent of it."""
    note = f"in DataLoader worker process {_here.id}:\n{traceback.format_exc()}"
    try:
        error = pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(note)
    return error


def _listen(connection, tasks):
    try:
        while True:
            tasks.put(connection.recv())
    except (EOFError, OSError):
        tasks.put(_Closed())


class Workers:
    """The processes of one loader, and the pipes to them."""

    def __init__(self, loader, fetcher, seed):
        default = "spawn" if sys.platform == "win32" else "forkserver"
        context = checked_context(loader.multiprocessing_context or default)
        self.keep, self.timeout = loader.persistent_workers, loader.timeout or None
        self.prefetch = loader.prefetch_factor
        self.processes, self.pipes = [], []
        self.owed: collections.deque = collections.deque()  # the workers of the tasks under way
        self.close = weakref.finalize(self, _close, self.processes, self.pipes)
        for i in range(loader.num_workers):
            pipe, other_end = context.Pipe()
            self.pipes.append(pipe)
            args = (other_end, fetcher, loader.worker_init_fn, i, loader.num_workers, seed + i)
            self.processes.append(context.Process(target=_work, args=args, daemon=True))
            self.processes[-1].start()
            other_end.close()  # ours: so that the pipe ends when the worker does

    def epoch(self, tasks):
        """Begin an epoch, with the first tasks under way, and return what gives its batches."""
        while self.owed:
            self._receive(self.owed.popleft())  # what an epoch left early had asked for
        self.tasks, self.active = tasks, set(range(len(self.pipes)))
        self.turn = itertools.cycle(range(len(self.pipes)))
        for pipe in self.pipes:
            _send(pipe, _Epoch())
        for _ in range(self.prefetch * len(self.pipes)):
            self._assign()
        return self._take

    def _take(self):
        while self.owed:
            worker = self.owed.popleft()
            result = self._receive(worker)
            if isinstance(result, Exhausted):
                self.active.discard(worker)
            self._assign()
            if isinstance(result, _Failure):
                raise result.error
            if not isinstance(result, Exhausted):
                return result
        if not self.keep:
            self.close()
        return Exhausted()

    def _assign(self):
        if self.active:
            worker = next(i for i in self.turn if i in self.active)
            for task in itertools.islice(self.tasks, 1):
                _send(self.pipes[worker], task)
                self.owed.append(worker)

    def _receive(self, i):
        process, pipe = self.processes[i], self.pipes[i]
        ready = multiprocessing.connection.wait([pipe, process.sentinel], self.timeout)
        with contextlib.suppress(EOFError, OSError):
            if pipe in ready or (ready and pipe.poll()):
                return pipe.recv()
        process.join(5 if ready else 0)
        died, code = not process.is_alive(), process.exitcode
        self.close()
        self.owed.clear()
        if not died:
            raise RuntimeError(f"DataLoader timed out after {self.timeout} seconds")
        raise RuntimeError(
            f"DataLoader worker {i} (pid {process.pid}) exited unexpectedly, with code {code}. Its "
            "own words stand above. A script starts workers under `if __name__ == '__main__':`; "
            "the class of the data set stands in a file that they can import"
        )


def checked_context(wanted):
    """How processes are started: its context, or an error that says which there are."""
    if isinstance(wanted, str):
        methods = multiprocessing.get_all_start_methods()
        if wanted not in methods:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {methods}, "
                f"but got multiprocessing_context={wanted!r}"
            )
        wanted = multiprocessing.get_context(wanted)
    if not isinstance(wanted, multiprocessing.context.BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string of its "
            f"start method, but got multiprocessing_context={wanted}"
        )
    if wanted.get_start_method() == "fork":
        raise ValueError("a program with threads cannot be forked safely: spawn or forkserver")
    return wanted


def _send(pipe, task):
    # a worker that has died is reported where its batch is waited for
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        pipe.send(task)


def _close(processes, pipes):
    for pipe in pipes:
        pipe.close()  # a worker that waits for a task, or to send a batch, sees this and ends
    for process in processes:
        process.join(2)
        if process.is_alive():
            process.terminate()
            process.join()
