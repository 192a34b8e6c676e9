"""The cells with complex states, and GORU and LRU, for the fixtures; the interface is the one of fixture_cells.py.

A complex state h is two states h.re and h.im; `outputs` names what the layer above reads, one after another.
"""
import torch

from fixture_cells import ANGLE, LOGARITHM, SMALL, UNITARY, project, projections, scaled_cayley, signs, skew

# Of stiefel's urnn with the permutation seed 0, by n; fixtures.test.ts holds them against the structure.
PERMUTATIONS = {
    6: [5, 0, 2, 1, 4, 3],
    7: [2, 3, 5, 1, 4, 0, 6],
    8: [0, 2, 7, 1, 5, 4, 3, 6],
}


def pair(p, name):
    return torch.complex(p[f"{name}.re"], p[f"{name}.im"])


def complex_project(x, p):
    return torch.complex(project(x, p, "x.re"), project(x, p, "x.im"))


def complex_projection(m, n):
    return {"x.re.weight": (m, n), "x.im.weight": (m, n)}


def phases(omega):
    return torch.polar(torch.ones_like(omega), omega)


class UnitaryCell:
    """h' = modReLU_b(h W + x V), h complex, modReLU_b(z) = z max(|z| + b, 0) / (|z| + epsilon) (Arjovsky et al. 2016).

    `weights` gives the shapes and marks of a map's parameters, `image` its value at the rows h [B x n].
    """

    states = outputs = ["h.re", "h.im"]
    epsilon = 1e-5

    def parameters(self, m, n, options):
        shapes, marks = self.weights(n, options)
        return complex_projection(m, n) | {"b": (n,)} | shapes, {"b": SMALL} | marks

    def step(self, p, x, s, options):
        z = self.image(p, pair(s, "h"), options) + complex_project(x, p)
        modulus = z.abs()
        h = z * (torch.relu(modulus + p["b"]) / (modulus + self.epsilon))
        return {"h.re": h.real, "h.im": h.imag}


class Urnn(UnitaryCell):
    """h passes D1, F, R1, the permutation, D2, F^-1, R2, D3 in turn (section 3.2): F unitary, D = e^{i omega}, and
    R h = h - 2 v <v, h> / |v|^2 with <v, h> = v^H h. theta: omega 1 to 3, then Re v, Im v of R1 and of R2, [n] each."""

    def weights(self, n, options):
        return {"W.theta": (7 * n,)}, {"W.theta": ANGLE}

    def image(self, p, h, options):
        n = h.shape[1]
        omega1, omega2, omega3, *v = p["W.theta"].reshape(7, n)
        h = torch.fft.fft(h * phases(omega1), norm="ortho")
        h = reflect(h, torch.complex(v[0], v[1]))[:, PERMUTATIONS[n]]
        h = torch.fft.ifft(h * phases(omega2), norm="ortho")
        return reflect(h, torch.complex(v[2], v[3])) * phases(omega3)


def reflect(h, v):
    return h - 2 * (h @ v.conj()).unsqueeze(1) * v / (v.abs() ** 2).sum()


class Fcurnn(UnitaryCell):
    """h W with W [n x n] any unitary matrix, stored as [Re W; Im W]; the gradient is the one of 2 n^2 free numbers."""

    def weights(self, n, options):
        return {"W": (2, n, n)}, {"W": UNITARY}

    def image(self, p, h, options):
        return h @ torch.complex(*p["W"])


class Scurnn(UnitaryCell):
    """h W, W = (I + A)^-1 (I - A) diag(e^{i omega}), A^H = -A (Maduranga et al. 2019). skew: the strict upper triangle of
    Re A, then the upper triangle of Im A with its diagonal, each row by row; angles: omega."""

    def weights(self, n, options):
        return {"W.skew": (n * n,), "W.angles": (n,)}, {"W.angles": ANGLE}

    def image(self, p, h, options):
        n = h.shape[1]
        strict = n * (n - 1) // 2
        row, column = torch.triu_indices(n, n)
        upper = torch.zeros(n, n).double().index_put((row, column), p["W.skew"][strict:])
        A = torch.complex(skew(p["W.skew"][:strict], n), upper + torch.triu(upper, 1).T)
        I = torch.eye(n).to(A)
        return h @ (torch.linalg.solve(I + A, I - A) * phases(p["W.angles"]))


