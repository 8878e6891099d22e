"""The chain, against the sum over every path, and against plain loops over logarithms."""

import itertools

import numpy as np
import pytest
from paths import enumerate_paths, simple_forward_backward

from pellucid.hmm._chain import Chain
from pellucid.hmm._sequences import Sequences
from pellucid.hmm._viterbi import viterbi, viterbi_of_two
from pellucid.reduction import Rows, threads


def problem(T, K, seed, zeros=0.0, spread=2.0):
    rng = np.random.default_rng(seed)
    transitions = rng.dirichlet(np.ones(K), size=K) * (rng.random((K, K)) >= zeros) + 0.1 * np.eye(
        K
    )
    start = rng.dirichlet(np.ones(K))
    L = rng.normal(scale=spread, size=(T, K))
    return start, transitions / transitions.sum(axis=1, keepdims=True), L


def rows_of(L):
    """The densities of a slice of rows, as the chain asks for them."""
    return lambda rows: L[rows]


def posterior_and_counts(chain, L, offsets):
    gamma = np.empty_like(L)

    def keep(rows, g):
        gamma[rows] = g
        return g.sum(axis=0)

    log_prob, start, xi, total = chain.expect(rows_of(L), offsets, keep)
    np.testing.assert_allclose(total, gamma.sum(axis=0))
    return log_prob, start, xi, gamma


@pytest.mark.parametrize("logs", [False, True])
@pytest.mark.parametrize("zeros", [0.0, 0.5])
@pytest.mark.parametrize(("T", "K"), [(1, 1), (1, 3), (2, 2), (5, 3), (8, 2)])
def test_everything_equals_the_sum_over_every_path(T, K, zeros, logs):
    for seed in range(10):
        start, transitions, L = problem(T, K, seed, zeros)
        chain, offsets = Chain(start, transitions, logs), np.array([0, T])
        log_prob, posterior, xi, path, best = enumerate_paths(start, transitions, L)
        found = posterior_and_counts(chain, L, offsets)
        np.testing.assert_allclose(found[0], log_prob, rtol=1e-12)
        np.testing.assert_allclose(found[1], posterior[0], atol=1e-12)
        np.testing.assert_allclose(found[2], xi, atol=1e-12)
        np.testing.assert_allclose(found[3], posterior, atol=1e-12)
        np.testing.assert_allclose(chain.log_prob(rows_of(L), offsets), log_prob, rtol=1e-12)
        log_best, found_path = chain.viterbi(rows_of(L), offsets)
        np.testing.assert_allclose(log_best, best, rtol=1e-12)
        np.testing.assert_array_equal(found_path, path)
        now = chain.filter(rows_of(L), offsets)
        for t in range(T):
            known = enumerate_paths(start, transitions, L[: t + 1])[1][-1]
            np.testing.assert_allclose(np.exp(now[t]), known, atol=1e-12)


@pytest.mark.parametrize("logs", [False, True])
def test_sequences_are_apart(logs):
    """No transition leads from one to the next, nor out of the last row: T - 1 each."""
    start, transitions, L = problem(60, 3, 0)
    offsets = np.array([0, 1, 20, 21, 60])
    chain = Chain(start, transitions, logs)
    log_prob, first, xi, gamma = posterior_and_counts(chain, L, offsets)
    parts = [
        simple_forward_backward(start, transitions, L[a:b])
        for a, b in itertools.pairwise(offsets)
        if b - a > 1
    ]
    alone = [np.logaddexp.reduce(np.log(start) + L[t]) for t in (0, 20)]
    np.testing.assert_allclose(log_prob, sum(p[0] for p in parts) + sum(alone), rtol=1e-12)
    np.testing.assert_allclose(xi, sum(p[2] for p in parts), rtol=1e-10)
    np.testing.assert_allclose(xi.sum(), 60 - 4)
    np.testing.assert_allclose(gamma[21:], parts[1][1], atol=1e-12)
    np.testing.assert_allclose(first, gamma[offsets[:-1]].sum(axis=0))


@pytest.mark.parametrize("K", [1, 2, 5, 16, 33])
def test_kernels_equal_plain_loops(K):
    start, transitions, L = problem(300, K, K)
    expected = simple_forward_backward(start, transitions, L)
    for logs in (False, True):
        found = posterior_and_counts(Chain(start, transitions, logs), L, np.array([0, 300]))
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
        np.testing.assert_allclose(found[3], expected[1], atol=1e-11)
        np.testing.assert_allclose(found[2], expected[2], rtol=1e-9)


@pytest.mark.parametrize("spread", [50.0, 1000.0])
@pytest.mark.parametrize("zeros", [0.0, 0.6])
def test_scaling_steps_aside_where_numbers_would_underflow(spread, zeros):
    for seed in range(20):
        start, transitions, L = problem(40, 4, seed, zeros, spread)
        expected = simple_forward_backward(start, transitions, L)
        for logs in (False, True):
            chain = Chain(start, transitions, logs)
            found = posterior_and_counts(chain, L, np.array([0, 40]))
            np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
            np.testing.assert_allclose(found[3], expected[1], atol=1e-9)
            np.testing.assert_allclose(found[2], expected[2], atol=1e-9)
            assert chain.log_prob(rows_of(L), np.array([0, 40])) == pytest.approx(
                expected[0], rel=1e-12
            )


