#!/usr/bin/env python3
"""The matrix exponential and its derivative: SciPy in float64, for src/linalg/fixtures/.

    /usr/bin/python3 bench/peers/fixtures_exponential.py            write them
    /usr/bin/python3 bench/peers/fixtures_exponential.py --check    compute again and compare with the files (1e-12)

exponential.json    "generator", "cases": [{"name", "n", "a", "direction", "exponential", "frechet"}], matrices row-major:
                    scipy.linalg.expm(a) and scipy.linalg.expm_frechet(a, direction)
"""
import argparse
import json
import pathlib

import numpy as np
import scipy
import scipy.linalg

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src" / "linalg" / "fixtures"
GENERATOR = "bench/peers/fixtures_exponential.py, SciPy " + scipy.__version__
TOLERANCE = 1e-12


def exponential_cases():
    random = np.random.RandomState(1)
    for kind in ("general", "skew", "triangular"):
        for n, norm in ((1, 0.7), (3, 0.01), (4, 0.2), (4, 0.9), (5, 4.0), (5, 20.0)):
            a = random.standard_normal((n, n))
            if kind == "skew":
                a = a - a.T
            if kind == "triangular":
                a = np.triu(a)
            size = np.abs(a).sum(0).max()
            a = a * norm / size if size > 0 else a
            direction = random.standard_normal((n, n))
            exponential, frechet = scipy.linalg.expm_frechet(a, direction)
            assert np.allclose(exponential, scipy.linalg.expm(a), rtol=1e-12, atol=1e-12)
            yield {
                "name": f"{kind}, n = {n}, 1-norm {norm}",
                "n": n,
                "a": a.ravel().tolist(),
                "direction": direction.ravel().tolist(),
                "exponential": scipy.linalg.expm(a).ravel().tolist(),
                "frechet": frechet.ravel().tolist(),
            }


def difference(new, old):
    if isinstance(new, dict):
        return max((difference(new[key], old[key]) for key in new if key != "generator"), default=0)
    if isinstance(new, list):
        assert len(new) == len(old)
        return max((difference(x, y) for x, y in zip(new, old)), default=0)
    if isinstance(new, str):
        assert new == old
        return 0
    return abs(new - old) / max(1, abs(old))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    FOLDER.mkdir(exist_ok=True)
    for name, cases in (("exponential", exponential_cases),):
        content = {"generator": GENERATOR, "cases": list(cases())}
        path = FOLDER / f"{name}.json"
        if check:
            worst = difference(content, json.loads(path.read_text()))
            print(f"{path.name}: largest difference {worst:.1e}")
            assert worst < TOLERANCE
        else:
            path.write_text(json.dumps(content) + "\n")
            print(f"{path.name}: {len(content['cases'])} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
