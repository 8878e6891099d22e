"""``kernel``: compile a function to machine code once per user, source and dtype.

A kernel runs without the interpreter's lock, so that blocks of rows share the cores through the
crew of ``pellucid.reduction``.  It may call kernels of its own folder and of ``pellucid._math``,
``_atomic`` and ``_team``; the folder of its compiled code is named by a hash of all those files,
because Numba notices an edit of the kernel's own file alone.
"""

import contextlib
import functools
import hashlib
import inspect
import os
import sys
from pathlib import Path

import numba
from numba import types
from numba.core import event


def _user_cache() -> Path:
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")
    return Path(root) / "pellucid" / "kernels"


@functools.cache  # a folder has up to a hundred kernels, made one after the other
def _digest(folder: Path) -> str:
    shared = [Path(__file__).with_name(name) for name in ("_math.py", "_atomic.py", "_team.py")]
    source = b"".join(file.read_bytes() for file in [*sorted(folder.glob("*.py")), *shared])
    return hashlib.sha256(source).hexdigest()[:16]


def kernel(function=None, /, *, borrows=False, inner=False, **options):
    """Decorate a function of scalars and C-ordered arrays: compiled, cached, free of the lock.

    One that ``borrows`` makes no arrays and returns none, so that no references to them are
    counted: that was a fifth of the time of a function called for ten examples at a time.  An
    ``inner`` one is called by kernels alone: it has no door to Python (to make those of functions
    of large tuples takes as long as all else), and is kept on disk as a part of its callers.
    Other ``options`` go to ``numba.njit``: ``fastmath`` only where a reordered sum cannot hurt.
    """
    if function is None:
        return lambda f: kernel(f, borrows=borrows, inner=inner, **options)
    options["_nrt"] = not borrows  # said either way, or the caller's is taken
    if inner:
        options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    saved = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_user_cache() / _digest(Path(inspect.getfile(function)).parent))
    try:
        return _once_a_type(numba.njit(nogil=True, cache=not inner, **options)(function))
    finally:
        numba.config.CACHE_DIR = saved


def _once_a_type(compiled):
    """Let kernels that are called with a constant not be compiled anew for each constant."""
    if numba.config.DISABLE_JIT:  # then this is the function itself
        return compiled
    template = compiled.get_call_template
    compiled.get_call_template = lambda args, named: template(
        tuple(map(types.unliteral, args)),
        {name: types.unliteral(kind) for name, kind in named.items()},
    )
    return compiled


class _Depth(event.Listener):
    """Calls ``begin`` when the first of nested compilations starts, and ``end`` after the last."""

    def __init__(self, begin, end):
        self.begin, self.end, self.depth = begin, end, 0

    def on_start(self, _):
        self.depth += 1
        if self.depth == 1:
            self.begin()

    def on_end(self, _):
        self.depth -= 1
        if self.depth == 0:
            self.end()


@contextlib.contextmanager
def watch_compiling(begin, end):
    """Call ``begin()`` whenever Numba starts to compile something, and ``end()`` when it has."""
    with event.install_listener("numba:compile", _Depth(begin, end)):
        yield
