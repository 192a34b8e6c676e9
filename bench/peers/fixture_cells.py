"""The cells of the fixtures, written out step by step in PyTorch: no nn modules, row vectors times matrices (h @ W).

A cell is `parameters` (name -> shape, given the input size m and the units n), `states` (first the output) and
`step(p, x, s, options)`: parameters, one input (rows of integers or of m features) and states -> new states. A cell with a
`weight(theta, n, options)` has the matrix "W" [n x n] from the parameter "W.theta".
Parameters have the names that stiefel gives them. In formulas U_g is the input matrix "xg.weight" [m x n] of a gate g and
b_g [n] its "xg.bias", which sits once, on the input projection x U_g + b_g; "Wg" [n x n] is W_g.
"""
import torch

# Marks for the draw: W = I, around 1, around 0, U(0, 1), U(-pi, pi), logarithms of U(0.05, 1), a unitary [Re W; Im W].
IDENTITY, FORGET, SMALL, UNIT = "identity", "forget", "small", "unit"
ANGLE, LOGARITHM, UNITARY = "angle", "logarithm", "unitary"


def project(x, p, name):
    """x U + b, without b where there is none; for symbols the product with a one-hot row is row x of U."""
    U, b = p[f"{name}.weight"], p.get(f"{name}.bias")
    product = U[x] if x.dtype == torch.int64 else x @ U
    return product if b is None else product + b


def projections(gates, m, n):
    """Shapes of input projections with biases."""
    return {f"{gate}.{part}": (m, n) if part == "weight" else (n,) for gate in gates for part in ("weight", "bias")}


class Rnn:
    """h' = act(x U + b + h W), act tanh or relu. `irnn` is the relu one with W drawn as the identity."""

    states = ["h"]

    def parameters(self, m, n, options):
        identity = {"W": IDENTITY} if options.get("initial") == "identity" else {}
        return projections(["x"], m, n) | {"W": (n, n)}, identity

    def step(self, p, x, s, options):
        act = {"tanh": torch.tanh, "relu": torch.relu}[options["activation"]]
        return {"h": act(project(x, p, "x") + s["h"] @ p["W"])}


class Lstm:
    """i, f, o = sigmoid(x U + b + h W); g = tanh(...); c' = f c + i g; h' = o tanh(c').

    With `peephole` (papers 1-2) a full matrix V_o from the NEW cell state: o = sigmoid(x U_o + b_o + h W_o + c' V_o).
    The forget bias of 1 is in the stored value of b_f; nothing is added at run time.
    """

    states = ["h", "c"]

    def parameters(self, m, n, options):
        shapes = {}
        for gate in "ifgo":
            shapes |= projections([f"x{gate}"], m, n) | {f"W{gate}": (n, n)}
        if options["peephole"]:
            shapes["Vo"] = (n, n)
        return shapes, {"xf.bias": FORGET}

    def step(self, p, x, s, options):
        i, f, g, o = (project(x, p, f"x{k}") + s["h"] @ p[f"W{k}"] for k in "ifgo")
        c = torch.sigmoid(f) * s["c"] + torch.sigmoid(i) * torch.tanh(g)
        if options["peephole"]:
            o = o + c @ p["Vo"]
        return {"h": torch.sigmoid(o) * torch.tanh(c), "c": c}


class Gru:
    """r, z = sigmoid(x U + b + h W); h' = z h + (1 - z) c, the update of PyTorch, cuDNN and Keras.

    reset "before": c = tanh(x U_c + b_c + (r h) W_c) (Cho et al. 2014).
    reset "after":  c = tanh(x U_c + b_c + r (h W_c + d_c)), with its own bias d_c [n] (PyTorch, cuDNN).
    """

    states = ["h"]

    def parameters(self, m, n, options):
        shapes = {}
        for gate in "rzc":
            shapes |= projections([f"x{gate}"], m, n) | {f"W{gate}": (n, n)}
        if options["reset"] == "after":
            shapes["dc"] = (n,)
        return shapes, {}

    def step(self, p, x, s, options):
        h = s["h"]
        r, z = (torch.sigmoid(project(x, p, f"x{k}") + h @ p[f"W{k}"]) for k in "rz")
        a = project(x, p, "xc")
        recurrent = r * (h @ p["Wc"] + p["dc"]) if options["reset"] == "after" else (r * h) @ p["Wc"]
        return {"h": z * h + (1 - z) * torch.tanh(a + recurrent)}


