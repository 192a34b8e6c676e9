#!/usr/bin/env python3
"""Reference numbers for the cells: PyTorch autograd in float64, one JSON per case in src/cells/fixtures/.

    /usr/bin/python3 bench/peers/fixtures.py            write them
    /usr/bin/python3 bench/peers/fixtures.py --check    compute again and compare with the files (1e-12)

Arrays are {"shape": [...], "data": [...]}, flat and row-major, time-major; T steps, B rows, n units, m inputs, k outputs.

    name, generator, seed, time T, batch B
    input          {"kind": "symbols", "classes": m} or {"kind": "dense", "features": m}
    output         {"loss": "cross-entropy" | "mean-squared-error", "size": k, "at": "every-step" | "last-step"}
    initialState   "zero" | "learned" (a parameter [n], the same for all rows) | "given" ([B x n], in `given`)
    layers         [{"cell", "options", "units", "inputSize"}], bottom first; layer l > 0 reads the output of layer l-1
    x              [T x B] integers or [T x B x m];      targets  classes [T x B] or [B]; regression [(T x) B x k]
    mask           null or [T x B] of 0 and 1: where 0, the row keeps its states and its loss is not counted
    constants      "layerL.D" [n], the signs of scornn
    parameters     "layerL.NAME" and "head.V" [n x k], "head.c" [k]; also learned "layerL.h0", "layerL.c0" [n], …
    given          "layerL.h0", "layerL.c0", … [B x n]
    loss           the number;  gradients  of the loss, for every name in `parameters`
    inputGradients of the loss, for "x" where it is dense and for every name in `given`
    states         "layerL.h" (and "layerL.c"; y, z of cornn) [T x B x n], after each step, with masked rows carried
    weights        "layerL.W" made from theta [n x n];  weightGradients  dL/dW, summed over time
    logits         h V + c of the top layer's output h: [T x B x k] at every step (masked ones too), [B x k] at the last

The last step is t = T - 1: with a mask, its h is the carried one of each row. cross-entropy is the mean of -log softmax
over the valid (step, row) pairs, or over rows; mean-squared-error the mean over those and over the k outputs.
Parameters of a layer (equations: fixture_cells.py); a bias sits once, on the input projection:

    rnn, irnn   U [m x n], b [n], W [n x n]                options {"activation": "tanh" | "relu", "initial"?}
    lstm        U_g, b_g, W_g for g = i f g o, V_o [n x n] options {"peephole": bool}
    gru         U_g, b_g, W_g for g = r z c, d_c [n]       options {"reset": "before" | "after"}
    scornn      U [m x n], b [n] of modReLU, theta [n(n-1)/2] = strict upper triangle of A, by rows
                                                           options {"negativeOnes": number of -1 in D, the last ones}
    indrnn      U [m x n], b [n], u [n]                    options {"activation": "tanh" | "relu"}
    cornn       U [m x n], b [n], W, V [n x n]             options {"dt", "gamma", "epsilon"}
    antisymmetric  U [m x n], b [n], theta, U_z, b_z       options {"epsilon", "gamma", "gated"?}
    lipschitz   U [m x n], b [n], theta_A, theta_W [n n]   options {"epsilon", "beta", "gamma"}
    exprnn, dtriv  U [m x n], b [n], theta, as scornn      options {}
    ornn        U [m x n], b [n], theta                    options {"reflections": m}
    mingru      U_g, b_g for g = z h                       options {"positive": bool}
    minlstm     U_g, b_g for g = f i h                     options {"positive": bool}
"""
import argparse
import json
import math
import pathlib
import sys

import torch

from fixture_cells import CELLS, FORGET, IDENTITY, SMALL, UNIT, scaled_cayley, unroll
from fixture_checks import check_against_module, check_cayley, check_variants

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src" / "cells" / "fixtures"
CHECK_TOLERANCE = 1e-12


EVERY, LAST = "every-step", "last-step"
TANH, RELU = "tanh", "relu"
LEARNED, GIVEN = {"initial": "learned"}, {"initial": "given"}


def dense(features):
    return {"kind": "dense", "features": features}


def symbols(classes):
    return {"kind": "symbols", "classes": classes}


def classify(size, at=EVERY):
    return {"loss": "cross-entropy", "size": size, "at": at}


def regress(size, at=LAST):
    return {"loss": "mean-squared-error", "size": size, "at": at}


def rnn(units, activation):
    return {"cell": "rnn", "options": {"activation": activation}, "units": units}


def irnn(units):
    return {"cell": "irnn", "options": {"activation": RELU, "initial": "identity"}, "units": units}


def lstm(units, peephole=False):
    return {"cell": "lstm", "options": {"peephole": peephole}, "units": units}


def gru(units, reset):
    return {"cell": "gru", "options": {"reset": reset}, "units": units}


