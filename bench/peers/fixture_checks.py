"""The step-by-step cells against nn.RNN, nn.LSTM, nn.GRU and the papers' formulas; raises above 1e-12."""
import torch
from torch import nn
from torch.nn.functional import one_hot

from fixture_cells import REAL_CELLS, skew, unroll
from fixture_complex import COMPLEX_CELLS

TOLERANCE = 1e-12


def close(name, ours, theirs):
    error = (ours - theirs).abs().max().item()
    assert error <= TOLERANCE, f"{name}: differs by {error:.2e}, allowed {TOLERANCE:.0e}"


def module_for(layer, p, m, n):
    """nn module of the same mathematics, or None where PyTorch has none; with it the map of its gradients to ours."""
    cell, options = layer["cell"], layer["options"]
    if cell in ("rnn", "irnn"):
        module, gates = nn.RNN(m, n, nonlinearity=options["activation"]), [""]
    elif cell == "lstm" and not options["peephole"]:
        module, gates = nn.LSTM(m, n), ["i", "f", "g", "o"]
    elif cell == "gru" and options["reset"] == "after":
        module, gates = nn.GRU(m, n), ["r", "z", "c"]
    else:
        return None, []
    module = module.double()
    with torch.no_grad():
        module.weight_ih_l0.copy_(torch.cat([p[f"x{g}.weight"].T for g in gates]))
        module.weight_hh_l0.copy_(torch.cat([p[f"W{g}"].T for g in gates]))
        module.bias_ih_l0.copy_(torch.cat([p[f"x{g}.bias"] for g in gates]))
        module.bias_hh_l0.zero_()
        if "dc" in p:
            module.bias_hh_l0[2 * n :] = p["dc"]
    return module, gates


def check_against_module(name, cell, layer, p, xs, initial, mask, states):
    """One layer: outputs, final states, gradients of a weighted sum of the outputs; False if nn has no such cell.

    The module runs row by row over the steps that exist, so a masked step is one it never sees.
    """
    n = layer["units"]
    xs, initial = xs.detach(), {k: v.detach() for k, v in initial.items()}
    module, gates = module_for(layer, p, layer["inputSize"], n)
    if module is None:
        return False
    dense = one_hot(xs, layer["inputSize"]).double() if xs.dtype == torch.int64 else xs
    weights = torch.linspace(-1, 1, states["h"].numel(), dtype=torch.float64).reshape(states["h"].shape)
    exists = torch.ones(xs.shape[:2]).bool() if mask is None else mask.bool()
    for row in range(xs.shape[1]):
        steps = exists[:, row]
        start = [initial[s][row].reshape(1, 1, n) for s in cell.states]
        outputs, final = module(dense[steps, row].unsqueeze(1), tuple(start) if len(start) > 1 else start[0])
        (outputs[:, 0] * weights[steps, row]).sum().backward()
        close(f"{name} outputs", states["h"][steps, row].detach(), outputs[:, 0].detach())
        for s, value in zip(cell.states, final if len(start) > 1 else [final]):
            close(f"{name} final {s}", states[s][-1, row].detach(), value.detach().reshape(n))
    leaves = {k: v.detach().clone().requires_grad_() for k, v in p.items()}
    replay = unroll(cell, layer["options"], leaves, xs, initial, mask)
    (replay["h"] * weights * exists.unsqueeze(2)).sum().backward()
    for i, g in enumerate(gates):
        rows_of = slice(i * n, (i + 1) * n)
        close(f"{name} gradient x{g}.weight", leaves[f"x{g}.weight"].grad, module.weight_ih_l0.grad[rows_of].T)
        close(f"{name} gradient W{g}", leaves[f"W{g}"].grad, module.weight_hh_l0.grad[rows_of].T)
        close(f"{name} gradient x{g}.bias", leaves[f"x{g}.bias"].grad, module.bias_ih_l0.grad[rows_of])
    if "dc" in leaves:
        close(f"{name} gradient dc", leaves["dc"].grad, module.bias_hh_l0.grad[2 * n :])
    return True


def check_cayley(name, theta, D, W):
    """W is orthogonal, and dL/dA = V^T - V with V = (I + A)^-T (dL/dW)(D + W^T) (Helfrich et al. 2018)."""
    n, weight = len(D), W.detach()
    A, I = skew(theta.detach(), n), torch.eye(n, dtype=torch.float64)
    close(f"{name} orthogonality", weight.T @ weight, I)
    V = torch.linalg.solve((I + A).T, W.grad @ (torch.diag(D) + weight.T))
    close(f"{name} gradient theta", theta.grad, (V.T - V)[torch.triu_indices(n, n, 1).unbind()])


def check_variants(seed=3):
    """The cells nn has not, where they must coincide with one it has: Vo = 0, and r = 1 with dc = 0."""
    torch.manual_seed(seed)
    m, n, rows = 3, 6, 2
    xs = torch.randn(8, rows, m, dtype=torch.float64)
    variants = [("lstm", {"peephole": True}, {"peephole": False}), ("gru", {"reset": "before"}, {"reset": "after"})]
    for name, given, other in variants:
        cell = REAL_CELLS[name]
        shapes = {**cell.parameters(m, n, given)[0], **cell.parameters(m, n, other)[0]}
        p = {k: 0.5 * torch.randn(shape, dtype=torch.float64) for k, shape in shapes.items()}
        for k, value in {"Vo": 0.0, "dc": 0.0, "xr.bias": 60.0}.items():
            if k in p:
                p[k].fill_(value)
        initial = {s: torch.zeros(rows, n, dtype=torch.float64) for s in cell.states}
        one, two = (unroll(cell, options, p, xs, initial, None)["h"] for options in (given, other))
        close(f"{name} variants", one, two)


def check_unitary_cells(n=8, seed=5):
    """The maps of the unitary cells are linear, and keep every norm."""
    torch.manual_seed(seed)
    options = {"eurnn": [{"capacity": 4}, {"capacity": "fft"}]}
    for name in ("urnn", "scurnn", "eurnn"):
        for given in options.get(name, [{}]):
            cell = COMPLEX_CELLS[name]
            p = {k: torch.randn(shape, dtype=torch.float64) for k, shape in cell.weights(n, given)[0].items()}
            h = torch.randn(3, n, dtype=torch.complex128)
            W = cell.image(p, torch.eye(n, dtype=torch.complex128), given)
            close(f"{name} linear", cell.image(p, h, given), h @ W)
            close(f"{name} unitary", W.conj().T @ W, torch.eye(n).to(W))
