#!/usr/bin/env python3
"""Hard matrices with LAPACK's answers in float64, for src/linalg/fixtures/.

    /usr/bin/python3 bench/peers/fixtures_linalg.py            write them
    /usr/bin/python3 bench/peers/fixtures_linalg.py --check    compute again and compare with the files

spectra.json: {"generator", "cases": [...]} with

    name, rows, columns
    re, im           the matrix, row-major; im is missing when it is real
    singularValues   descending
    eigenvalues      {re, im}, sorted by real, then imaginary part; square matrices only
    conditions       1/|y^H x| of each eigenvalue, with unit left and right eigenvectors

pseudospectrum.json: {"generator", "cases": [{name, n, re, im, sigmaMin}]}: the smallest singular value of zI - A by LAPACK's
SVD at the points of a grid, for A = grcar(n); sigmaMin is [im x re].

Grcar, Kahan and Demmel are the matrices of Trefethen and Embree, "Spectra and Pseudospectra" (2005).
"""
import argparse
import json
import pathlib
import sys

import numpy as np
import scipy
import scipy.linalg as sl

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src" / "linalg" / "fixtures"
GENERATOR = f"bench/peers/fixtures_linalg.py, NumPy {np.__version__}, SciPy {scipy.__version__}"


def grcar(n):
    return sum(np.diag(np.ones(n - k), k) for k in range(4)) - np.diag(np.ones(n - 1), -1)


def kahan(n):
    s = 0.1 ** (1 / (n - 1))
    c = np.sqrt(1 - s * s)
    return np.diag(s ** np.arange(n)) @ (np.eye(n) - c * np.triu(np.ones((n, n)), 1))


def demmel(n, size=1e4):
    b = size ** (1 / (n - 1))
    return -sl.toeplitz(np.eye(n)[0], b ** np.arange(n))


def orthogonal(n, random):
    return np.linalg.qr(random.standard_normal((n, n)))[0]


def jordan(n, random):
    q = orthogonal(n, random)
    return q @ (0.5 * np.eye(n) + np.diag(np.ones(n - 1), 1)) @ q.T


def graded(n, random):
    d = np.diag(10.0 ** -np.arange(n))
    return d @ random.standard_normal((n, n)) @ d


def complex_normal(random, *shape):
    return random.standard_normal(shape) + 1j * random.standard_normal(shape)


def matrices():
    random = np.random.Generator(np.random.PCG64(5544))
    return {
        "grcar20": grcar(20),
        "grcar50": grcar(50),
        "kahan20": kahan(20),
        "demmel6": demmel(6),
        "companion": sl.companion(np.poly(np.arange(1, 9))),
        "jordan": jordan(6, random),
        "gaussian": random.standard_normal((24, 24)) / np.sqrt(24),
        "orthogonal": orthogonal(15, random),
        "cyclic": np.roll(np.eye(8), 1, axis=0),
        "graded": graded(9, random),
        "rank7": random.standard_normal((12, 7)) @ random.standard_normal((7, 12)),
        "complexGaussian": complex_normal(random, 18, 18) / np.sqrt(36),
        "unitary": np.linalg.qr(complex_normal(random, 10, 10))[0],
        "complexGraded": graded(7, random) * (1 + 0.5j) + 1j * graded(7, random),
        "tall": random.standard_normal((21, 8)),
        "wideComplex": complex_normal(random, 6, 13),
    }


def parts(values):
    return {"re": np.real(values).ravel().tolist(), "im": np.imag(values).ravel().tolist()}


def case(name, a):
    rows, columns = a.shape
    fixture = {"name": name, "rows": rows, "columns": columns, **parts(a)}
    if not np.iscomplexobj(a):
        del fixture["im"]
    fixture["singularValues"] = sl.svdvals(a).tolist()
    if rows == columns:
        values, left, right = sl.eig(a, left=True, right=True)
        order = np.lexsort((values.imag, values.real))
        overlap = np.abs(np.sum(left.conj() * right, axis=0))
        fixture["eigenvalues"] = parts(values[order])
        fixture["conditions"] = (1 / overlap[order]).tolist()
    return fixture


def pseudospectrum_case(n):
    a = grcar(n)
    re, im = np.linspace(-1.2, 2.8, 9), np.linspace(-3, 3, 7)
    sigma = [sl.svdvals((x + 1j * y) * np.eye(n) - a)[-1] for y in im for x in re]
    return {"name": f"grcar{n}", "n": n, "re": re.tolist(), "im": im.tolist(), "sigmaMin": sigma}


def fixtures():
    return {
        "spectra": {"generator": GENERATOR, "cases": [case(name, a) for name, a in matrices().items()]},
        "pseudospectrum": {"generator": GENERATOR, "cases": [pseudospectrum_case(n) for n in (32, 60)]},
    }


def differs(ours, theirs):
    """Matrices and singular values only: eigenvalues of these matrices move with the LAPACK that computes them."""
    for mine, other in zip(ours["cases"], theirs["cases"]):
        if mine["name"] != other["name"]:
            return True
        for key in {"re", "singularValues", "sigmaMin"} & mine.keys():
            if not np.allclose(mine[key], other[key], rtol=0, atol=1e-13 * max(map(abs, mine["re"]))):
                return True
    return len(ours["cases"]) != len(theirs["cases"])


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    computed = fixtures()
    FOLDER.mkdir(exist_ok=True)
    for name, fixture in computed.items():
        file = FOLDER / f"{name}.json"
        if not check:
            file.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
        elif differs(fixture, json.loads(file.read_text())):
            sys.exit(f"{file.name} differs from what LAPACK computes now")
    print(f"{len(computed)} files {'agree' if check else 'written'}")


main()
