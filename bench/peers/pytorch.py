#!/usr/bin/env python3
"""PyTorch peer: python3 pytorch.py --variant NAME --threads N; variants in pytorch_models.py, protocol in bench/README.md."""
import argparse
import json
import os
import sys
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("--variant", required=True)
arguments.add_argument("--threads", type=int, required=True)
arguments.add_argument("--as-installed", action="store_true", help="leave BLAS, denormal numbers and memory as they are")
arguments = arguments.parse_args()
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(arguments.threads)


def answer(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


try:
    import torch

    from pytorch_blas import describe
    from pytorch_memory import keep_memory, trim
    from pytorch_models import build
    from pytorch_truncate import extrapolated, feasible_time
except ImportError as error:
    answer({"unavailable": f"no PyTorch in {sys.executable}: {error}"})
    sys.exit()

# TorchScript profiles its first runs and compiles in the next ones.
WARM_UP = {"script": 3}


def main():
    detail = describe(mend=not arguments.as_installed)
    torch.set_num_threads(arguments.threads)
    if not arguments.as_installed:
        # Gradients that vanish over a thousand steps become denormal numbers, on which a step takes several times as long.
        torch.set_flush_denormal(True)
        keep_memory()
    answer({"ready": {"name": f"PyTorch {torch.__version__}", "detail": detail}})
    key = model = None
    cold = False
    for line in sys.stdin:
        request = json.loads(line)
        case = request["run"]
        if key != case["id"]:
            key, model = case["id"], None
            model = Model(case)
        elif cold:
            model.step()
        ms, loss = [], None
        for _ in range(request["steps"]):
            value, loss = timed(model.step)
            ms.append(value)
        cold = trim()
        answer({"ms": model.scaled(ms), "cell": model.cell, "loss": loss, **model.note})


class Model:
    """A case's model, warm, on all of its time steps or on as many as are feasible."""

    def __init__(self, case):
        self.case = case
        self.time, self.once = feasible_time(case, lambda time: timed(warm(build(arguments.variant, case, time)[1]))[0])
        self.cell, self.step = build(arguments.variant, case, self.time)
        warm(self.step)
        self.short = self.time < case["time"]
        self.note = {"extrapolated": {"time": self.time}} if self.short else {}

    def scaled(self, ms):
        return extrapolated(self.case, self.time, self.once, ms) if self.short else ms


def warm(step):
    for _ in range(WARM_UP.get(arguments.variant, 1)):
        step()
    return step


def timed(step):
    start = time.perf_counter()
    loss = step()
    return (time.perf_counter() - start) * 1000, loss


main()
