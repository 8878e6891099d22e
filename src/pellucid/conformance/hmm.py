"""Conformance of hidden Markov models."""

import itertools

import numpy as np

from pellucid.conformance.rows import agrees, equals, holds

LENGTHS = [80, 1, 39]
START, TRANSITIONS = np.array([0.6, 0.4]), np.array([[0.8, 0.2], [0.3, 0.7]])


def _rows(D=2, seed=0):
    """Rows of two states that take turns."""
    rng = np.random.default_rng(seed)
    state = np.repeat(rng.integers(2, size=sum(LENGTHS) // 5), 5)
    return rng.normal(size=(len(state), D)) + 2 * state[:, None]


def _both(library, name, start, steps, **options):
    """Ours and theirs, from the same start, after so many steps."""
    import pellucid.hmm

    X = start["X"]
    for implementation in ("scaling", "log"):
        pair = []
        for module in (pellucid.hmm, library):
            model = getattr(module, name)(
                2, n_iter=steps, tol=0, init_params="", implementation=implementation, **options
            )
            model.startprob_, model.transmat_ = START, TRANSITIONS
            for attribute in start.keys() - {"X"}:
                setattr(model, attribute, start[attribute])
            pair.append(model.fit(X, LENGTHS))
        yield implementation, X, *pair


def _compare(what, X, ours, theirs, *attributes):
    yield f"{what}: history", ours.history_, list(theirs.monitor_.history)
    for attribute in ("startprob_", "transmat_", *attributes):
        yield f"{what}: {attribute}", getattr(ours, attribute), getattr(theirs, attribute)
    yield f"{what}: score", ours.score(X, LENGTHS), theirs.score(X, LENGTHS)
    yield f"{what}: posterior", ours.predict_proba(X, LENGTHS), theirs.predict_proba(X, LENGTHS)
    for algorithm in ("viterbi", "map"):
        a, b = (model.decode(X, LENGTHS, algorithm) for model in (ours, theirs))
        yield f"{what}: log probability, {algorithm}", a[0], b[0]
        yield f"{what}: states, {algorithm}", a[1], b[1]


@agrees("hmm.GaussianHMM", library="hmmlearn", rtol=1e-9)
def gaussian_step_for_step():
    from hmmlearn import hmm

    covariances = {
        "full": np.tile(np.eye(2), (2, 1, 1)),
        "tied": np.eye(2),
        "diag": np.ones((2, 2)),
    }
    prior = {"means_prior": 1.0, "means_weight": 2.0, "covars_prior": 0.3, "covars_weight": 5.0}
    for (kind, covars), options in itertools.product(covariances.items(), ({}, prior)):
        start = {"X": _rows(), "means_": np.array([[0.0, 1], [2, 2]]), "covars_": covars}
        options = {**options, "covariance_type": kind}
        for how, X, ours, theirs in _both(hmm, "GaussianHMM", start, 4, **options):
            what = f"{kind}, {how}{', priors' if 'means_prior' in options else ''}"
            yield from _compare(what, X, ours, theirs, "means_", "covars_")
            yield f"{what}: aic", ours.aic(X, LENGTHS), theirs.aic(X, LENGTHS)
            yield f"{what}: bic", ours.bic(X, LENGTHS), theirs.bic(X, LENGTHS)


@agrees("hmm.CategoricalHMM", library="hmmlearn", rtol=1e-9)
def categorical_step_for_step():
    from hmmlearn import hmm

    X = np.random.default_rng(0).integers(3, size=(sum(LENGTHS), 1))
    B = np.array([[0.2, 0.3, 0.5], [0.5, 0.4, 0.1]])
    for options in ({}, {"startprob_prior": 2.0, "transmat_prior": 3.0, "emissionprob_prior": 1.5}):
        start = {"X": X, "emissionprob_": B}
        for how, _, ours, theirs in _both(hmm, "CategoricalHMM", start, 4, **options):
            yield from _compare(f"{how} {list(options)}", X, ours, theirs, "emissionprob_")
            stationary = theirs.get_stationary_distribution()
            yield "stationary distribution", ours.get_stationary_distribution(), stationary


@agrees("hmm.PoissonHMM", library="hmmlearn", rtol=1e-9)
def poisson_step_for_step():
    from hmmlearn import hmm

    X = np.random.default_rng(0).poisson(np.exp(_rows() / 2))
    start = {"X": X, "lambdas_": np.array([[1.0, 2], [4, 3]])}
    for how, _, ours, theirs in _both(hmm, "PoissonHMM", start, 4):
        yield from _compare(how, X, ours, theirs, "lambdas_")


@agrees("hmm.GMMHMM", library="hmmlearn", rtol=1e-9)
def mixtures_step_for_step():
    """Theirs take covariances about the means before the step: so the one or the other rests."""
    from hmmlearn import hmm

    import pellucid.hmm

    X, rng = _rows(), np.random.default_rng(1)
    start = {"means_": rng.normal(size=(2, 2, 2)), "weights_": np.array([[0.5, 0.5], [0.3, 0.7]])}
    covariances = {
        "full": np.tile(np.eye(2), (2, 2, 1, 1)),
        "tied": np.tile(np.eye(2), (2, 1, 1)),
        "diag": np.ones((2, 2, 2)),
    }
    for (kind, covars), params in itertools.product(covariances.items(), ("stwm", "stwc")):
        options = {"covariance_type": kind, "params": params, "n_iter": 3, "tol": 0}
        ours, theirs = (module.GMMHMM(2, 2, **options) for module in (pellucid.hmm, hmm))
        theirs._init(X)  # gives its priors their shapes
        for model in (ours, theirs):
            model.set_params(init_params="")
            model.startprob_, model.transmat_, model.covars_ = START, TRANSITIONS, covars
            model.means_, model.weights_ = start["means_"], start["weights_"]
            model.fit(X, LENGTHS)
        learned = ("weights_", "means_", "covars_")
        yield from _compare(f"{kind}, {params}", X, ours, theirs, *learned)


@equals("hmm.HMM", definition="the sum over every path of states", rtol=1e-10)
def every_path():
    from pellucid.emissions import Gaussian
    from pellucid.hmm import HMM

    X = _rows()[:7]
    model = HMM(2, Gaussian("full"), n_iter=3, random_state=0).fit(_rows(), LENGTHS)
    paths = np.array(list(itertools.product(range(2), repeat=7)))
    L = model.emission_.log_density(X)
    joint = np.log(model.startprob_[paths[:, 0]]) + L[np.arange(7), paths].sum(axis=1)
    joint += np.log(model.transmat_[paths[:, :-1], paths[:, 1:]]).sum(axis=1)
    share = np.exp(joint - joint.max())
    log_prob = joint.max() + np.log(share.sum())
    yield "log p(x)", model.score(X), log_prob
    yield "posterior of state 1", model.predict_proba(X)[:, 1], share @ paths / share.sum()
    yield "best path", model.decode(X)[0], joint.max()
    yield "states", model.predict(X), paths[joint.argmax()]


@holds("hmm.Belief", "hmm.HMM", that="rows taken one at a time are filtered as all", rtol=1e-10)
def one_row_at_a_time():
    from pellucid.hmm import HMM

    X = _rows()
    model, belief = HMM(3, n_iter=5, random_state=0).fit(X, LENGTHS), None
    for t, expected in enumerate(model.filter(X)):
        belief = model.step(X[t], belief)
        yield f"row {t}", belief.probability, expected
    yield "last row, smoothed", belief.probability, model.predict_proba(X)[-1]
    yield "log p(x)", belief.log_prob, model.score(X)


@holds("plotting.plot_state_path", that="each row lies in a band of its state's colour")
def bands():
    from matplotlib.colors import to_rgb

    from pellucid.plotting import plot_state_path

    states = np.array([0, 0, 2, 2, 2, 1, 0])
    ax = plot_state_path(np.arange(7.0), states, at=np.arange(1900, 1907), names="abc")
    patches = [(p.get_x(), p.get_x() + p.get_width(), p.get_facecolor()) for p in ax.patches]
    for year, state in zip(range(1900, 1907), states, strict=True):
        colours = [c[:3] for start, stop, c in patches if start <= year <= stop]
        yield f"bands at {year}", len(colours), 1
        yield f"colour at {year}", np.array(colours[0]), np.array(to_rgb(f"C{state}"))
