#!/usr/bin/env python3
"""Reference trajectories for the optimisers: torch.optim in float64, one JSON per optimiser in src/optim/fixtures/.

    /usr/bin/python3 bench/peers/fixtures_optim.py            write them
    /usr/bin/python3 bench/peers/fixtures_optim.py --check    compute again and compare with the files (1e-12)

    generator    what wrote the file
    initial      [n] parameters before the first step
    gradients    [steps x n]; one parameter's gradient is always 0, another's only sometimes, one's is tiny, one's is huge
    rates        [steps] learning rate of each step (it changes on the way, which tells conventions of momentum apart)
    cases        [{"options": camelCase options of this project, "trajectory": [steps x n] parameters after each step}]

clipping.json: {"gradients": two arrays, "cases": [{"max", "norm", "clipped"}]} of torch.nn.utils.clip_grad_norm_.
"""
import argparse
import json
import pathlib
import sys

import torch

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src" / "optim" / "fixtures"
GENERATOR = "bench/peers/fixtures_optim.py, PyTorch " + torch.__version__
TOLERANCE = 1e-12
STEPS, LENGTH = 40, 6
RENAMED = {
    "weightDecay": "weight_decay",
    "epsilon": "eps",
    "decay": "alpha",
    "lrDecay": "lr_decay",
    "initialAccumulator": "initial_accumulator_value",
}

CASES = {
    "sgd": (
        torch.optim.SGD,
        0.1,
        [
            {},
            {"weightDecay": 0.01},
            {"momentum": 0.9},
            {"momentum": 0.9, "dampening": 0.3, "weightDecay": 0.01},
            {"momentum": 0.9, "nesterov": True, "weightDecay": 0.01},
        ],
    ),
    "rmsprop": (
        torch.optim.RMSprop,
        0.01,
        [
            {},
            {"decay": 0.9, "epsilon": 1e-3},
            {"momentum": 0.5},
            {"centered": True},
            {"momentum": 0.9, "centered": True, "weightDecay": 0.01, "decay": 0.95},
        ],
    ),
    "adam": (
        torch.optim.Adam,
        0.01,
        [{}, {"beta1": 0.5, "beta2": 0.9, "epsilon": 1e-4}, {"weightDecay": 0.01}, {"amsgrad": True, "beta2": 0.9}],
    ),
    "adamw": (torch.optim.AdamW, 0.01, [{}, {"weightDecay": 0.1}, {"weightDecay": 0}, {"amsgrad": True, "beta2": 0.9}]),
    "adagrad": (
        torch.optim.Adagrad,
        0.05,
        [{}, {"initialAccumulator": 0.1}, {"lrDecay": 0.05, "weightDecay": 0.01, "epsilon": 1e-6}],
    ),
}


def torch_options(options):
    translated = {RENAMED.get(key, key): value for key, value in options.items() if not key.startswith("beta")}
    if "beta1" in options or "beta2" in options:
        translated["betas"] = (options.get("beta1", 0.9), options.get("beta2", 0.999))
    return translated


def problem(lr):
    generator = torch.Generator().manual_seed(5544)
    initial = torch.randn(LENGTH, generator=generator, dtype=torch.float64)
    gradients = torch.randn(STEPS, LENGTH, generator=generator, dtype=torch.float64)
    gradients[:, 0] = 0
    gradients[::3, 1] = 0
    gradients[:, 2] *= 1e-9
    gradients[:, 3] *= 1e6
    rates = [lr if step < 15 else 0.3 * lr for step in range(STEPS)]
    return initial, gradients, rates


def trajectory(optimizer_class, options, initial, gradients, rates):
    parameters = torch.nn.Parameter(initial.clone())
    optimizer = optimizer_class([parameters], lr=rates[0], **torch_options(options))
    visited = []
    for gradient, rate in zip(gradients, rates):
        optimizer.param_groups[0]["lr"] = rate
        parameters.grad = gradient.clone()
        optimizer.step()
        visited.append(parameters.detach().tolist())
    return visited


def optimizer_fixture(name):
    optimizer_class, lr, cases = CASES[name]
    initial, gradients, rates = problem(lr)
    return {
        "generator": GENERATOR,
        "initial": initial.tolist(),
        "gradients": gradients.tolist(),
        "rates": rates,
        "cases": [
            {"options": options, "trajectory": trajectory(optimizer_class, options, initial, gradients, rates)}
            for options in cases
        ],
    }


def clipping_fixture():
    generator = torch.Generator().manual_seed(5544)
    gradients = [torch.randn(length, generator=generator, dtype=torch.float64) for length in (5, 3)]
    cases = []
    for maximum in (0.5, 1.0, 100.0):
        parameters = [torch.nn.Parameter(torch.zeros_like(gradient)) for gradient in gradients]
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = gradient.clone()
        norm = torch.nn.utils.clip_grad_norm_(parameters, maximum).item()
        cases.append({"max": maximum, "norm": norm, "clipped": [parameter.grad.tolist() for parameter in parameters]})
    return {"generator": GENERATOR, "gradients": [gradient.tolist() for gradient in gradients], "cases": cases}


def differs(ours, theirs):
    if isinstance(ours, dict):
        return ours.keys() != theirs.keys() or any(differs(ours[k], theirs[k]) for k in ours if k != "generator")
    if isinstance(ours, list):
        return len(ours) != len(theirs) or any(map(differs, ours, theirs))
    if isinstance(ours, float):
        return abs(ours - theirs) > TOLERANCE * max(1, abs(ours))
    return ours != theirs


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    fixtures = {name: optimizer_fixture(name) for name in CASES} | {"clipping": clipping_fixture()}
    FOLDER.mkdir(exist_ok=True)
    for name, fixture in fixtures.items():
        file = FOLDER / f"{name}.json"
        if not check:
            file.write_text(json.dumps(fixture) + "\n")
        elif differs(fixture, json.loads(file.read_text())):
            sys.exit(f"{file.name} differs from what PyTorch {torch.__version__} computes now")
    print(f"{len(fixtures)} files {'agree' if check else 'written'}")


main()
