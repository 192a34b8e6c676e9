"""The cases of the fixtures: names, sizes, cells and options, without any number."""
import torch


EVERY, LAST = "every-step", "last-step"
TANH, RELU = "tanh", "relu"
LEARNED, GIVEN = {"initial": "learned"}, {"initial": "given"}


def dense(features):
    return {"kind": "dense", "features": features}


def symbols(classes):
    return {"kind": "symbols", "classes": classes}


def classify(size, at=EVERY):
    return {"loss": "cross-entropy", "size": size, "at": at}


def regress(size, at=LAST):
    return {"loss": "mean-squared-error", "size": size, "at": at}


def rnn(units, activation):
    return {"cell": "rnn", "options": {"activation": activation}, "units": units}


def irnn(units):
    return {"cell": "irnn", "options": {"activation": RELU, "initial": "identity"}, "units": units}


def lstm(units, peephole=False):
    return {"cell": "lstm", "options": {"peephole": peephole}, "units": units}


def gru(units, reset):
    return {"cell": "gru", "options": {"reset": reset}, "units": units}


def scornn(units, negative_ones):
    return {"cell": "scornn", "options": {"negativeOnes": negative_ones}, "units": units}


def layer(cell, units, **options):
    return {"cell": cell, "options": options, "units": units}


def cornn(units, dt=0.3, gamma=1.3, epsilon=0.8):
    return layer("cornn", units, dt=dt, gamma=gamma, epsilon=epsilon)


def antisymmetric(units, **options):
    return layer("antisymmetric", units, epsilon=0.4, gamma=0.05, **options)


def lipschitz(units):
    return layer("lipschitz", units, epsilon=0.3, beta=0.7, gamma=0.05)


def structured(name, **options):
    """A network, an LSTM and a GRU on top of each other, all their recurrent maps of one structure."""
    structure = {"name": name} | options

    def layers(units, peephole=False, reset="after"):
        return [spec | {"structure": structure} for spec in (rnn(units, TANH), lstm(units, peephole), gru(units, reset))]

    return layers


def kru(units, factors, penalty=0):
    return layer("kru", units, factors=factors, penalty=penalty)


def goru(units, negative_ones):
    return layer("goru", units, parametrization={"name": "scaled-cayley", "negativeOnes": negative_ones})


def tails(*lengths):
    """Mask of variable lengths: row b exists for its first lengths[b] steps."""
    steps = torch.arange(max(lengths)).unsqueeze(1)
    return {"mask": (steps < torch.tensor(lengths)).double()}


def holes(time, batch, *missing):
    mask = torch.ones(time, batch, dtype=torch.float64)
    for t, b in missing:
        mask[t, b] = 0
    return {"mask": mask}


MISSING = [(0, 1), (3, 0), (4, 0), (6, 2), (8, 1)]  # missing (step, row), also the first and the last

