"""Kernels: compiled, cached by the sources they are made of, and usable where nothing is cached."""

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numba
import numpy as np
import pytest

from pellucid import _compile
from pellucid._compile import kernel


@kernel
def total(a):
    s = a.dtype.type(0)
    for x in a:
        s += x
    return s


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_a_kernel_equals_its_twin(dtype):
    a = np.arange(100).astype(dtype)
    assert total(a) == total.py_func(a) == a.sum()


def test_a_kernel_lets_go_of_the_lock():
    @kernel
    def work(rounds):
        x = np.uint64(1)
        for _ in range(rounds):  # xorshift, which no compiler foresees
            x ^= x << np.uint64(13)
            x ^= x >> np.uint64(7)
            x ^= x << np.uint64(17)
        return x

    work(1)  # compiled
    thread = threading.Thread(target=work, args=(300_000_000,))
    thread.start()
    counted = 0
    while thread.is_alive():  # with the lock held, this thread would sleep to the end
        counted += 1
    assert counted > 10_000


def test_options_go_to_numba():
    fast = kernel(fastmath=True)(lambda a: a + 1)
    assert fast.targetoptions["fastmath"] and fast.targetoptions["nogil"]
    assert kernel(lambda a: a).targetoptions.get("fastmath", False) is False


def test_the_setting_of_numba_is_left_as_it_was():
    before = numba.config.CACHE_DIR
    kernel(lambda a: a)
    assert before == numba.config.CACHE_DIR


SOURCE = """
from pellucid._compile import kernel

@kernel
def f(x):
    return x + 1
"""


@pytest.fixture
def module(tmp_path):
    """A file with a kernel, beside its own copy of pellucid's modules."""
    package = tmp_path / "pellucid"
    package.mkdir()
    (package / "__init__.py").touch()
    for name in ("_compile.py", "_math.py", "_atomic.py", "_team.py"):
        (package / name).write_bytes(Path(_compile.__file__).with_name(name).read_bytes())
    (tmp_path / "mine.py").write_text(SOURCE)

    def run(cache):
        program = """
            from pathlib import Path
            import mine
            print(Path(mine.f._cache._cache_path).parent.name, mine.f(1))
            print(sum(mine.f.stats.cache_hits.values()))
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            env={**os.environ, "PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": str(cache),
                 "LOCALAPPDATA": str(cache), "HOME": str(cache)},
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        first, hits = done.stdout.splitlines()
        assert first.endswith(" 2")
        return first.split()[0], int(hits)

    run.folder = tmp_path
    return run


def test_the_cache_is_used_until_either_source_changes(module, tmp_path):
    cache = tmp_path / "cache"
    folder, hits = module(cache)
    assert hits == 0
    assert module(cache) == (folder, 1)
    for name in ("pellucid/_math.py", "mine.py"):
        with open(module.folder / name, "a") as file:
            file.write("# edited\n")
        edited, hits = module(cache)
        assert (edited != folder) and hits == 0, name
        folder = edited


def test_without_a_folder_to_write_a_kernel_still_runs(module, tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()  # a cache inside a file cannot be made, even by root
    module(blocked)


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/c"}, "/c/pellucid/kernels"),
        ("linux", {}, "/home/me/.cache/pellucid/kernels"),
        ("darwin", {}, "/home/me/Library/Caches/pellucid/kernels"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/pellucid/kernels"),
        ("win32", {}, "/home/me/AppData/Local/pellucid/kernels"),
    ],
)
def test_the_cache_is_where_the_platform_keeps_caches(platform, variables, expected, monkeypatch):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    assert _compile._user_cache().as_posix() == expected
