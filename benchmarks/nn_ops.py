"""Single ops against PyTorch, a forward and a backward pass of each, in float32.

Sizes are those of a GPT of width 384, which reads 8 x 256 words out of 10,000, and of an MLP.  The
figure is a number of the gradient.
"""

import importlib

import numpy as np

from benchmarks.rows import benchmark

TOKENS, WIDTH, WORDS = (8, 256), 384, 10_000
CALLS = 5
LINEAR = {
    "32x784 to 512": ((32, 784), 512),
    "512x784 to 512": ((512, 784), 512),
    "2048x384 to 1536": ((*TOKENS, WIDTH), 4 * WIDTH),
    "2048x1536 to 384": ((*TOKENS, 4 * WIDTH), WIDTH),
}


def _step(library, call, *arrays):
    """The gradients by ``arrays`` of ``call`` of them, from a gradient that is there already."""
    package = importlib.import_module(library.name)
    tensors = [package.from_numpy(a).requires_grad_() for a in arrays]
    shape = tuple(call(*tensors).shape)
    rng = np.random.default_rng(1)
    upstream = package.from_numpy(np.asarray(rng.standard_normal(shape, np.float32)))

    def step():
        for _ in range(CALLS):
            for x in tensors:
                x.grad = None
            call(*tensors).backward(upstream)
        return tensors[0].grad[(0,) * tensors[0].ndim].item()

    return step


def _normal(*shape):
    return np.random.default_rng(0).standard_normal(shape, np.float32)


@benchmark(*LINEAR, peer="torch")
def linear(library, size):
    shape, width = LINEAR[size]
    weight, bias = _normal(width, shape[-1]), _normal(width)
    return _step(library, library.nn__functional.linear, _normal(*shape), weight, bias)


@benchmark("2048x384", peer="torch")
def layer_norm(library, _):
    norm = library.nn__functional.layer_norm
    weight, bias = _normal(WIDTH), _normal(WIDTH)
    return _step(
        library, lambda x, w, b: norm(x, (WIDTH,), w, b), _normal(*TOKENS, WIDTH), weight, bias
    )


@benchmark("2048x384", "32x64x28x28", peer="torch")
def batch_norm(library, size):
    shape = tuple(map(int, size.split("x")))
    package, norm = importlib.import_module(library.name), library.nn__functional.batch_norm
    mean, var = (package.from_numpy(f(shape[1], np.float32)) for f in (np.zeros, np.ones))
    weight, bias = _normal(shape[1]), _normal(shape[1])
    return _step(
        library, lambda x, w, b: norm(x, mean, var, w, b, True), _normal(*shape), weight, bias
    )


@benchmark("2048x1536", peer="torch")
def relu(library, _):
    return _step(library, library.nn__functional.relu, _normal(*TOKENS, 4 * WIDTH))


@benchmark("2048x1536", peer="torch")
def gelu(library, _):
    return _step(library, library.nn__functional.gelu, _normal(*TOKENS, 4 * WIDTH))


@benchmark("2048x1536", peer="torch")
def gelu_by_tanh(library, _):
    gelu = library.nn__functional.gelu
    return _step(library, lambda x: gelu(x, approximate="tanh"), _normal(*TOKENS, 4 * WIDTH))


@benchmark("2048x1536", peer="torch")
def sigmoid(library, _):
    return _step(library, library.nn__functional.sigmoid, _normal(*TOKENS, 4 * WIDTH))


@benchmark("2048x1536", peer="torch")
def dropout(library, _):
    return _step(library, library.nn__functional.dropout, _normal(*TOKENS, 4 * WIDTH))


@benchmark("12288x256", peer="torch")
def softmax(library, _):
    """Of the weights of attention, six heads."""
    softmax = library.nn__functional.softmax
    return _step(library, lambda x: softmax(x, dim=-1), _normal(8, 6, 256, 256))


@benchmark("2048x10000", "512x10", peer="torch")
def cross_entropy(library, size):
    rows, classes = map(int, size.split("x"))
    package, loss = importlib.import_module(library.name), library.nn__functional.cross_entropy
    target = package.from_numpy(np.random.default_rng(0).integers(0, classes, rows))
    return _step(library, lambda x: loss(x, target), _normal(rows, classes))


@benchmark("32 of 100 times, 30 signs", peer="torch")
def ctc_loss(library, _):
    """Of texts of 10 to 20 letters, from the logarithms of probabilities."""
    rng, F = np.random.default_rng(0), library.nn__functional
    numbers = importlib.import_module(library.name).from_numpy
    lengths = numbers(rng.integers(10, 21, 32))
    target, times = numbers(rng.integers(1, 30, (32, 20))), numbers(np.full(32, 100))

    def loss(x):
        return F.ctc_loss(F.log_softmax(x, dim=-1), target, times, lengths)

    return _step(library, loss, _normal(100, 32, 30))


@benchmark("2048 of 10000x384", peer="torch")
def embedding(library, _):
    package, rows = importlib.import_module(library.name), library.nn__functional.embedding
    places = package.from_numpy(np.random.default_rng(0).integers(0, WORDS, TOKENS))
    return _step(library, lambda weight: rows(places, weight), _normal(WORDS, WIDTH))
