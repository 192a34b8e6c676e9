"""The cells of the fixtures, written out step by step in PyTorch: no nn modules, row vectors times matrices (h @ W).

A cell is `parameters` (name -> shape, given the input size m and the units n), `states` (first the output h) and
`step(p, x, s, options)`: parameters, one input (rows of integers or of m features) and states -> new states.
Gates have separate matrices U_g [m x n], W_g [n x n]; a bias b_g [n] sits once, on the input projection x U_g + b_g.
"""
import torch

IDENTITY, FORGET, SMALL = "identity", "forget", "small"  # marks for the draw: W = I, bias around 1, bias around 0


def project(x, U, b=None):
    """x U + b; for symbols the product with a one-hot row is row x of U."""
    product = U[x] if x.dtype == torch.int64 else x @ U
    return product if b is None else product + b


class Rnn:
    """h' = act(x U + b + h W), act tanh or relu. `irnn` is the relu one with W drawn as the identity."""

    states = ["h"]

    def parameters(self, m, n, options):
        identity = {"W": IDENTITY} if options.get("initial") == "identity" else {}
        return {"U": (m, n), "b": (n,), "W": (n, n)}, identity

    def step(self, p, x, s, options):
        act = {"tanh": torch.tanh, "relu": torch.relu}[options["activation"]]
        return {"h": act(project(x, p["U"], p["b"]) + s["h"] @ p["W"])}


class Lstm:
    """i, f, o = sigmoid(x U + b + h W); g = tanh(...); c' = f c + i g; h' = o tanh(c').

    With `peephole` (papers 1-2) a full matrix V_o from the NEW cell state: o = sigmoid(x U_o + b_o + h W_o + c' V_o).
    The forget bias of 1 is in the stored value of b_f; nothing is added at run time.
    """

    states = ["h", "c"]

    def parameters(self, m, n, options):
        shapes = {}
        for gate in "ifgo":
            shapes |= {f"U_{gate}": (m, n), f"b_{gate}": (n,), f"W_{gate}": (n, n)}
        if options["peephole"]:
            shapes["V_o"] = (n, n)
        return shapes, {"b_f": FORGET}

    def step(self, p, x, s, options):
        i, f, g, o = (project(x, p[f"U_{k}"], p[f"b_{k}"]) + s["h"] @ p[f"W_{k}"] for k in "ifgo")
        c = torch.sigmoid(f) * s["c"] + torch.sigmoid(i) * torch.tanh(g)
        if options["peephole"]:
            o = o + c @ p["V_o"]
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
            shapes |= {f"U_{gate}": (m, n), f"b_{gate}": (n,), f"W_{gate}": (n, n)}
        if options["reset"] == "after":
            shapes["d_c"] = (n,)
        return shapes, {}

    def step(self, p, x, s, options):
        h = s["h"]
        r, z = (torch.sigmoid(project(x, p[f"U_{k}"], p[f"b_{k}"]) + h @ p[f"W_{k}"]) for k in "rz")
        a = project(x, p["U_c"], p["b_c"])
        recurrent = r * (h @ p["W_c"] + p["d_c"]) if options["reset"] == "after" else (r * h) @ p["W_c"]
        return {"h": z * h + (1 - z) * torch.tanh(a + recurrent)}


class ScoRnn:
    """h' = modReLU_b(x U + h W), modReLU_b(z) = sign(z) max(|z| + b, 0), sign(0) = 0 (Helfrich et al. 2018).

    W = (I + A)^-1 (I - A) D; theta [n(n-1)/2] is the strict upper triangle of A row by row, A_ji = -A_ij;
    D = diag(constants["D"]), +-1. The stored gradient is the one of theta; "W" itself is stored too, with its gradient.
    """

    states = ["h"]

    def parameters(self, m, n, options):
        return {"U": (m, n), "b": (n,), "theta": (n * (n - 1) // 2,)}, {"b": SMALL}

    def step(self, p, x, s, options):
        z = project(x, p["U"]) + s["h"] @ p["W"]
        return {"h": torch.sign(z) * torch.relu(z.abs() + p["b"])}


def skew(theta, n):
    """A [n x n] with its strict upper triangle theta, row by row, and A^T = -A."""
    row, column = torch.triu_indices(n, n, offset=1)
    upper = torch.zeros(n, n, dtype=theta.dtype).index_put((row, column), theta)
    return upper - upper.T


def scaled_cayley(theta, D):
    A, I = skew(theta, len(D)), torch.eye(len(D), dtype=theta.dtype)
    return torch.linalg.solve(I + A, I - A) * D


CELLS = {"rnn": Rnn(), "irnn": Rnn(), "lstm": Lstm(), "gru": Gru(), "scornn": ScoRnn()}


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
