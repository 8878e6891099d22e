"""Topic models: bounds that rise, planted topics, states that stay sound, documents of any kind."""

import itertools
import math
import re

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import linear_sum_assignment
from scipy.special import gammaln, psi

import pellucid
from pellucid.conformance.decomposition import _counts
from pellucid.decomposition import (
    GibbsLDA,
    LatentDirichletAllocation,
    coherence,
    held_out_log_likelihood,
    top_words,
)
from pellucid.decomposition import _gibbs as gibbs
from pellucid.decomposition._dirichlet_prior import better_prior
from pellucid.decomposition._gibbs import Chain
from pellucid.decomposition._variational import (
    add_word_sums,
    dirichlet_bound,
    documents_bound,
    exp_expected_log_topics,
    exp_psi,
    expected_logs,
    posterior,
)

MODELS = [LatentDirichletAllocation, GibbsLDA]
FRUIT = ["apple", "pear", "plum", "apple", "cherry", "plum", "pear"]
TOOLS = ["hammer", "saw", "nail", "hammer", "screw", "nail", "saw", "saw"]
WORDS = [FRUIT, TOOLS, FRUIT[:3], [], TOOLS[2:], FRUIT + TOOLS, FRUIT[1:], TOOLS[:4]]


def planted(N=400, V=60, K=4, length=80, alpha=0.2, seed=0):
    """Counts, and the topics and mixtures that they were drawn from."""
    rng = np.random.default_rng(seed)
    topics, mixtures = rng.dirichlet(np.full(V, 0.1), K), rng.dirichlet(np.full(K, alpha), N)
    X = np.array([rng.multinomial(length, p / p.sum()) for p in mixtures @ topics])
    return sp.csr_matrix(X), topics, mixtures


def matched(found, topics):
    """The found topics in the order of those that they are nearest to."""
    found = found / found.sum(axis=1, keepdims=True)
    distance = np.abs(found[:, None] - topics).sum(axis=2)
    return found[linear_sum_assignment(distance.T)[1]]


def test_exp_psi_is_that_of_scipy():
    x = np.concatenate([10.0 ** np.arange(-2, 18, 0.1), [0.0015, 1e30, 1e150]])
    assert_allclose(exp_psi_of(x), np.exp(psi(x)), rtol=1e-12)
    assert exp_psi_of(np.array([1e-300]))[0] < 1e-300


def exp_psi_of(x):
    out = np.empty_like(x)
    exp_psi(x, out, np.empty_like(x))
    return out


def word_sums(X, found, beta):
    """Σ_d n_dw φ_dwk                                                                   (K, V)"""
    sums = np.zeros_like(beta)
    add_word_sums(X, found, sums)
    return (sums * beta).T


def test_the_posterior_is_the_fixed_point_of_its_equations():
    X, rng = _counts(), np.random.default_rng(0)
    beta = np.exp(expected_logs(rng.gamma(5, 1, (3, X.shape[1])))).T.copy()
    alpha = np.array([0.1, 0.5, 1.0])
    found = posterior(X, beta, alpha, np.ones((X.shape[0], 3)), 100_000, 1e-14)
    theta = np.exp(expected_logs(found.gamma))
    assert_allclose(found.theta, theta, rtol=1e-11)
    phi = theta[:, None] * beta  # (N, V, K)
    phi /= phi.sum(axis=2, keepdims=True)
    shared = X.toarray()[:, :, None] * phi
    assert_allclose(found.gamma, alpha + shared.sum(axis=1), rtol=1e-9)
    assert_allclose(word_sums(X, found, beta), shared.sum(axis=0).T, rtol=1e-9)
    # the bound by its definition: E log p(w, z, θ) - E log q(z, θ)
    logs, gamma = expected_logs(found.gamma), found.gamma
    words = np.sum(shared * (np.log(beta) + logs[:, None] - np.log(phi)))
    prior = gammaln(alpha.sum()) - gammaln(alpha).sum() + (logs @ (alpha - 1)).sum() / len(logs)
    own = gammaln(gamma.sum(axis=1)) - gammaln(gamma).sum(axis=1) + ((gamma - 1) * logs).sum(axis=1)
    expected = words + len(gamma) * prior - own.sum()
    bounds = documents_bound(X, found, beta, alpha)
    assert_allclose(bounds.sum(), expected, rtol=1e-10)
    assert_allclose(bounds.sum() - words, dirichlet_bound(alpha, gamma).sum())


