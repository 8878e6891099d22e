"""*Crew*: threads beside the one that asks, which wait awake for the next task before they sleep.

To wake a thread takes some 60 µs, and the system likes to put it on the core of the one that woke
it, where both get half.  So a thread without a task watches a number in memory, in compiled code
that holds no lock, and sleeps only when nothing has come for a while; and so does the thread that
waits for the last result.
"""

import threading
from collections import deque

import numba
import numpy as np

from pellucid._atomic import give_way, load, pause
from pellucid._compile import kernel

__all__ = ["Crew", "Task"]

COMPILED = not numba.config.DISABLE_JIT  # type: ignore[attr-defined]
PATIENCE = COMPILED << 15  # pauses, about a millisecond
GRACE = 256  # pauses, some 8 µs
MOST_AWAKE = 8  # all of whom want the interpreter's lock when a task comes
LINE = 8  # numbers in a line of the cache


class Task:
    """A function to be called once, by whichever thread comes to it first."""

    __slots__ = ("_begun", "_ended", "done", "error", "function", "result")

    def __init__(self, function):
        self.function, self.result, self.error, self.done = function, None, None, False
        self._begun, self._ended = threading.Lock(), threading.Lock()
        self._ended.acquire()

    def run(self):
        """Call the function, unless somebody else has begun to; whether it was called."""
        if not self._begun.acquire(blocking=False):
            return False
        try:
            self.result = self.function()
        except BaseException as error:
            self.error = error
        self.function, self.done = None, True  # what it held may go
        self._ended.release()
        return True

    def withdraw(self):
        """Nobody shall begin any more."""
        if self._begun.acquire(blocking=False):
            self.function = None

    def wait(self):
        """Asleep, until the call has ended."""
        with self._ended:
            pass


class Crew:
    """``size`` threads that take the tasks offered to them, the first one first."""

    def __init__(self, size):
        self._tasks: deque[Task] = deque()
        self.offers, self._ended = np.zeros(2 * LINE, np.int64).reshape(2, LINE)
        self._awake: set[int] = set()  # who watches for a task
        self._door, self._asleep = threading.Condition(), 0
        for _ in range(size):
            threading.Thread(target=self._work, name="pellucid", daemon=True).start()

    def offer(self, function):
        """A task for whoever comes first: a thread of the crew, or the asking one."""
        task = Task(function)
        self._tasks.append(task)
        self.offers[0] += 1
        if self._asleep and len(self._tasks) > len(self._awake):
            with self._door:
                self._door.notify()
        return task

    def result(self, task):
        """What the task's function gave, or its error, as soon as it has ended."""
        while not task.done:
            before = self._ended[0]
            if not task.done and not watch(self._ended, before, PATIENCE):
                task.wait()
        if task.error is None:
            return task.result
        try:
            raise task.error
        finally:
            task.error = None  # or the error and its traceback would keep each other

    def _work(self):
        while True:
            before = self.offers[0]
            if self._tasks:
                self._take()
            elif len(self._awake) >= MOST_AWAKE or not self._watch(before):
                self._sleep()

    def _watch(self, before):
        me = threading.get_ident()
        self._awake.add(me)
        came = watch(self.offers, before, PATIENCE)
        self._awake.discard(me)
        return came

    def _take(self):
        try:
            task = self._tasks.popleft()
        except IndexError:  # another was quicker
            return
        if task.run():
            self._ended[0] += 1

    def _sleep(self):
        with self._door:
            self._asleep += 1
            if not self._tasks:
                self._door.wait()
            self._asleep -= 1


@kernel(borrows=True)
def watch(number, before, patience):
    """Wait until the number is another than before; whether it was so in time."""
    address = np.uintp(number.ctypes.data)
    for i in range(patience):
        if load(address) != before:
            for _ in range(GRACE):  # meanwhile the other one lets go of the interpreter's lock:
                pause()  # who finds it taken falls asleep over it, for 25 µs
            return True
        if i % 64:
            pause()
        else:
            give_way()
    return False