class Eurnn(UnitaryCell):
    """h passes layers of rotations, then e^{i omega} (Jing et al. 2017): a pair (a, b) of units becomes
    (e^{i phi} (a cos t - b sin t), a sin t + b cos t). theta: t, then phi of every layer; last omega [n].

    capacity L: the layers in turn pair (0, 1), (2, 3), ... and (1, 2), (3, 4), ...; "fft": layer l = 0, 1, ... pairs
    units n / 2^(l+1) apart, the lower one in an even block of that length.
    """

    epsilon = 0.01

    def pairs(self, n, options):
        if options["capacity"] != "fft":
            return [[(i, i + 1) for i in range(l % 2, n - 1, 2)] for l in range(options["capacity"])]
        distances = [n >> l for l in range(1, n.bit_length())]
        return [[(i, i + d) for i in range(n) if i // d % 2 == 0] for d in distances]

    def weights(self, n, options):
        return {"W.theta": (2 * sum(map(len, self.pairs(n, options))) + n,)}, {"W.theta": ANGLE}

    def image(self, p, h, options):
        at = 0
        for layer in self.pairs(h.shape[1], options):
            t, phi = p["W.theta"][at : at + 2 * len(layer)].reshape(2, -1)
            at += 2 * len(layer)
            columns = list(h.unbind(1))
            for k, (i, j) in enumerate(layer):
                a, b = columns[i], columns[j]
                columns[i] = phases(phi[k]) * (a * t[k].cos() - b * t[k].sin())
                columns[j] = a * t[k].sin() + b * t[k].cos()
            h = torch.stack(columns, 1)
        return h * phases(p["W.theta"][at:])


class Kru(UnitaryCell):
    """h (A_1 x A_2 x ...), a Kronecker product (Jose et al. 2018). theta: Re A_k, then Im A_k of every factor. `penalty`
    times the sum over k of |A_k^H A_k - I|^2 is added to the loss."""

    def weights(self, n, options):
        return {"W.theta": (sum(2 * f * f for f in options["factors"]),)}, {}

    def factors(self, p, options):
        sizes = [2 * f * f for f in options["factors"]]
        parts = [theta.reshape(2, f, f) for theta, f in zip(p["W.theta"].split(sizes), options["factors"])]
        return [torch.complex(re, im) for re, im in parts]

    def image(self, p, h, options):
        first, *rest = self.factors(p, options)
        for factor in rest:
            first = torch.kron(first, factor)
        return h @ first

    def penalty(self, p, options):
        defects = [A.conj().T @ A - torch.eye(len(A)) for A in self.factors(p, options)]
        return options["penalty"] * sum((E.abs() ** 2).sum() for E in defects)


class Goru:
    """r, z = sigmoid(h W + x U + b); c = modReLU_b(r (h Q) + x U_c); h' = z h + (1 - z) c, all real (Jing et al. 2019).

    Q = (I + A)^-1 (I - A) D as in ScoRnn.
    """

    states = ["h"]

    def parameters(self, m, n, options):
        gates = projections(["xr", "xz"], m, n) | {"xc.weight": (m, n), "Wr": (n, n), "Wz": (n, n)}
        return gates | {"b": (n,), "Q.theta": (n * (n - 1) // 2,)}, {"b": SMALL}

    def weight(self, theta, n, options):
        return scaled_cayley(theta, signs(n, options))

    def step(self, p, x, s, options):
        h = s["h"]
        r, z = (torch.sigmoid(h @ p[f"W{k}"] + project(x, p, f"x{k}")) for k in "rz")
        a = r * (h @ p["Q"]) + project(x, p, "xc")
        return {"h": z * h + (1 - z) * torch.sign(a) * torch.relu(a.abs() + p["b"])}


class Lru:
    """z' = lambda z + gamma (x B), lambda = exp(-e^nu + i e^theta), gamma = (1 - |lambda|^2)^(1/2), z complex; the output is
    y = relu(Re z' C1 + Im z' C2 + x D + b) (Orvieto et al. 2023)."""

    states = ["y", "z.re", "z.im"]

    def parameters(self, m, n, options):
        shapes = complex_projection(m, n) | projections(["d"], m, n) | {"C1": (n, n), "C2": (n, n)}
        return shapes | {"nu": (n,), "theta": (n,)}, {"nu": LOGARITHM, "theta": LOGARITHM}

    def step(self, p, x, s, options):
        eigenvalue = torch.exp(torch.complex(-p["nu"].exp(), p["theta"].exp()))
        z = eigenvalue * pair(s, "z") + (1 - eigenvalue.abs() ** 2).sqrt() * complex_project(x, p)
        y = torch.relu(z.real @ p["C1"] + z.imag @ p["C2"] + project(x, p, "d"))
        return {"y": y, "z.re": z.real, "z.im": z.imag}


COMPLEX_CELLS = {
    "urnn": Urnn(), "fcurnn": Fcurnn(), "scurnn": Scurnn(), "eurnn": Eurnn(), "kru": Kru(), "goru": Goru(), "lru": Lru(),
}
