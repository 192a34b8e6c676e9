"""Training steps of the bench cases in PyTorch float32, each in its best plain form.

`build(variant, case, time)` -> (cell that really runs, step): one call of step() is forward, loss, BPTT and RMSprop.

eager    the case's own cell as a Python loop: input projection of all steps before it, inputs unbound, outputs stacked,
         modReLU as one autograd Function (a third faster than five differentiated operations), LSTM gates in one product
script   the same loop compiled by TorchScript (modReLU from operations: it takes no autograd Function)
rnn, lstm, gru   the fused nn module of the same size on one-hot or real inputs, tanh for nn.RNN
fft, complex, real   pytorch_unitary.py; eager and script of a diagonal structure: pytorch_sparse.py
"""
from typing import List

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import pytorch_sparse
import pytorch_unitary


class ModReLU(torch.autograd.Function):
    """sign(z) max(|z| + b, 0)."""

    @staticmethod
    def forward(ctx, z, b):
        h = z.abs().add_(b).relu_()
        sign = torch.sign(z)
        alive = torch.sign(h).mul_(sign)
        ctx.save_for_backward(alive)
        return h.mul_(sign)

    @staticmethod
    def backward(ctx, g):
        (alive,) = ctx.saved_tensors
        gb = g * alive
        return gb * alive, gb.sum(0)


def scornn_loop(xs, W, b):
    h = torch.zeros_like(xs[0])
    states = []
    for x in xs.unbind(0):
        h = ModReLU.apply(torch.addmm(x, h, W), b)
        states.append(h)
    return torch.stack(states)


def lstm_loop(xs, W):
    """xs and W hold the gates i, f, o, g side by side."""
    n = W.shape[0]
    h = c = torch.zeros(xs.shape[1], n)
    states = []
    for x in xs.unbind(0):
        gates = torch.addmm(x, h, W)
        i, f, o = torch.sigmoid(gates[:, : 3 * n]).chunk(3, 1)
        c = torch.addcmul(f * c, i, torch.tanh(gates[:, 3 * n :]))
        h = o * torch.tanh(c)
        states.append(h)
    return torch.stack(states)


@torch.jit.script
def scornn_script(xs: Tensor, W: Tensor, b: Tensor) -> Tensor:
    h = torch.zeros_like(xs[0])
    states: List[Tensor] = []
    for x in xs.unbind(0):
        z = torch.addmm(x, h, W)
        h = torch.sign(z) * torch.relu(torch.abs(z) + b)
        states.append(h)
    return torch.stack(states)


@torch.jit.script
def lstm_script(xs: Tensor, W: Tensor) -> Tensor:
    n = W.shape[0]
    h = torch.zeros([xs.shape[1], n])
    c = h
    states: List[Tensor] = []
    for x in xs.unbind(0):
        gates = torch.addmm(x, h, W)
        i, f, o = torch.sigmoid(gates[:, : 3 * n]).chunk(3, 1)
        c = f * c + i * torch.tanh(gates[:, 3 * n :])
        h = o * torch.tanh(c)
        states.append(h)
    return torch.stack(states)


class ScoRnn(nn.Module):
    def __init__(self, m, n, loop):
        super().__init__()
        self.loop = loop
        self.U = nn.Parameter(torch.empty(m, n).uniform_(-0.01, 0.01))
        self.b = nn.Parameter(torch.zeros(n))
        self.A = nn.Parameter(0.1 * torch.randn(n, n))  # only its strict upper triangle is read
        self.register_buffer("D", torch.cat([torch.ones(n - n // 2), -torch.ones(n // 2)]))
        self.register_buffer("I", torch.eye(n))

    def forward(self, x):
        upper = self.A.triu(1)
        A = upper - upper.T
        W = torch.linalg.solve(self.I + A, self.I - A) * self.D
        return self.loop(project(x, self.U), W, self.b)


class Lstm(nn.Module):
    def __init__(self, m, n, loop):
        super().__init__()
        self.loop = loop
        self.U = nn.Parameter(torch.randn(m, 4 * n) / m**0.5)
        self.b = nn.Parameter(torch.zeros(4 * n))
        self.W = nn.Parameter(torch.randn(n, 4 * n) / n**0.5)

    def forward(self, x):
        return self.loop(project(x, self.U) + self.b, self.W)


class Fused(nn.Module):
    def __init__(self, m, n, module):
        super().__init__()
        self.m, self.rnn = m, module(m, n)

    def forward(self, x):
        return self.rnn(F.one_hot(x, self.m).float() if x.dtype == torch.int64 else x)[0]


def project(x, U):
    return F.embedding(x, U) if x.dtype == torch.int64 else x @ U


FUSED = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
LOOPS = {
    ("eager", "scornn"): (ScoRnn, scornn_loop),
    ("eager", "lstm"): (Lstm, lstm_loop),
    ("script", "scornn"): (ScoRnn, scornn_script),
    ("script", "lstm"): (Lstm, lstm_script),
}


def build(variant, case, time):
    n = case["units"]
    m = case["input"].get("classes") or case["input"]["features"]
    torch.manual_seed(0)
    if variant in FUSED:
        return variant, training_step(Fused(m, n, FUSED[variant]), case, time)
    cell = case["cell"]
    if variant in pytorch_unitary.FORMS:
        return cell, training_step(pytorch_unitary.FORMS[variant](m, n), case, time, width=2 * n)
    loops = pytorch_sparse.FORMS if "structure" in case else LOOPS
    kind, loop = loops[variant, cell]
    return cell, training_step(kind(m, n, loop), case, time)


def training_step(layer, case, time, width=None):
    """layer(x) holds the states of all steps, or of the last alone where no other is read; `width` numbers each."""
    batch, k = case["batch"], case["output"]["size"]
    m = case["input"].get("classes") or case["input"]["features"]
    head = nn.Linear(width or case["units"], k)
    every = case["output"]["at"] == "every-step"
    x = torch.randint(m, (time, batch)) if case["input"]["kind"] == "symbols" else torch.rand(time, batch, m)
    targets = torch.randint(k, (time * batch,) if every else (batch,))
    skew = [p for name, p in layer.named_parameters() if name == "A"]
    others = [p for name, p in layer.named_parameters() if name != "A"] + list(head.parameters())
    rates = case["optimizer"]
    groups = [{"params": others}] + ([{"params": skew, "lr": rates["parametrizationLr"]}] if skew else [])
    optimizer = torch.optim.RMSprop(groups, lr=rates["lr"], alpha=rates["decay"])

    def step():
        states = layer(x)
        logits = head(states.flatten(0, 1) if every else states[-1])
        loss = F.cross_entropy(logits, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step
