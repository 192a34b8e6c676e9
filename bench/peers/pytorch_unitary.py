"""The unitary RNN (Arjovsky, Shah, Bengio 2016) in PyTorch complex64, W = D3 R2 F^-1 D2 P R1 F D1.

fft       the product once per time step, torch.fft for F; under autograd as it stands: a product or a modReLU with its
          backward pass by hand is no faster, and TorchScript does not differentiate complex numbers
complex   W as a dense matrix, the product applied to the identity once per update; a complex product per time step
real      the same with [[Re W, Im W], [-Im W, Re W]] and states [Re h, Im h]
"""
import math

import torch
from torch import nn

EPSILON = 1e-5


class UnitaryRnn(nn.Module):
    def __init__(self, features, n):
        super().__init__()
        self.n = n
        self.V = glorot((features, 2 * n), (features, n, 2))
        self.h0 = nn.Parameter(torch.empty(n, 2).uniform_(-1, 1) * math.sqrt(1.5 / n))
        self.b = nn.Parameter(torch.empty(n).uniform_(-0.01, 0.01))
        self.angles = nn.ParameterList([torch.empty(n).uniform_(-math.pi, math.pi) for _ in range(3)])
        self.vectors = nn.ParameterList([glorot((2, 2 * n), (n, 2)) for _ in range(2)])
        self.register_buffer("order", torch.randperm(n))

    def product(self):
        """h -> h W of rows h; what depends on the parameters alone is computed here, once per update."""
        d1, d2, d3 = (torch.polar(torch.ones(self.n), angle) for angle in self.angles)
        (v1, c1), (v2, c2) = (reflection(torch.view_as_complex(v)) for v in self.vectors)

        def apply(h):
            # F without its 1/sqrt(n): the inverse makes up for it, and the reflection between them is linear.
            h = torch.fft.fft(h * d1)
            h = torch.addr(h, h @ c1, v1, alpha=-2)
            h = torch.fft.ifft(h[:, self.order] * d2)
            h = torch.addr(h, h @ c2, v2, alpha=-2)
            return h * d3

        return apply

    def dense(self):
        return self.product()(torch.eye(self.n, dtype=torch.complex64))


class FftRnn(UnitaryRnn):
    def forward(self, x):
        W = self.product()
        h = torch.view_as_complex(self.h0).expand(x.shape[1], self.n)
        for x in project(x, self.V).unbind(0):
            h = modrelu(W(h) + x, self.b)
        return [torch.view_as_real(h).flatten(1)]


class ComplexRnn(UnitaryRnn):
    def forward(self, x):
        W = self.dense()
        h = torch.view_as_complex(self.h0).expand(x.shape[1], self.n)
        for x in project(x, self.V).unbind(0):
            h = modrelu(torch.addmm(x, h, W), self.b)
        return [torch.view_as_real(h).flatten(1)]


class RealRnn(UnitaryRnn):
    def forward(self, x):
        W = self.dense()
        W = torch.cat([torch.cat([W.real, W.imag], 1), torch.cat([-W.imag, W.real], 1)])
        h = planar(self.h0).expand(x.shape[1], 2 * self.n)
        for x in (x @ planar(self.V)).unbind(0):
            z = torch.addmm(x, h, W)
            h = PlanarModReLU.apply(z, self.b)
        return [h]


class PlanarModReLU(torch.autograd.Function):
    """modReLU of [Re z, Im z]."""

    @staticmethod
    def forward(ctx, z, b):
        parts = z.unflatten(1, (2, -1))
        modulus = parts.norm(dim=1)
        safe = modulus + EPSILON
        scale = (modulus + b).relu_().div_(safe)
        ctx.save_for_backward(parts, modulus, safe, scale)
        return (parts * scale.unsqueeze(1)).flatten(1)

    @staticmethod
    def backward(ctx, g):
        parts, modulus, safe, scale = ctx.saved_tensors
        g = g.unflatten(1, (2, -1))
        along = (parts * g).sum(1).div_(safe)
        gb = along * (scale > 0)
        radial = (gb - scale * along).div_(modulus)
        return torch.addcmul(g * scale.unsqueeze(1), parts, radial.unsqueeze(1)).flatten(1), gb.sum(0)


def modrelu(z, b):
    modulus = z.abs()
    return z * ((modulus + b).relu() / (modulus + EPSILON))


def reflection(v):
    unit = v / v.abs().square().sum().sqrt()
    return unit, unit.conj().resolve_conj()


def project(x, V):
    """[T, B, features] -> complex [T, B, n], without a copy of the parts."""
    return torch.view_as_complex((x @ V.flatten(1)).unflatten(2, (-1, 2)))


def planar(pairs):
    """[..., n, 2] -> [..., 2 n]: real parts, then imaginary parts."""
    return pairs.transpose(-1, -2).flatten(-2)


def glorot(fans, shape):
    bound = math.sqrt(6 / sum(fans))
    return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))


FORMS = {"fft": FftRnn, "complex": ComplexRnn, "real": RealRnn}