def scornn(units, negative_ones):
    return {"cell": "scornn", "options": {"negativeOnes": negative_ones}, "units": units}


def layer(cell, units, **options):
    return {"cell": cell, "options": options, "units": units}


def cornn(units, dt=0.3, gamma=1.3, epsilon=0.8):
    return layer("cornn", units, dt=dt, gamma=gamma, epsilon=epsilon)


def antisymmetric(units, **options):
    return layer("antisymmetric", units, epsilon=0.4, gamma=0.05, **options)


def lipschitz(units):
    return layer("lipschitz", units, epsilon=0.3, beta=0.7, gamma=0.05)


def tails(*lengths):
    """Mask of variable lengths: row b exists for its first lengths[b] steps."""
    steps = torch.arange(max(lengths)).unsqueeze(1)
    return {"mask": (steps < torch.tensor(lengths)).double()}


def holes(time, batch, *missing):
    mask = torch.ones(time, batch, dtype=torch.float64)
    for t, b in missing:
        mask[t, b] = 0
    return {"mask": mask}


MISSING = [(0, 1), (3, 0), (4, 0), (6, 2), (8, 1)]  # missing (step, row), also the first and the last

# name, time, input, layers, output, more: mask, initial, zeroRows (rows of U set to 0, so that modReLU meets z = 0)
CASES = [
    ("rnn-tanh-adding", 9, dense(2), [rnn(5, TANH)], regress(2), {}),
    ("rnn-tanh-symbols", 7, symbols(6), [rnn(6, TANH)], classify(4), {}),
    ("rnn-tanh-learned-h0", 6, dense(7), [rnn(7, TANH)], classify(5), LEARNED),
    ("rnn-relu-dense", 8, dense(7), [rnn(7, RELU)], classify(5, LAST), {}),
    ("rnn-relu-masked", 9, symbols(5), [rnn(6, RELU)], classify(4), tails(9, 6, 4)),
    ("irnn-adding", 9, dense(2), [irnn(7)], regress(1), {}),
    ("lstm-symbols", 8, symbols(6), [lstm(5)], classify(4), {}),
    ("lstm-masked", 9, dense(2), [lstm(6)], classify(3), tails(5, 9, 7)),
    ("lstm-holes-last", 9, symbols(5), [lstm(5)], classify(4, LAST), holes(9, 3, *MISSING)),
    ("lstm-given-state", 6, dense(7), [lstm(7)], classify(5, LAST), GIVEN),
    ("lstm-peephole", 8, symbols(6), [lstm(6, peephole=True)], classify(4), LEARNED),
    ("lstm-peephole-dense", 7, dense(2), [lstm(5, peephole=True)], regress(2), {}),
    ("gru-reset-before", 8, symbols(6), [gru(6, "before")], classify(4), {}),
    ("gru-reset-before-masked", 9, dense(7), [gru(5, "before")], classify(3), tails(9, 4, 6) | LEARNED),
    ("gru-reset-after", 8, symbols(6), [gru(6, "after")], classify(4), {}),
    ("gru-reset-after-regression", 7, dense(2), [gru(7, "after")], regress(3, EVERY), tails(7, 5, 3)),
    ("scornn-symbols", 9, symbols(6), [scornn(6, 3)], classify(4), {"zeroRows": [0, 1]}),
    ("scornn-dense-last", 8, dense(7), [scornn(7, 0)], classify(5, LAST), {}),
    ("scornn-adding", 9, dense(2), [scornn(5, 2)], regress(1), LEARNED),
    ("scornn-masked", 9, symbols(5), [scornn(7, 7)], classify(3), tails(6, 9, 5)),
    ("stack-rnn-lstm", 7, dense(2), [rnn(6, TANH), lstm(5)], classify(4), {}),
    ("stack-masked", 8, symbols(5), [scornn(6, 2), gru(5, "after")], classify(3), tails(8, 5, 6) | GIVEN),
    ("indrnn-relu", 9, symbols(5), [layer("indrnn", 6, activation=RELU)], classify(3), tails(9, 5, 7)),
    ("indrnn-tanh", 7, dense(2), [layer("indrnn", 5, activation=TANH)], regress(2), LEARNED),
    ("cornn-symbols", 8, symbols(5), [cornn(5)], classify(3), tails(6, 8, 5) | LEARNED),
    ("cornn-dense", 9, dense(2), [cornn(6)], regress(2, EVERY), {}),
    ("antisymmetric", 8, symbols(5), [antisymmetric(6)], classify(3), tails(8, 4, 6) | LEARNED),
    ("antisymmetric-gated", 8, dense(2), [antisymmetric(5, gated=True)], regress(2), {}),
    ("lipschitz", 8, dense(2), [lipschitz(5)], classify(3), tails(5, 8, 6) | LEARNED),
    ("mingru", 8, symbols(5), [layer("mingru", 5, positive=False)], classify(3), tails(8, 5, 6)),
    ("mingru-positive", 8, dense(2), [layer("mingru", 6, positive=True)], regress(2), LEARNED),
    ("minlstm", 8, dense(7), [layer("minlstm", 5, positive=False)], classify(3), tails(6, 8, 4) | LEARNED),
    ("minlstm-positive", 7, symbols(5), [layer("minlstm", 5, positive=True)], regress(2), {}),
    ("stack-cornn-mingru", 7, dense(2), [cornn(5), layer("mingru", 5, positive=False)], classify(3), {}),
    ("exprnn", 8, symbols(5), [layer("exprnn", 6)], classify(3), tails(8, 5, 6)),
    ("dtriv-first-base", 7, dense(2), [layer("dtriv", 5)], regress(2), LEARNED),
    ("ornn", 8, symbols(5), [layer("ornn", 6, reflections=3)], classify(3), tails(5, 8, 6) | LEARNED),
    ("ornn-full", 7, dense(2), [layer("ornn", 5, reflections=5)], regress(2), {}),
]


