#!/usr/bin/env python3
"""Reference numbers for the cells: PyTorch autograd in float64, one JSON per case in src/cells/fixtures/.

    /usr/bin/python3 bench/peers/fixtures.py            write them
    /usr/bin/python3 bench/peers/fixtures.py --check    compute again and compare with the files (1e-12)

Arrays are {"shape": [...], "data": [...]}, flat and row-major, time-major; T steps, B rows, n units, m inputs, k outputs.

    name, generator, seed, time T, batch B
    input          {"kind": "symbols", "classes": m} or {"kind": "dense", "features": m}
    output         {"loss": "cross-entropy" | "mean-squared-error", "size": k, "at": "every-step" | "last-step"}
    initialState   "zero" | "learned" (a parameter [n], the same for all rows) | "given" ([B x n], in `given`)
    layers         [{"cell", "options", "units", "inputSize", "structure"?}], bottom first; layer l > 0 reads the output of
                   layer l-1, of a complex one [Re h; Im h]; a structure is the one of all its recurrent maps
    x              [T x B] integers or [T x B x m];      targets  classes [T x B] or [B]; regression [(T x) B x k]
    mask           null or [T x B] of 0 and 1: where 0, the row keeps its states and its loss is not counted
    constants      "layers.L.D" [n], the signs of a scaled Cayley transform; "layers.L.permutation" [n] (unit j reads unit
                   permutation[j]); "layers.L.pattern" [n x k] (unit j reads the units pattern[j])
    parameters     "layers.L.NAME", learned initial states "layers.L.STATE.initial" [n], "head.weight" and "head.bias" [k]
    given          "layers.L.STATE" [B x n]
    loss           the number, without the penalty
    penalty        only where a cell has one
    gradients      of loss + penalty, for every name in `parameters`
    inputGradients of the loss, for "x" where it is dense and for every name in `given`
    states         "layers.L.STATE" [T x B x n], after each step, with masked rows carried
    weights        "layers.L.W" [n x n] made from "layers.L.W.theta";  weightGradients  dL/dW, summed over time
    logits         h V + c of the top layer's output h: [T x B x k] at every step (masked ones too), [B x k] at the last

All names of parameters and states are stiefel's own.
The last step is t = T - 1: with a mask, its h is the carried one of each row. cross-entropy is the mean of -log softmax
over the valid (step, row) pairs, or over rows; mean-squared-error the mean over those and over the k outputs.
Parameters, equations and options of a layer: fixture_cells.py (real cells), fixture_complex.py (complex cells, GORU, LRU)
and fixture_structures.py; the cases: fixture_cases.py. In short, with the input matrix U = "x.weight" [m x n]:

    rnn, irnn      x, W                     options {"activation": "tanh" | "relu", "initial"?}
    lstm           x_g, W_g, g = i f g o    options {"peephole": bool}: a full matrix Vo
    gru            x_g, W_g, g = r z c; dc  options {"reset": "before" | "after"}
    scornn         x.weight, b, W.theta     options {"negativeOnes": number of -1 in D, the last ones}
    indrnn         x, u                     options {"activation": "tanh" | "relu"}
    cornn          x, W, V                  options {"dt", "gamma", "epsilon"}
    antisymmetric  x, W.theta; a gate xz    options {"epsilon", "gamma", "gated"?}
    lipschitz      x, A.theta, W.theta      options {"epsilon", "beta", "gamma"}
    exprnn, dtriv  x.weight, b, W.theta     options {}
    ornn           x, W.theta               options {"reflections": m}
    mingru         xz, xh                   options {"positive": bool}
    minlstm        xf, xi, xh               options {"positive": bool}
"""
import argparse
import json
import math
import pathlib
import sys

import torch

from fixture_cases import CASES, EVERY, LAST
from fixture_cells import (
    ANGLE, FORGET, IDENTITY, LOGARITHM, REAL_CELLS, SMALL, UNIT, UNITARY, signs, unroll,
)
from fixture_checks import check_against_module, check_cayley, check_unitary_cells, check_variants
from fixture_complex import COMPLEX_CELLS, PERMUTATIONS
from fixture_structures import constants_of, full_matrix, weight_shape

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src" / "cells" / "fixtures"
CHECK_TOLERANCE = 1e-12
CELLS = REAL_CELLS | COMPLEX_CELLS


def draw_parameters(shapes, marks, units):
    drawn = {}
    for name, shape in shapes.items():
        mark, value = marks.get(name), torch.randn(shape, dtype=torch.float64) / math.sqrt(units)
        marked = {IDENTITY: lambda: torch.eye(units).double(), FORGET: lambda: 1 + value, SMALL: lambda: value / 4,
                  UNIT: lambda: uniform(shape, 0, 1), ANGLE: lambda: uniform(shape, -math.pi, math.pi),
                  LOGARITHM: lambda: uniform(shape, 0.05, 1).log(), UNITARY: lambda: unitary(value)}
        drawn[name] = marked[mark]() if mark else value
    return drawn