def test_evidence_that_turns_is_not_forgotten():
    """Two worlds that never meet: the second is 1e-350 times as likely at first, then 1e50 as."""
    L = np.array([[0.0, -800.0], [0.0, 1800.0], [0.0, -900.0]])
    for logs in (False, True):
        chain = Chain(np.array([0.5, 0.5]), np.eye(2), logs)
        log_prob, _, _, gamma = posterior_and_counts(chain, L, np.array([0, 3]))
        assert log_prob == pytest.approx(100 - np.log(2))
        np.testing.assert_allclose(gamma[:, 1], 1)


@pytest.mark.parametrize("logs", [False, True])
def test_the_impossible_is_minus_infinity_or_an_error(logs):
    chain, offsets = Chain(np.array([1.0, 0.0]), np.eye(2), logs), np.array([0, 3])
    L = np.array([[0.0, 0.0], [-np.inf, 0.0], [0.0, 0.0]])
    assert chain.log_prob(rows_of(L), offsets) == -np.inf
    for method in (chain.posterior, chain.viterbi, chain.filter):
        with pytest.raises(ValueError, match="probability zero"):
            method(rows_of(L), offsets)
    for bad in (np.nan, np.inf):
        L[1, 1] = bad
        with pytest.raises(ValueError, match="infinite, or not a number"):
            chain.log_prob(rows_of(L), offsets)


def test_a_million_steps():
    """The scaled chain and the logarithms agree to the end, and so does a count of the paths."""
    T = 1_000_000
    start, transitions = np.array([0.5, 0.5]), np.array([[0.9, 0.1], [0.2, 0.8]])
    L = np.log(np.array([[0.7, 0.3], [0.2, 0.8]]))[np.random.default_rng(0).integers(2, size=T)]
    offsets = np.array([0, T])
    scaled, logs = (
        posterior_and_counts(Chain(start, transitions, logs), L, offsets) for logs in (False, True)
    )
    for a, b in zip(scaled, logs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8)
    assert scaled[2].sum() == pytest.approx(T - 1, rel=1e-12)
    log_best, path = Chain(start, transitions).viterbi(rows_of(L), offsets)
    joint = np.log(start[path[0]]) + L[np.arange(T), path].sum()
    joint += np.log(transitions[path[:-1], path[1:]]).sum()
    assert log_best == pytest.approx(joint, rel=1e-11)


@pytest.mark.parametrize("seed", range(20))
def test_the_path_of_two_states_is_that_of_any_number(seed):
    """Ties (of whole numbers, which are added without rounding), what is impossible, one row."""
    rng = np.random.default_rng(seed)
    L, log_arrivals = 9 * rng.random((400, 2)), -3 * rng.random((2, 2))
    if seed % 2:
        L, log_arrivals = np.round(L), np.round(log_arrivals)
    log_arrivals[1, 0] = -np.inf if seed % 3 else -1.0
    L[rng.random(400) < 0.1, 1] = -np.inf
    L[100] = L[100] if seed % 5 else -np.inf
    offsets = np.array([0, 1, 9, 200, 400])
    paths = np.zeros((2, 400), np.int64)
    best = viterbi(L.copy(), offsets, log_arrivals, paths[0])
    assert viterbi_of_two(L.copy(), offsets, log_arrivals, paths[1]) == pytest.approx(
        best, rel=1e-12
    )
    assert best == -np.inf if seed % 5 == 0 else np.array_equal(*paths)


def test_threads_change_no_bit(monkeypatch):
    start, transitions, L = problem(50_000, 3, 0)
    lengths = [20_000, 5, 1, 994, *[100] * 190, 10_000]

    def run():
        sequences = Sequences(Rows(L, None), lengths, row_bytes=2000)
        chain = Chain(start, transitions)

        def statistics(part, offsets):
            return chain.expect(rows_of(part), offsets, lambda s, g: g.T @ part[s])

        return sequences.reduce(statistics)

    threaded = run()
    monkeypatch.setattr(threads, "_cores", lambda: 1)
    for a, b in zip(threaded, run(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_chunks_cover_the_sequences_once():
    for seed in range(50):
        rng = np.random.default_rng(seed)
        lengths = rng.integers(1, 40, size=rng.integers(1, 30))
        rows = Rows(np.arange(lengths.sum())[:, None], None)
        sequences = Sequences(rows, lengths, row_bytes=1 << 17)
        found = sequences.map(lambda X, offsets: (X[:, 0], offsets + X[0, 0]))
        np.testing.assert_array_equal(np.concatenate([n for n, _ in found]), rows.arrays[0][:, 0])
        ends = np.concatenate([[0], *[offsets[1:] for _, offsets in found]])
        np.testing.assert_array_equal(ends, np.concatenate([[0], np.cumsum(lengths)]))


def test_of_equal_paths_the_first_is_taken():
    chain = Chain(np.full(3, 1 / 3), np.full((3, 3), 1 / 3))
    _, path = chain.viterbi(rows_of(np.zeros((6, 3))), np.array([0, 2, 6]))
    np.testing.assert_array_equal(path, 0)
