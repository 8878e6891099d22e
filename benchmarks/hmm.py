"""Hidden Markov models against hmmlearn: both scaled, as many steps from the same start.

The figure is log p(x) of the rows, after the fit; for Viterbi that of the best path.  A size says
``rows x columns x states``, and how many sequences the rows are cut into if it is not one.
"""

import numpy as np

from benchmarks.rows import benchmark, growth

STEPS = 5


def _sizes(size):
    shape, _, sequences = size.partition(" in ")
    T, D, K = (int(part) for part in shape.split("x"))
    S = int(sequences.split()[0]) if sequences else 1
    lengths = np.full(S, T // S)
    lengths[-1] += T - lengths.sum()
    return T, D, K, lengths


def _states(T, K, rng):
    """A path that stays in each state for some ten rows."""
    stay = rng.random(T) < 0.9
    stay[0] = False
    fresh = rng.integers(K, size=T)
    return fresh[np.maximum.accumulate(np.where(stay, 0, np.arange(T)))]


def _model(library, name, K, rng, **options):
    model = getattr(library.hmm, name)(
        K, n_iter=STEPS, tol=0, init_params="", implementation="scaling", **options
    )
    model.startprob_ = np.full(K, 1 / K)
    model.transmat_ = np.full((K, K), 0.2 / K) + 0.8 * np.eye(K)
    return model


def _gaussian(library, size, kind):
    T, D, K, lengths = _sizes(size)
    rng = np.random.default_rng(0)
    means = rng.normal(size=(K, D)) * 2
    X = means[_states(T, K, rng)] + rng.normal(size=(T, D))
    model = _model(library, "GaussianHMM", K, rng, covariance_type=kind)
    model.means_ = means + rng.normal(size=(K, D)) / 4
    model.covars_ = np.tile(np.eye(D), (K, 1, 1)) if kind == "full" else np.ones((K, D))
    return model, X, lengths


def _fit(model, X, lengths):
    start = {name: value for name, value in vars(model).items() if name.endswith("_")}

    def run():
        vars(model).update(start)
        model.fit(X, lengths)
        history = getattr(model, "history_", None) or list(model.monitor_.history)
        assert len(history) == STEPS
        return float(history[-1])

    return run


@benchmark(
    "10000x1x2",
    "1000000x1x2",
    "1000000x4x4",
    "100000x16x32",
    "1000000x4x4 in 10000 sequences",
    "100000x4x8 in 100 sequences",
    peer="hmmlearn",
)
def gaussian_fit(library, size):
    return _fit(*_gaussian(library, size, "diag"))


@benchmark("100000x8x8", peer="hmmlearn")
def gaussian_full_fit(library, size):
    return _fit(*_gaussian(library, size, "full"))


@benchmark("1000000x1x2", "100000x1x32", "1000000x1x4 in 10000 sequences", peer="hmmlearn")
def categorical_fit(library, size):
    T, _, K, lengths = _sizes(size)
    rng = np.random.default_rng(0)
    chances = rng.dirichlet(np.ones(20), size=K)
    steps = np.cumsum(chances, axis=1)[_states(T, K, rng)]
    X = np.minimum((steps < rng.random((T, 1))).sum(axis=1), 19)[:, None]
    model = _model(library, "CategoricalHMM", K, rng, n_features=20)
    model.emissionprob_ = 0.5 * chances + 0.5 / 20
    return _fit(model, X, lengths)


@benchmark("100000x2x4", peer="hmmlearn")
def poisson_fit(library, size):
    T, D, K, lengths = _sizes(size)
    rng = np.random.default_rng(0)
    rates = rng.gamma(2, 3, size=(K, D))
    model = _model(library, "PoissonHMM", K, rng)
    model.lambdas_ = rates * rng.uniform(0.8, 1.2, size=(K, D))
    return _fit(model, rng.poisson(rates[_states(T, K, rng)]), lengths)


@benchmark(
    "10000x1x2",
    "1000000x4x4",
    "100000x16x32",
    "1000000x4x4 in 10000 sequences",
    peer="hmmlearn",
)
def viterbi(library, size):
    model, X, lengths = _gaussian(library, size, "diag")
    model.n_features = X.shape[1]
    return lambda: float(model.decode(X, lengths)[0])


@benchmark("1000000x4x4", peer="hmmlearn")
def score(library, size):
    model, X, lengths = _gaussian(library, size, "diag")
    model.n_features = X.shape[1]
    return lambda: float(model.score(X, lengths))


@growth(
    peer="hmmlearn",
    rows=(3_000, 10_000, 30_000, 100_000, 300_000),
    states=(2, 4, 8, 16, 32),
    sequences=(1, 10, 100, 1_000, 10_000),
    cores=(1, 2),
)
def hidden_markov_model(library, rows=100_000, states=4, sequences=100, cores=None):
    """Five EM steps with normal densities of 4 columns; as many rows, in more sequences."""
    size = f"{rows}x4x{states} in {sequences} sequences"
    return _fit(*_gaussian(library, size, "diag"))