def uniform(shape, low, high):
    return low + (high - low) * torch.rand(shape, dtype=torch.float64)


def unitary(gaussian):
    Q = torch.linalg.qr(torch.complex(*gaussian)).Q
    return torch.stack([Q.real, Q.imag])


def shapes_of(spec):
    """Shapes and marks of a layer's parameters; with a structure, its matrices [n x n] have the shapes of that."""
    n, structure = spec["units"], spec.get("structure")
    shapes, marks = CELLS[spec["cell"]].parameters(spec["inputSize"], n, spec["options"])
    if structure:
        shapes = {k: weight_shape(structure, n) if is_map(k, v, n) else v for k, v in shapes.items()}
    return shapes, marks


def is_map(name, shape, n):
    return tuple(shape) == (n, n) and not name.endswith(".weight")


def outputs_of(cell):
    """The states that the layer above reads: the first, or both parts of a complex one."""
    return getattr(cell, "outputs", cell.states[:1])


def draw(case, seed, batch=3):
    """The case with all its numbers, before any result. `time` 6 to 9, `batch` 3, units 5 to 7."""
    name, time, given_input, layers, output, more = case
    torch.manual_seed(seed)
    size = given_input.get("classes") or given_input["features"]
    shape = (time, batch)
    discrete = given_input["kind"] == "symbols"
    x = torch.randint(size, shape) if discrete else torch.randn(*shape, size, dtype=torch.float64)
    if more.get("zeroRows"):
        x[0, 0] = more["zeroRows"][0]
    where = shape if output["at"] == EVERY else (batch,)
    if output["loss"] == "cross-entropy":
        targets = torch.randint(output["size"], where)
    else:
        targets = torch.randn(*where, output["size"], dtype=torch.float64)
    initial = more.get("initial", "zero")
    parameters, given, constants = {}, {}, {}
    layers = [dict(spec) for spec in layers]
    for l, spec in enumerate(layers):
        cell, n, prefix = CELLS[spec["cell"]], spec["units"], f"layers.{l}."
        spec["inputSize"] = size
        drawn = draw_parameters(*shapes_of(spec), n)
        for k in drawn if more.get("zeroRows") else []:
            if k.endswith(".weight"):
                drawn[k][more["zeroRows"]] = 0
        D = signs(n, spec["options"])
        if D is not None:
            constants[f"{prefix}D"] = D
        if spec["cell"] == "urnn":
            constants[f"{prefix}permutation"] = torch.tensor(PERMUTATIONS[n])
        constants |= {prefix + k: v for k, v in constants_of(spec.get("structure", {"name": "dense"}), n).items()}
        parameters |= {prefix + k: v for k, v in drawn.items()}
        for state in cell.states if initial != "zero" else []:
            learned = initial == "learned"
            into, name_of, sizes = (parameters, ".initial", (n,)) if learned else (given, "", (batch, n))
            into[f"{prefix}{state}{name_of}"] = 0.5 * torch.randn(sizes, dtype=torch.float64)
        size = n * len(outputs_of(cell))
    parameters["head.weight"] = torch.randn(size, output["size"], dtype=torch.float64) / math.sqrt(size)
    parameters["head.bias"] = 0.1 * torch.randn(output["size"], dtype=torch.float64)
    return {
        "name": name, "generator": f"bench/peers/fixtures.py, PyTorch {torch.__version__}, float64", "seed": seed,
        "time": time, "batch": batch, "input": given_input, "output": output, "initialState": initial, "layers": layers,
        "x": x, "targets": targets, "mask": more.get("mask"), "constants": constants, "parameters": parameters,
        "given": given,
    }