@pytest.mark.parametrize("rounds", [1, 7, 25, 100])
def test_topics_that_a_document_has_no_more_of_change_nothing(rounds):
    """Against the rounds with all of the 60 topics, of which few are left in a document."""
    rng, K = np.random.default_rng(1), 60
    topics = rng.dirichlet(np.full(120, 0.05), K)
    mixtures = rng.dirichlet(np.full(K, 0.1), 30)
    X = np.array([rng.multinomial(n, p) for n, p in enumerate(mixtures @ topics)])
    beta = np.ascontiguousarray(topics.T + 1e-9)
    found = posterior(sp.csr_array(X.astype(float)), beta, 1 / K, np.ones((30, K)), rounds, 0.0)
    gamma, tiny = np.ones((30, K)), np.finfo(float).eps
    for _ in range(rounds):
        theta = np.exp(expected_logs(gamma))
        ratio = X / (theta @ beta.T + tiny)
        gamma = 1 / K + theta * (ratio @ beta)
    assert_allclose(found.gamma, gamma, rtol=1e-9)
    assert rounds < 100 or np.mean(gamma == 1 / K) > 0.8
    theta = np.exp(expected_logs(gamma))
    assert_allclose(found.theta, theta, rtol=1e-9)
    assert_allclose(found.ratio, (X / (theta @ beta.T + tiny))[X > 0], rtol=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_never_falls(seed):
    """Each step begins where the last one stood: documents, topics, and the prior of mixtures."""
    rng = np.random.default_rng(seed)
    N, V, K = rng.integers(1, 40), rng.integers(1, 30), rng.integers(1, 6)
    X = sp.csr_array(rng.poisson(rng.gamma(0.3, 3, (N, V))), dtype=float)
    eta, alpha = rng.gamma(1, 0.5), rng.gamma(1, 0.5, K) + 0.01
    topics, gamma, reached = rng.gamma(100, 0.01, (K, V)), np.ones((N, K)), []

    def look(found, beta):
        own = dirichlet_bound(eta, topics).sum()
        reached.append(documents_bound(X, found, beta, alpha).sum() + own)

    for _ in range(15):
        beta = exp_expected_log_topics(topics)
        found = posterior(X, beta, alpha, gamma, 500, 1e-12)
        look(found, beta)
        gamma = found.gamma
        topics = eta + word_sums(X, found, beta)
        look(found, exp_expected_log_topics(topics))
        alpha = better_prior(alpha, expected_logs(gamma).mean(axis=0))
        look(found, exp_expected_log_topics(topics))
    assert np.all(np.diff(reached) > -1e-9 * np.abs(reached[:-1])), reached


def test_a_learned_prior_maximises_the_likelihood_of_the_mixtures():
    rng = np.random.default_rng(0)
    alpha = np.array([0.05, 0.4, 3.0, 0.4])
    logs = np.log(rng.dirichlet(alpha, 20_000) + 1e-300)
    found = better_prior(np.full(4, 0.25), logs.mean(axis=0))
    assert_allclose(
        psi(found) - psi(found.sum()), logs.mean(axis=0), rtol=1e-9
    )  # the gradient is 0
    assert_allclose(found, alpha, rtol=0.05)
    assert np.all(np.isfinite(better_prior(np.full(2, 0.5), np.log([1e-9, 1.0]))))


PLANTED = {"doc_topic_prior": 0.2, "random_state": 2}  # other seeds end in worse maxima


@pytest.mark.parametrize(
    "model",
    [
        LatentDirichletAllocation(4, max_iter=60, **PLANTED),
        LatentDirichletAllocation(4, max_iter=60, **PLANTED | {"doc_topic_prior": "learned"}),
        LatentDirichletAllocation(4, max_iter=30, learning_method="online", **PLANTED),
        GibbsLDA(4, max_iter=150, **PLANTED),
    ],
)
def test_planted_topics_are_found(model):
    X, topics, mixtures = planted()
    model.fit(X)
    # what is left is the noise of some 8,000 words a topic
    assert np.abs(matched(model.components_, topics) - topics).sum(axis=1).max() < 0.12
    shares = model.transform(X)
    assert_allclose(shares.sum(axis=1), 1)
    errors = [
        np.abs(shares[:, list(p)] - mixtures).mean() for p in itertools.permutations(range(4))
    ]
    assert min(errors) < 0.05


@pytest.mark.parametrize("table", [0, 100])
def test_the_counts_of_the_chain_are_those_of_its_topics(monkeypatch, table):
    monkeypatch.setattr(gibbs, "SMALL", 100)  # four parts
    monkeypatch.setattr(gibbs, "TABLE", table)
    X, *_ = planted(N=50, V=30, K=7)
    chain = Chain(X, 7, 0.3, 0.1, np.random.RandomState(0))
    assert len(chain.words) == 5
    first = chain.tokens.topic.copy()
    for _ in range(5):
        chain.sweep()
        assert_array_equal(chain.topic_sizes, np.bincount(chain.tokens.topic, minlength=7))
        assert_array_equal(counts_of(chain), chain.document_counts())
    assert_array_equal(chain.word_counts().sum(axis=0), X.toarray().sum(axis=0))
    assert_array_equal(chain.document_counts().sum(axis=1), X.toarray().sum(axis=1))
    assert np.any(first != chain.tokens.topic)


def counts_of(chain):
    """n_dk as the chain keeps it: the table itself, or written out of lists, which are checked."""
    if len(chain.mixtures) == 1:
        return chain.mixtures[0]
    out = np.zeros((chain.shape[0], chain.n_topics), int)
    for d, (start, used) in enumerate(zip(*chain.mixtures[:2], strict=True)):
        own, count = (each[start : start + used] for each in chain.mixtures[2:])
        assert len(set(own)) == used and np.all(count > 0)  # each topic once
        out[d, own] = count
    return out


@pytest.mark.parametrize(("small", "table"), [(0, 100), (10**9, 0), (0, 0)])
def test_however_it_is_swept_the_chain_has_the_same_distribution(monkeypatch, small, table):
    """By lists exactly; in parts, n_k is a little old, and that is hardly seen at 2,000 tokens."""
    X, *_ = planted(N=40, V=20, K=3, length=50)
    reached = []
    for one in ((10**9, 100), (small, table)):
        monkeypatch.setattr(gibbs, "SMALL", one[0])
        monkeypatch.setattr(gibbs, "TABLE", one[1])
        model = GibbsLDA(3, doc_topic_prior=0.2, max_iter=1500, evaluate_every=1, random_state=0)
        reached.append(model.fit(X).log_likelihood_[300:])
    spread = np.std(reached[0])
    assert abs(np.mean(reached[0]) - np.mean(reached[1])) < spread / 2
    assert 0.7 < np.std(reached[1]) / spread < 1.4


def test_the_joint_likelihood_is_griffiths_and_steyvers(monkeypatch):
    X, *_ = planted(N=12, V=8, K=3, length=6)
    chain = Chain(X, 3, 0.5, 0.3, np.random.RandomState(0))
    expected = 0.0
    for prior, counts in ((0.3, chain.word_counts()), (0.5, chain.document_counts())):
        C = counts.shape[1]
        for row in counts:
            expected += math.lgamma(C * prior) - math.lgamma(C * prior + row.sum())
            expected += sum(math.lgamma(prior + n) - math.lgamma(prior) for n in row)
    from pellucid.decomposition.gibbs_lda import _log_joint

    assert_allclose(_log_joint(chain), expected, rtol=1e-12)


def test_held_out_likelihood_prefers_the_topics_that_documents_come_from():
    new, topics, _ = planted(N=30)
    at_truth = held_out_log_likelihood(new, topics, 0.2)
    flat = held_out_log_likelihood(new, np.full_like(topics, 1 / topics.shape[1]), 0.2)
    assert_allclose(flat, -80 * np.log(topics.shape[1]), rtol=1e-12)  # whatever is drawn
    assert np.all(at_truth > flat)
    with pytest.raises(ValueError, match="count 3 words, the topics know 60"):
        held_out_log_likelihood(np.ones((1, 3)), topics, 0.2)


@pytest.mark.parametrize("model", MODELS)
def test_documents_of_words(model, tmp_path):
    options = {"max_iter": 30, "doc_topic_prior": 0.5, "random_state": 0}
    counted = model(2, **options).fit(WORDS)
    vocabulary = sorted({*FRUIT, *TOOLS})
    assert counted.feature_names_in_.tolist() == vocabulary
    table = np.array([[d.count(w) for w in vocabulary] for d in WORDS])
    as_table = model(2, **options).fit(table)
    assert_array_equal(counted.components_, as_table.components_)
    assert_array_equal(counted.transform(WORDS), as_table.transform(table))
    new = [["pear", "motor", "plum"], ["motor"]]
    shares = counted.transform(new)
    assert_allclose(shares.sum(axis=1), 1)
    assert_allclose(shares[1], 0.5)  # nothing known: the prior
    with pytest.raises(ValueError, match="learned from counts without names of words"):
        as_table.transform(new)
    pellucid.save(counted, tmp_path / "topics")
    assert_array_equal(pellucid.load(tmp_path / "topics").transform(new), shares)
    words = {word for word, _ in top_words(counted.components_, counted.feature_names_in_, 3)[0]}
    assert words <= set(FRUIT) or words <= set(TOOLS)


@pytest.mark.parametrize("model", MODELS)
def test_empty_rows_and_columns_and_single_ones(model):
    X = np.zeros((4, 5))
    X[1, 2] = 3
    fitted = model(3, max_iter=5, random_state=0).fit(X)
    shares = fitted.transform(X)
    assert_allclose(shares[[0, 2, 3]], 1 / 3)
    assert np.all(np.isfinite(fitted.components_)) and np.isfinite(fitted.score(X))
    one = model(1, max_iter=3, random_state=0).fit(X)
    assert_allclose(one.transform(X), 1)
    more = model(40, max_iter=3, random_state=0).fit(X)  # more topics than words
    assert np.all(np.isfinite(more.transform(X)))


@pytest.mark.parametrize("model", MODELS)
def test_what_are_not_counts(model):
    with pytest.raises(ValueError, match="Negative values in data passed to"):
        model().fit(-np.ones((3, 3)))
    with pytest.raises(ValueError, match="NaN"):
        model().fit(np.full((3, 3), np.nan))
    with pytest.raises(ValueError, match=r"inhomogeneous|sequence"):
        model().fit([[1, 2, 3], [4]])  # ragged lists of numbers are no table


def test_gibbs_takes_whole_numbers_alone():
    with pytest.raises(ValueError, match=r"GibbsLDA\.fit takes counts of words, which are whole"):
        GibbsLDA().fit([[0.5, 1.0]])


def test_nothing_at_all_to_learn_from():
    fitted = GibbsLDA(2, max_iter=2).fit(np.zeros((3, 4)))
    assert_allclose(fitted.doc_topic_, 0.5)
    model = LatentDirichletAllocation(2, max_iter=2, random_state=0).fit(np.zeros((3, 4)))
    assert_allclose(model.components_, 0.5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_are_kept(dtype):
    X = _counts(dtype=dtype)
    model = LatentDirichletAllocation(3, max_iter=3, random_state=0).fit(X)
    assert model.components_.dtype == model.transform(X).dtype == dtype


def test_huge_counts():
    X = np.array([[1e12, 0, 3], [0, 1e12, 5]])
    model = LatentDirichletAllocation(2, max_iter=20, random_state=0).fit(X)
    assert np.all(np.isfinite(model.components_)) and np.isfinite(model.bound_)


def test_partial_fit_is_the_online_fit():
    X = _counts()
    options = {"n_components": 3, "batch_size": 8, "random_state": 0, "total_samples": X.shape[0]}
    whole = LatentDirichletAllocation(learning_method="online", max_iter=1, **options).fit(X)
    pieces = LatentDirichletAllocation(**options)
    for start in range(0, X.shape[0], 8):
        pieces.partial_fit(X[start : start + 8])
    assert_array_equal(whole.components_, pieces.components_)
    with pytest.raises(ValueError, match=re.escape("has 3 features")):
        pieces.partial_fit(X[:, :3])


def test_an_online_step_takes_its_documents_for_a_part_of_all():
    X, options = _counts(), {"n_components": 3, "random_state": 0}
    batch = LatentDirichletAllocation(max_iter=1, **options).fit(X)
    whole = {"batch_size": X.shape[0], "learning_decay": 0, "total_samples": 7 * X.shape[0]}
    online = LatentDirichletAllocation(**options, **whole).partial_fit(X)
    assert_allclose(online.components_ - 1 / 3, 7 * (batch.components_ - 1 / 3), rtol=1e-12)


def test_equal_on_one_thread(monkeypatch):
    from pellucid.reduction import threads

    X, *_ = planted(N=300, length=100)
    fits = []
    for cores in (threads._cores(), 1):
        monkeypatch.setattr(threads, "_cores", lambda cores=cores: cores)
        a = LatentDirichletAllocation(5, max_iter=3, random_state=0).fit(X)
        b = GibbsLDA(5, max_iter=3, random_state=0).fit(X)
        fits.append((a.components_, b.components_, a.bound_))
    for one, other in zip(*fits, strict=True):
        assert_array_equal(one, other)


def test_coherence_of_words_that_always_and_never_meet():
    X = np.array([[1, 1, 0], [2, 1, 0], [0, 0, 1]])
    assert_allclose(coherence([[3, 2, 1]], X, 2, "npmi"), 1)
    assert_allclose(coherence([[3, 1, 2]], X, 2, "npmi"), -1)
    assert_allclose(coherence([[3, 2, 1]], np.ones((4, 3)), 2, "npmi"), 0)
    assert_allclose(coherence([[3, 1, 2]], X, 2), math.log(1 / 2))
    with pytest.raises(ValueError, match=r"words \[1\] are in no document"):
        coherence([[3, 2, 1]], X * [1, 0, 1], 2)
    assert_allclose(coherence([[3, 2, 1]], X * [1, 0, 1], 2, "npmi"), -1)
    for options, error in (({"measure": "c_v"}, "u_mass"), ({"n_words": 1}, "two words")):
        with pytest.raises(ValueError, match=error):
            coherence([[1, 2]], np.ones((2, 2)), **options)
    with pytest.raises(ValueError, match="3 names"):
        top_words([[1, 2]], ["a", "b", "c"])