def draw_parameters(shapes, marks, units):
    drawn = {}
    for name, shape in shapes.items():
        mark, value = marks.get(name), torch.randn(shape, dtype=torch.float64) / math.sqrt(units)
        marked = {IDENTITY: lambda: torch.eye(units).double(), FORGET: lambda: 1 + value, SMALL: lambda: value / 4,
                  UNIT: lambda: torch.rand(shape, dtype=torch.float64)}
        drawn[name] = marked[mark]() if mark else value
    return drawn


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
        cell, n = CELLS[spec["cell"]], spec["units"]
        spec["inputSize"] = size if l == 0 else layers[l - 1]["units"]
        drawn = draw_parameters(*cell.parameters(spec["inputSize"], n, spec["options"]), n)
        if "zeroRows" in more:
            drawn["U"][more["zeroRows"]] = 0
        if "negativeOnes" in spec["options"]:
            negative = spec["options"]["negativeOnes"]
            constants[f"layer{l}.D"] = torch.cat([torch.ones(n - negative), -torch.ones(negative)]).double()
        parameters |= {f"layer{l}.{k}": v for k, v in drawn.items()}
        for state in cell.states if initial != "zero" else []:
            into, sizes = (parameters, (n,)) if initial == "learned" else (given, (batch, n))
            into[f"layer{l}.{state}0"] = 0.5 * torch.randn(sizes, dtype=torch.float64)
    top = layers[-1]["units"]
    parameters["head.V"] = torch.randn(top, output["size"], dtype=torch.float64) / math.sqrt(top)
    parameters["head.c"] = 0.1 * torch.randn(output["size"], dtype=torch.float64)
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
    states, weights = {}, {}
    signal = x
    for l, spec in enumerate(case["layers"]):
        cell, prefix = CELLS[spec["cell"]], f"layer{l}."
        p = {k.removeprefix(prefix): v for k, v in leaves.items() if k.startswith(prefix)}
        D = case["constants"].get(f"{prefix}D")
        for name in [name for name in p if name.startswith("theta")]:
            map_name = name.removeprefix("theta_") if "_" in name else "W"
            W = scaled_cayley(p[name], D) if D is not None else cell.weight(p[name], spec["units"], spec["options"])
            W.retain_grad()
            p[map_name] = weights[f"{prefix}{map_name}"] = W
        zero = torch.zeros(spec["units"], dtype=torch.float64)
        initial = {s: p.pop(f"{s}0", zero).expand(case["batch"], spec["units"]) for s in cell.states}
        layer_states = unroll(cell, spec["options"], p, signal, initial, mask)
        compared = check_against_module(f"{case['name']} layer {l}", spec, p, signal, initial, mask, layer_states)
        print(f"  layer {l} {spec['cell']:13}{'= torch.nn' if compared else ''}")
        states |= {prefix + k: v for k, v in layer_states.items()}
        signal = layer_states[cell.states[0]]
    hidden = signal if output["at"] == EVERY else signal[-1]
    logits = hidden @ leaves["head.V"] + leaves["head.c"]
    loss = mean_loss(logits, case["targets"], output, mask)
    loss.backward()
    for key, W in weights.items():
        if key.replace("W", "D") not in case["constants"]:
            continue
        theta, D = leaves[key.replace("W", "theta")], case["constants"][key.replace("W", "D")]
        check_cayley(f"{case['name']} {key}", theta, D, W)
    gradients = {k: v.grad for k, v in leaves.items()}
    return case | {
        "loss": loss.item(), "gradients": {k: gradients[k] for k in case["parameters"]},
        "inputGradients": {k: gradients[k] for k in leaves if k not in case["parameters"]},
        "states": states, "weights": weights, "logits": logits,
        "weightGradients": {k: W.grad for k, W in weights.items()},
    }


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
