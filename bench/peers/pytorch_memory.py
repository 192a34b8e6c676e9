"""The C library's memory: kept from step to step, given back between turns when it is much.

By default glibc returns the arrays of each step to the system and has every page faulted in again by the next step, a
fifth of PyTorch's time at (170, 128, 784). The peers of one session share the machine, so a large one gives its memory
back after its turn; the step after that is not timed.
"""
import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
NEVER = 2**31 - 1
LARGE_BYTES = 1 << 30
PAGE_BYTES = 4096

libc = ctypes.CDLL(None)


def keep_memory():
    for parameter in (M_TRIM_THRESHOLD, M_MMAP_THRESHOLD):
        libc.mallopt(parameter, NEVER)


def trim():
    """Gives memory back when this process holds much; true if it did."""
    with open("/proc/self/statm") as statm:
        resident = int(statm.read().split()[1]) * PAGE_BYTES
    if resident < LARGE_BYTES:
        return False
    libc.malloc_trim(0)
    return True