def solve(case):
    """Adds loss, states, logits and gradients to a drawn case, and holds them against the independent checks."""
    x, mask, output = case["x"], case["mask"], case["output"]
    leaves = {k: v.clone().requires_grad_() for k, v in (case["parameters"] | case["given"]).items()}
    if x.dtype != torch.int64:
        x = leaves["x"] = x.clone().requires_grad_()
    states, weights, penalties = {}, {}, []
    signal = x
    for l, spec in enumerate(case["layers"]):
        cell, prefix, options = CELLS[spec["cell"]], f"layers.{l}.", spec["options"]
        p = {k.removeprefix(prefix): v for k, v in leaves.items() if k.startswith(prefix)}
        thetas = [k for k in p if k.endswith(".theta")] if hasattr(cell, "weight") else []
        for name in (k.removesuffix(".theta") for k in thetas):
            p[name] = weights[prefix + name] = cell.weight(p[f"{name}.theta"], spec["units"], options)
            p[name].retain_grad()
        zero = torch.zeros(spec["units"], dtype=torch.float64)
        initial = {s: p.pop(f"{s}.initial", p.pop(s, zero)).expand(case["batch"], spec["units"]) for s in cell.states}
        if "structure" in spec:
            p |= full_matrices(spec, p)
        if hasattr(cell, "penalty"):
            penalties.append(cell.penalty(p, options))
        layer_states = unroll(cell, options, p, signal, initial, mask)
        compared = check_against_module(f"{case['name']} layer {l}", cell, spec, p, signal, initial, mask, layer_states)
        print(f"  layer {l} {spec['cell']:13}{'= torch.nn' if compared else ''}")
        states |= {prefix + k: v for k, v in layer_states.items()}
        signal = torch.cat([layer_states[s] for s in outputs_of(cell)], -1)
    hidden = signal if output["at"] == EVERY else signal[-1]
    logits = hidden @ leaves["head.weight"] + leaves["head.bias"]
    loss = mean_loss(logits, case["targets"], output, mask)
    (loss + sum(penalties)).backward()
    for key, W in weights.items():
        D = case["constants"].get(key[: key.rindex(".")] + ".D")
        if D is not None:
            check_cayley(f"{case['name']} {key}", leaves[f"{key}.theta"], D, W)
    gradients = {k: torch.zeros_like(v) if v.grad is None else v.grad for k, v in leaves.items()}
    penalty = {"penalty": sum(p.item() for p in penalties)} if penalties else {}
    return case | {"loss": loss.item()} | penalty | {
        "gradients": {k: gradients[k] for k in case["parameters"]},
        "inputGradients": {k: gradients[k] for k in leaves if k not in case["parameters"]},
        "states": states, "weights": weights, "logits": logits,
        "weightGradients": {k: W.grad for k, W in weights.items()},
    }


def full_matrices(spec, p):
    """The matrices [n x n] of a layer's structured maps."""
    n = spec["units"]
    shapes = CELLS[spec["cell"]].parameters(spec["inputSize"], n, spec["options"])[0]
    return {k: full_matrix(spec["structure"], p[k], n) for k, shape in shapes.items() if is_map(k, shape, n)}


def mean_loss(logits, targets, output, mask):
    if output["loss"] == "cross-entropy":
        per_row = torch.logsumexp(logits, -1) - logits.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    else:
        per_row = ((logits - targets) ** 2).mean(-1)
    if mask is None or output["at"] == LAST:
        return per_row.mean()
    return (per_row * mask).sum() / mask.sum()


def plain(value):
    """Tensors as shape and flat data, at any depth."""
    if isinstance(value, torch.Tensor):
        return {"shape": list(value.shape), "data": value.detach().reshape(-1).tolist()}
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value


def write(path, fixture):
    """One array a line: small files and readable diffs."""

    def text(value, indent):
        if isinstance(value, dict) and value and "data" not in value and indent < 3:
            inner = ",\n".join(f"{'  ' * indent}{json.dumps(k)}: {text(v, indent + 1)}" for k, v in value.items())
            return "{\n" + inner + "\n" + "  " * (indent - 1) + "}"
        return json.dumps(value, separators=(",", ":"))

    path.write_text(text(fixture, 1) + "\n")


def difference(a, b, where=""):
    """Largest difference of two fixtures; infinite where anything but a float differs."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return max((difference(a[k], b[k], f"{where}.{k}") for k in a if k != "generator"), default=0)
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return max((difference(p, q, where) for p, q in zip(a, b)), default=0)
    if isinstance(a, float) and isinstance(b, (float, int)):
        return abs(a - b)
    return 0 if a == b else math.inf


def main():
    arguments = argparse.ArgumentParser(description="write or check the PyTorch fixtures of the cells")
    arguments.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    check = arguments.parse_args().check
    torch.set_num_threads(1)
    check_variants()
    check_unitary_cells()
    failed = 0
    for seed, case in enumerate(CASES, start=1):
        path = FOLDER / f"{case[0]}.json"
        print(path.name)
        fixture = plain(solve(draw(case, seed)))
        if check:
            kept = json.loads(path.read_text()) if path.exists() else None
            worst = difference(kept, json.loads(json.dumps(fixture)))
            failed += worst > CHECK_TOLERANCE
            print(f"  difference {worst:.1e}")
        else:
            FOLDER.mkdir(parents=True, exist_ok=True)
            write(path, fixture)
            print(f"  {path.stat().st_size / 1000:.0f} kB")
    sys.exit(f"{failed} fixtures differ" if failed else 0)


if __name__ == "__main__":
    main()
