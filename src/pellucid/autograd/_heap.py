"""Memory that is let go stays with the program, for the arrays of the next step.

glibc gives the end of the heap back to the system as soon as a few megabytes of it are free, and
takes large arrays from the system one by one.  Both then come back page by page, each by a fault
that takes as long as a thousand sums: half the time of an activation of three million numbers.
A program that goes backward, or makes a Module, asks for this; one that only imports us does not.
"""

import contextlib
import ctypes
import functools

__all__ = ["keep_free_memory"]

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # glibc's numbers for what is set
KEPT = 256 << 20  # bytes free at the end of the heap, before some go back
LARGE = 32 << 20  # bytes of arrays that still come from the system


@functools.cache
def keep_free_memory():
    """Once, and where the C library is glibc; elsewhere nothing is done."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        set_option = ctypes.CDLL(None).mallopt
        set_option(TRIM_THRESHOLD, KEPT)
        set_option(MMAP_THRESHOLD, LARGE)
