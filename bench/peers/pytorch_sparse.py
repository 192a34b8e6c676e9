"""LSTM and GRU whose recurrent matrices are diagonal, in PyTorch: every gate sees u * h.

eager    a Python loop, the input projection of all steps before it
script   the same loop compiled by TorchScript
"""
from typing import List

import torch
from torch import Tensor, nn


def lstm_loop(xs, u):
    """xs [T, B, 4 n] and u [4 n] hold the gates i, f, o, g side by side."""
    h = c = torch.zeros(xs.shape[1], u.shape[0] // 4)
    ui, uf, uo, ug = u.chunk(4)
    states = []
    for x in xs.unbind(0):
        xi, xf, xo, xg = x.chunk(4, 1)
        i = torch.sigmoid(torch.addcmul(xi, h, ui))
        f = torch.sigmoid(torch.addcmul(xf, h, uf))
        o = torch.sigmoid(torch.addcmul(xo, h, uo))
        g = torch.tanh(torch.addcmul(xg, h, ug))
        c = torch.addcmul(f * c, i, g)
        h = o * torch.tanh(c)
        states.append(h)
    return states


def gru_loop(xs, u, b):
    """Reset after the matrix, as nn.GRU: gates r, z, candidate g; b [n] is the bias inside the reset."""
    h = torch.zeros(xs.shape[1], b.shape[0])
    ur, uz, ug = u.chunk(3)
    states = []
    for x in xs.unbind(0):
        xr, xz, xg = x.chunk(3, 1)
        r = torch.sigmoid(torch.addcmul(xr, h, ur))
        z = torch.sigmoid(torch.addcmul(xz, h, uz))
        g = torch.tanh(torch.addcmul(xg, r, torch.addcmul(b, h, ug)))
        h = torch.lerp(g, h, z)
        states.append(h)
    return states


@torch.jit.script
def lstm_script(xs: Tensor, u: Tensor) -> List[Tensor]:
    h = torch.zeros([xs.shape[1], u.shape[0] // 4])
    c = h
    ui, uf, uo, ug = u.chunk(4)
    states: List[Tensor] = []
    for x in xs.unbind(0):
        xi, xf, xo, xg = x.chunk(4, 1)
        i = torch.sigmoid(xi + h * ui)
        f = torch.sigmoid(xf + h * uf)
        o = torch.sigmoid(xo + h * uo)
        g = torch.tanh(xg + h * ug)
        c = f * c + i * g
        h = o * torch.tanh(c)
        states.append(h)
    return states


@torch.jit.script
def gru_script(xs: Tensor, u: Tensor, b: Tensor) -> List[Tensor]:
    h = torch.zeros([xs.shape[1], b.shape[0]])
    ur, uz, ug = u.chunk(3)
    states: List[Tensor] = []
    for x in xs.unbind(0):
        xr, xz, xg = x.chunk(3, 1)
        r = torch.sigmoid(xr + h * ur)
        z = torch.sigmoid(xz + h * uz)
        g = torch.tanh(xg + r * (h * ug + b))
        h = g + z * (h - g)
        states.append(h)
    return states


class Diagonal(nn.Module):
    def __init__(self, features, n, gates, loop):
        super().__init__()
        self.loop = loop
        self.U = nn.Parameter(torch.randn(features, gates * n) / features**0.5)
        self.a = nn.Parameter(torch.zeros(gates * n))
        self.u = nn.Parameter(torch.empty(gates * n).uniform_(-1, 1))

    def projected(self, x):
        return torch.addmm(self.a, x.flatten(0, 1), self.U).unflatten(0, x.shape[:2])


class DiagonalLstm(Diagonal):
    def __init__(self, features, n, loop):
        super().__init__(features, n, 4, loop)

    def forward(self, x):
        return self.loop(self.projected(x), self.u)


class DiagonalGru(Diagonal):
    def __init__(self, features, n, loop):
        super().__init__(features, n, 3, loop)
        self.b = nn.Parameter(torch.zeros(n))

    def forward(self, x):
        return self.loop(self.projected(x), self.u, self.b)


FORMS = {
    ("eager", "lstm"): (DiagonalLstm, lstm_loop),
    ("script", "lstm"): (DiagonalLstm, lstm_script),
    ("eager", "gru"): (DiagonalGru, gru_loop),
    ("script", "gru"): (DiagonalGru, gru_script),
}
