"""Which BLAS PyTorch's matrix products run on, and the settings without which it is several times slower than it can be.

Debian's PyTorch calls libblas.so.3. Without OpenBLAS that is the reference BLAS, some 30 times slower: reported, not
mended. An OpenBLAS older than the processor falls back to its kernels of 2004 ("Prescott"), some 4 times slower: its
core type is named. The threads of libopenblas0-pthread and of PyTorch's OpenMP spin against each other, 2 to 4 times
slower on 2 cores: OpenMP's wait passively (libopenblas0-openmp shares one pool and needs nothing).
"""
import ctypes
import os
import re
import sys

GENERIC = ("Prescott", "Core2", "Nehalem", "Generic", "Unknown")
PTHREAD = 1  # openblas_get_parallel(): 0 sequential, 1 pthread, 2 OpenMP


def describe(mend=True):
    """Name of the BLAS for the table; with `mend` runs this program again when another environment suits it."""
    path, openblas = loaded_blas()
    name = os.path.basename(os.path.realpath(path))
    if openblas is None:
        return f"{name}: REFERENCE BLAS, slow; install libopenblas0-openmp" if "libblas" in path else name
    openblas.openblas_get_corename.restype = ctypes.c_char_p
    core = openblas.openblas_get_corename().decode()
    better = {}
    if core in GENERIC and best_core():
        better["OPENBLAS_CORETYPE"] = best_core()
    if openblas.openblas_get_parallel() == PTHREAD:
        better["OMP_WAIT_POLICY"] = "passive"
    if mend and not better.keys() <= os.environ.keys():
        os.environ.update(better | os.environ)
        os.execv(sys.executable, [sys.executable, *sys.argv])
    return f"{name} ({core})"


def loaded_blas():
    """Path of the BLAS in this process, and the library itself if it is OpenBLAS."""
    with open("/proc/self/maps") as maps:
        paths = sorted({line.split()[-1] for line in maps if re.search(r"/lib[^/]*(blas|mkl)[^/]*\.so", line)})
    for path in paths:
        if "libopenblas" in path:
            return path, ctypes.CDLL(path)
    return (paths[0] if paths else "built in"), None


def best_core():
    with open("/proc/cpuinfo") as info:
        flags = info.read()
    return "SkylakeX" if "avx512vl" in flags else "Haswell" if "avx2" in flags else None
