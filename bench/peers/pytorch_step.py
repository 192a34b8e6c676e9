"""One gradient of nn.LSTM or nn.GRU beside bench/step.mjs, batch 32, 64 features, two threads: pytorch_step.py lstm 4096 20"""
import sys
import time

import pytorch_blas  # noqa: F401  tells OpenBLAS the processor
import torch

cell, units, length = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(2)
network, head = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](64, units), torch.nn.Linear(units, 10)
x, y = torch.rand(length, 32, 64), torch.arange(32) % 10
times = []
for _ in range(4):
    start = time.perf_counter()
    network.zero_grad()
    out, _ = network(x)
    torch.nn.functional.cross_entropy(head(out[-1]), y).backward()
    times.append((time.perf_counter() - start) * 1e3)
print(f"{cell}: {network.weight_hh_l0.numel()} recurrent parameters, {sorted(times[1:])[1]:.1f} ms")