class ScoRnn:
    """h' = modReLU_b(x U + h W), modReLU_b(z) = sign(z) max(|z| + b, 0), sign(0) = 0 (Helfrich et al. 2018).

    W = (I + A)^-1 (I - A) D; theta [n(n-1)/2] is the strict upper triangle of A row by row, A_ji = -A_ij;
    D = diag(constants["D"]), +-1. The stored gradient is the one of theta; "W" itself is stored too, with its gradient.
    """

    states = ["h"]

    def parameters(self, m, n, options):
        return {"x.weight": (m, n), "b": (n,), "W.theta": (n * (n - 1) // 2,)}, {"b": SMALL}

    def weight(self, theta, n, options):
        return scaled_cayley(theta, signs(n, options))

    def step(self, p, x, s, options):
        z = project(x, p, "x") + s["h"] @ p["W"]
        return {"h": torch.sign(z) * torch.relu(z.abs() + p["b"])}


class IndRnn:
    """h' = act(x U + b + u h), act tanh or relu, u [n] (Li et al. 2018)."""

    states = ["h"]

    def parameters(self, m, n, options):
        return projections(["x"], m, n) | {"u": (n,)}, {"u": UNIT}

    def step(self, p, x, s, options):
        act = {"tanh": torch.tanh, "relu": torch.relu}[options["activation"]]
        return {"h": act(project(x, p, "x") + p["u"] * s["h"])}


class CoRnn:
    """z' = z + dt (tanh(x U + b + y W + z V) - gamma y - epsilon z); y' = y + dt z' (Rusch and Mishra 2021)."""

    states = ["y", "z"]

    def parameters(self, m, n, options):
        return projections(["x"], m, n) | {"W": (n, n), "V": (n, n)}, {}

    def step(self, p, x, s, options):
        y, z, dt = s["y"], s["z"], options["dt"]
        force = torch.tanh(project(x, p, "x") + y @ p["W"] + z @ p["V"])
        z = z + dt * (force - options["gamma"] * y - options["epsilon"] * z)
        return {"y": y + dt * z, "z": z}


class Antisymmetric:
    """h' = h + epsilon tanh(h W + x U + b); gated: the update times sigmoid(h W + x U_z + b_z) (Chang et al. 2019).

    W = A - gamma I, theta [n(n-1)/2] the strict upper triangle of the skew-symmetric A.
    """

    states = ["h"]

    def parameters(self, m, n, options):
        gate = projections(["xz"], m, n) if options.get("gated") else {}
        return projections(["x"], m, n) | {"W.theta": (n * (n - 1) // 2,)} | gate, {}

    def weight(self, theta, n, options):
        return skew(theta, n) - options["gamma"] * torch.eye(n, dtype=theta.dtype)

    def step(self, p, x, s, options):
        a = s["h"] @ p["W"]
        update = torch.tanh(a + project(x, p, "x"))
        if options.get("gated"):
            update = update * torch.sigmoid(a + project(x, p, "xz"))
        return {"h": s["h"] + options["epsilon"] * update}


class Lipschitz:
    """h' = h + epsilon (h A + tanh(h W + x U + b)), A and W each beta(M - M^T) + (1 - beta)(M + M^T) - gamma I, M = theta
    [n x n], flat (Erichson et al. 2021)."""

    states = ["h"]

    def parameters(self, m, n, options):
        return projections(["x"], m, n) | {"A.theta": (n * n,), "W.theta": (n * n,)}, {}

    def weight(self, theta, n, options):
        M, beta = theta.reshape(n, n), options["beta"]
        return beta * (M - M.T) + (1 - beta) * (M + M.T) - options["gamma"] * torch.eye(n, dtype=theta.dtype)

    def step(self, p, x, s, options):
        h = s["h"]
        return {"h": h + options["epsilon"] * (h @ p["A"] + torch.tanh(h @ p["W"] + project(x, p, "x")))}


def candidate(p, x, options):
    """x U_h + b_h, with `positive` g of it: g(a) = a + 1/2 for a >= 0, else sigmoid(a) (Feng et al. 2024)."""
    a = project(x, p, "xh")
    return torch.where(a < 0, torch.sigmoid(a), a + 0.5) if options.get("positive") else a


class MinGru:
    """z = sigmoid(x U_z + b_z); h' = (1 - z) h + z candidate (Feng et al. 2024)."""

    states = ["h"]

    def parameters(self, m, n, options):
        return projections(["xz", "xh"], m, n), {}

    def step(self, p, x, s, options):
        z = torch.sigmoid(project(x, p, "xz"))
        return {"h": (1 - z) * s["h"] + z * candidate(p, x, options)}


class MinLstm:
    """f, i = sigmoid(x U + b); h' = (f h + i candidate) / (f + i) (Feng et al. 2024)."""

    states = ["h"]

    def parameters(self, m, n, options):
        return projections(["xf", "xi", "xh"], m, n), {"xf.bias": FORGET}

    def step(self, p, x, s, options):
        f, i = (torch.sigmoid(project(x, p, f"x{k}")) for k in "fi")
        return {"h": (f * s["h"] + i * candidate(p, x, options)) / (f + i)}


def skew(theta, n):
    """A [n x n] with its strict upper triangle theta, row by row, and A^T = -A."""
    row, column = torch.triu_indices(n, n, offset=1)
    upper = torch.zeros(n, n, dtype=theta.dtype).index_put((row, column), theta)
    return upper - upper.T


class ExpRnn(ScoRnn):
    """ScoRnn with W = exp(A) (Lezcano-Casado and Martinez-Rubio 2019); `dtriv` too, while its base is I."""

    def weight(self, theta, n, options):
        return torch.matrix_exp(skew(theta, n))


class OrthogonalRnn:
    """h' = leaky ReLU(x U + b + h W), slope 0.1, W = H_1 ... H_m, H_j = I - 2 v v^T / |v|^2 (Mhammedi et al. 2017).

    theta: v_j without its j - 1 leading zeros, one after another.
    """

    states = ["h"]

    def parameters(self, m, n, options):
        reflections = options["reflections"]
        return projections(["x"], m, n) | {"W.theta": (sum(n - j for j in range(reflections)),)}, {}

    def weight(self, theta, n, options):
        W, at = torch.eye(n, dtype=theta.dtype), 0
        for j in range(options["reflections"]):
            v = torch.cat([torch.zeros(j, dtype=theta.dtype), theta[at : at + n - j]])
            W, at = W - 2 * torch.outer(W @ v, v) / (v @ v), at + n - j
        return W

    def step(self, p, x, s, options):
        z = project(x, p, "x") + s["h"] @ p["W"]
        return {"h": torch.where(z < 0, 0.1 * z, z)}


class SvdRnn:
    """h' = act(x U + b + h W), W = U diag(s) V^T, U = exp(A_U), V = exp(A_V), s = 2 m (sigmoid(p) - 1/2) + 1 (Vorontsov et al. 2017)."""

    states = ["h"]

    def parameters(self, m, n, options):
        pairs = n * (n - 1) // 2
        return projections(["x"], m, n) | {"W.U": (pairs,), "W.V": (pairs,), "W.p": (n,)}, {}

    def step(self, p, x, s, options):
        n = len(p["W.p"])
        U, V = (torch.matrix_exp(skew(p[f"W.{k}"], n)) for k in "UV")
        W = U @ torch.diag(2 * options["margin"] * (torch.sigmoid(p["W.p"]) - 0.5) + 1) @ V.T
        return {"h": torch.tanh(project(x, p, "x") + s["h"] @ W)}


class NnRnn(ScoRnn):
    """ScoRnn with W = P (Lambda + T) P^T, P = exp(A), Lambda of blocks gamma [[cos, sin], [-sin, cos]], T strictly upper triangular
    outside them, row by row; `penalty` = delta sum (gamma - 1)^2 + decay |T|^2 (Kerg et al. 2019)."""

    def parameters(self, m, n, options):
        pairs, upper = n // 2, n * (n - 1) // 2
        parts = {"W.P": (upper,), "W.gamma": (n - pairs,), "W.angle": (pairs,), "W.T": (upper - pairs,)}
        return {"x.weight": (m, n), "b": (n,)} | parts, {"b": SMALL}

    def step(self, p, x, s, options):
        n = len(p["b"])
        above = [(i, j) for i in range(n) for j in range(i + 1, n) if not (i % 2 == 0 and j == i + 1)]
        M = torch.zeros(n, n, dtype=p["b"].dtype).index_put(tuple(map(torch.tensor, zip(*above))), p["W.T"])
        gamma, angle = p["W.gamma"], p["W.angle"]
        turns = [g * torch.stack([torch.stack([a.cos(), a.sin()]), torch.stack([-a.sin(), a.cos()])]) for g, a in zip(gamma, angle)]
        last = [gamma[-1].reshape(1, 1)] if n % 2 else []
        P = torch.matrix_exp(skew(p["W.P"], n))
        return super().step(p | {"W": P @ (M + torch.block_diag(*turns, *last)) @ P.T}, x, s, options)

    def penalty(self, p, options):
        return options["delta"] * ((p["W.gamma"] - 1) ** 2).sum() + options["decay"] * (p["W.T"] ** 2).sum()


def signs(n, options):
    """D [n] of a scaled Cayley transform, its -1 last; None where the options name none."""
    given = options.get("parametrization", options)
    if "negativeOnes" not in given:
        return None
    return torch.cat([torch.ones(n - given["negativeOnes"]), -torch.ones(given["negativeOnes"])]).double()


def scaled_cayley(theta, D):
    A, I = skew(theta, len(D)), torch.eye(len(D), dtype=theta.dtype)
    return torch.linalg.solve(I + A, I - A) * D


REAL_CELLS = {
    "rnn": Rnn(), "irnn": Rnn(), "lstm": Lstm(), "gru": Gru(), "scornn": ScoRnn(), "indrnn": IndRnn(), "cornn": CoRnn(),
    "antisymmetric": Antisymmetric(), "lipschitz": Lipschitz(), "mingru": MinGru(), "minlstm": MinLstm(),
    "exprnn": ExpRnn(), "dtriv": ExpRnn(), "ornn": OrthogonalRnn(),
    "svdrnn": SvdRnn(), "nnrnn": NnRnn(),
}


def unroll(cell, options, p, xs, initial, mask):
    """States over time, name -> [T x B x n]. Where mask [T x B] is 0 the row keeps its states."""
    states, history = initial, {name: [] for name in cell.states}
    for t in range(len(xs)):
        new = cell.step(p, xs[t], states, options)
        if mask is not None:
            keep = mask[t].unsqueeze(1)
            new = {name: keep * new[name] + (1 - keep) * states[name] for name in new}
        states = new
        for name in history:
            history[name].append(states[name])
    return {name: torch.stack(steps) for name, steps in history.items()}
