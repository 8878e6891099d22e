"""Memory that is let go is not given back to the system between two steps."""

import ctypes
import platform
import subprocess
import sys

import pytest

from pellucid.autograd import _heap

PROGRAM = """
import resource
import numpy as np
import pellucid
from pellucid import nn
from pellucid.autograd._heap import keep_free_memory

x = pellucid.ones(3)
print(keep_free_memory.cache_info().misses)
%s

def steps(n):
    for _ in range(n):
        kept = [np.empty(5_000_000, np.float32) for _ in range(4)]
        for x in kept:
            x[:] = 1

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

steps(3)
before = faults()
steps(10)
print(faults() - before)
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries have their own way"
)
@pytest.mark.parametrize("begin", ["x.requires_grad_().sum().backward()", "nn.Linear(1, 1)"])
def test_the_arrays_of_a_step_take_the_pages_of_the_step_before(begin):
    made = subprocess.run(
        [sys.executable, "-c", PROGRAM % begin], capture_output=True, text=True, check=True
    )
    set_by_import, faults = map(int, made.stdout.split())
    assert set_by_import == 0  # the allocator is the program's until it trains, or makes a net
    assert faults < 1000  # of 10 times 20,000


def test_a_c_library_without_such_settings_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    _heap.keep_free_memory.__wrapped__()