# name, time, input, layers, output, more: mask, initial, zeroRows (rows of U set to 0, so that modReLU meets z = 0 in the first step)
CASES = [
    ("rnn-tanh-adding", 9, dense(2), [rnn(5, TANH)], regress(2), {}),
    ("rnn-tanh-symbols", 7, symbols(6), [rnn(6, TANH)], classify(4), {}),
    ("rnn-tanh-learned-h0", 6, dense(7), [rnn(7, TANH)], classify(5), LEARNED),
    ("rnn-relu-dense", 8, dense(7), [rnn(7, RELU)], classify(5, LAST), {}),
    ("rnn-relu-masked", 9, symbols(5), [rnn(6, RELU)], classify(4), tails(9, 6, 4)),
    ("irnn-adding", 9, dense(2), [irnn(7)], regress(1), {}),
    ("lstm-symbols", 8, symbols(6), [lstm(5)], classify(4), {}),
    ("lstm-masked", 9, dense(2), [lstm(6)], classify(3), tails(5, 9, 7)),
    ("lstm-holes-last", 9, symbols(5), [lstm(5)], classify(4, LAST), holes(9, 3, *MISSING)),
    ("lstm-given-state", 6, dense(7), [lstm(7)], classify(5, LAST), GIVEN),
    ("lstm-peephole", 8, symbols(6), [lstm(6, peephole=True)], classify(4), LEARNED),
    ("lstm-peephole-dense", 7, dense(2), [lstm(5, peephole=True)], regress(2), {}),
    ("gru-reset-before", 8, symbols(6), [gru(6, "before")], classify(4), {}),
    ("gru-reset-before-masked", 9, dense(7), [gru(5, "before")], classify(3), tails(9, 4, 6) | LEARNED),
    ("gru-reset-after", 8, symbols(6), [gru(6, "after")], classify(4), {}),
    ("gru-reset-after-regression", 7, dense(2), [gru(7, "after")], regress(3, EVERY), tails(7, 5, 3)),
    ("scornn-symbols", 9, symbols(6), [scornn(6, 3)], classify(4), {"zeroRows": [0, 1]}),
    ("scornn-dense-last", 8, dense(7), [scornn(7, 0)], classify(5, LAST), {}),
    ("scornn-adding", 9, dense(2), [scornn(5, 2)], regress(1), LEARNED),
    ("scornn-masked", 9, symbols(5), [scornn(7, 7)], classify(3), tails(6, 9, 5)),
    ("stack-rnn-lstm", 7, dense(2), [rnn(6, TANH), lstm(5)], classify(4), {}),
    ("stack-masked", 8, symbols(5), [scornn(6, 2), gru(5, "after")], classify(3), tails(8, 5, 6) | GIVEN),
    ("indrnn-relu", 9, symbols(5), [layer("indrnn", 6, activation=RELU)], classify(3), tails(9, 5, 7)),
    ("indrnn-tanh", 7, dense(2), [layer("indrnn", 5, activation=TANH)], regress(2), LEARNED),
    ("cornn-symbols", 8, symbols(5), [cornn(5)], classify(3), tails(6, 8, 5) | LEARNED),
    ("cornn-dense", 9, dense(2), [cornn(6)], regress(2, EVERY), {}),
    ("antisymmetric", 8, symbols(5), [antisymmetric(6)], classify(3), tails(8, 4, 6) | LEARNED),
    ("antisymmetric-gated", 8, dense(2), [antisymmetric(5, gated=True)], regress(2), {}),
    ("lipschitz", 8, dense(2), [lipschitz(5)], classify(3), tails(5, 8, 6) | LEARNED),
    ("mingru", 8, symbols(5), [layer("mingru", 5, positive=False)], classify(3), tails(8, 5, 6)),
    ("mingru-positive", 8, dense(2), [layer("mingru", 6, positive=True)], regress(2), LEARNED),
    ("minlstm", 8, dense(7), [layer("minlstm", 5, positive=False)], classify(3), tails(6, 8, 4) | LEARNED),
    ("minlstm-positive", 7, symbols(5), [layer("minlstm", 5, positive=True)], regress(2), {}),
    ("stack-cornn-mingru", 7, dense(2), [cornn(5), layer("mingru", 5, positive=False)], classify(3), {}),
    ("exprnn", 8, symbols(5), [layer("exprnn", 6)], classify(3), tails(8, 5, 6)),
    ("dtriv-first-base", 7, dense(2), [layer("dtriv", 5)], regress(2), LEARNED),
    ("ornn", 8, symbols(5), [layer("ornn", 6, reflections=3)], classify(3), tails(5, 8, 6) | LEARNED),
    ("ornn-full", 7, dense(2), [layer("ornn", 5, reflections=5)], regress(2), {}),
    ("urnn-symbols", 6, symbols(6), [layer("urnn", 8)], classify(4), LEARNED),
    ("urnn-dense", 7, dense(1), [layer("urnn", 7)], regress(2), {}),
    ("fcurnn", 6, dense(6), [layer("fcurnn", 6)], classify(4, LAST), LEARNED),
    ("scurnn-masked", 7, symbols(6), [layer("scurnn", 7)], classify(4), tails(7, 4, 6) | LEARNED),
    ("scurnn-dense", 6, dense(1), [layer("scurnn", 6)], regress(2, EVERY), {}),
    ("eurnn", 6, dense(1), [layer("eurnn", 7, capacity=4)], classify(3), LEARNED),
    ("eurnn-fft", 6, symbols(6), [layer("eurnn", 8, capacity="fft")], classify(4), {"zeroRows": [0, 1]}),
    ("kru", 6, dense(6), [kru(6, [2, 3])], classify(4), LEARNED),
    ("kru-penalty", 5, symbols(6), [kru(8, [2, 2, 2], penalty=0.3)], classify(4, LAST), {}),
    ("goru-symbols", 7, symbols(6), [goru(6, 2)], classify(4), tails(5, 7, 6) | LEARNED),
    ("goru-dense", 6, dense(1), [goru(7, 0)], regress(2), {}),
    ("lru-masked", 7, dense(6), [layer("lru", 6)], classify(4), holes(7, 3, (0, 1), (2, 0), (6, 2)) | LEARNED),
    ("lru-symbols", 6, symbols(6), [layer("lru", 7)], regress(2), {}),
    ("stack-complex", 6, dense(2), [layer("urnn", 6), layer("scurnn", 7)], classify(3), tails(6, 3, 5) | GIVEN),
    ("stack-lru", 5, symbols(6), [layer("lru", 6), layer("fcurnn", 6)], classify(3, LAST), {}),
    ("structure-diagonal", 6, symbols(6), structured("diagonal")(6, peephole=True), classify(3), LEARNED),
    ("structure-two-blocks", 6, dense(1), structured("block-diagonal", blocks=2)(6), classify(3), {}),
    ("structure-three-blocks", 5, symbols(6), structured("block-diagonal", blocks=3)(6, reset="before"), classify(3), LEARNED),
    ("structure-permuted-block", 6, dense(6), structured("permuted-block", blocks=3)(6), classify(3), tails(4, 6, 5)),
    ("structure-sparse", 6, symbols(6), structured("sparse", density=0.4)(7, reset="before"), classify(3), {}),
    ("structure-hadamard", 6, dense(1), structured("hadamard")(8), regress(2), LEARNED),
    ("structure-low-rank", 6, symbols(6), structured("low-rank", rank=2)(6, peephole=True), classify(3, LAST), {}),
    ("svdrnn", 7, symbols(5), [layer("svdrnn", 5, margin=0.3)], classify(3), tails(7, 5, 6)),
    ("nnrnn", 7, dense(2), [layer("nnrnn", 5, delta=0.2, decay=0.1)], regress(2), LEARNED),
    ("nnrnn-even", 6, symbols(5), [layer("nnrnn", 6, delta=0.2, decay=0.1)], classify(3), {}),
]
