"""Structured recurrent matrices of the fixtures: the shape of their weights, and the full matrix W [n x n] of h @ W."""
import torch

# Of stiefel's `sparse` with density 0.4 and the pattern seed 0, by n: row j lists the units that unit j reads;
# fixtures.test.ts holds it against the structure.
PATTERNS = {
    7: [[0, 1, 6], [1, 2, 5], [2, 3, 6], [4, 5, 6], [1, 3, 4], [0, 1, 3], [0, 2, 5]],
}


def permutation(structure, n):
    """The perfect shuffle: unit j of block b reads unit b of part j, where every part has as many units as there are blocks."""
    return torch.arange(n).reshape(-1, structure["blocks"]).T.reshape(-1)


def constants_of(structure, n):
    kind = structure["name"]
    if kind == "permuted-block":
        return {"permutation": permutation(structure, n)}
    return {"pattern": torch.tensor(PATTERNS[n])} if kind == "sparse" else {}


def weight_shape(structure, n):
    kind = structure["name"]
    if kind in ("diagonal", "hadamard"):
        return (n,)
    if kind in ("block-diagonal", "permuted-block"):
        size = n // structure["blocks"]
        return (structure["blocks"], size, size)
    if kind == "sparse":
        return (sum(map(len, PATTERNS[n])),)
    return (n * (2 * structure["rank"] + 1),)


def full_matrix(structure, w, n):
    """diagonal, hadamard: w on the diagonal, alone or after the Walsh-Hadamard matrix over sqrt(n). Blocks one after another,
    permuted-block after the perfect shuffle. sparse: the weights of unit 0, of unit 1, .... low-rank: diag(d) + U V, from
    U [n x r], V [r x n], d [n] one after another."""
    kind = structure["name"]
    if kind == "diagonal":
        return torch.diag(w)
    if kind == "hadamard":
        return walsh(n) @ torch.diag(w) / n**0.5
    if kind == "block-diagonal":
        return torch.block_diag(*w)
    if kind == "permuted-block":
        shuffle = torch.eye(n, dtype=torch.float64)[:, permutation(structure, n)]
        return shuffle @ torch.block_diag(*w)
    if kind == "sparse":
        read = torch.tensor(PATTERNS[n])
        readers = torch.arange(n).unsqueeze(1).expand_as(read)
        return torch.zeros(n, n).double().index_put((read.reshape(-1), readers.reshape(-1)), w)
    r = structure["rank"]
    left, right, d = w.split([n * r, r * n, n])
    return torch.diag(d) + left.reshape(n, r) @ right.reshape(r, n)


def walsh(n):
    """H_1 = 1, H_2n = [[H, H], [H, -H]] (Sylvester)."""
    H = torch.ones(1, 1, dtype=torch.float64)
    while len(H) < n:
        H = torch.kron(torch.tensor([[1.0, 1.0], [1.0, -1.0]]).double(), H)
    return H
