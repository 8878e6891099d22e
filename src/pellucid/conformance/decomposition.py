"""Conformance of the topic models."""

import itertools
import math

import numpy as np
import scipy.sparse as sp

from pellucid.conformance.rows import agrees, equals


def _counts(N=40, V=30, dtype=np.float64):
    rng = np.random.default_rng(0)
    topics = rng.dirichlet(np.full(V, 0.2), 3)
    return sp.csr_matrix(rng.poisson(15 * rng.dirichlet(np.full(3, 0.5), N) @ topics), dtype=dtype)


LEARNED = ("components_", "exp_dirichlet_component_", "bound_", "n_batch_iter_", "n_iter_")


@agrees("decomposition.LatentDirichletAllocation", library="sklearn", rtol=1e-6)
def variational():
    from sklearn.decomposition import LatentDirichletAllocation as Theirs

    from pellucid.decomposition import LatentDirichletAllocation as Ours

    X = _counts()
    for options in (
        {},
        {"doc_topic_prior": 0.3, "topic_word_prior": 0.01},
        {"learning_method": "online", "batch_size": 7, "learning_decay": 0.6},
    ):
        ours, theirs = (
            cls(4, random_state=0, max_iter=6, **options).fit(X) for cls in (Ours, Theirs)
        )
        for name in LEARNED:
            yield f"{name}, {options}", getattr(ours, name), getattr(theirs, name)
        yield f"transform, {options}", ours.transform(X), theirs.transform(X)
        yield f"score, {options}", ours.score(X), theirs.score(X)
        for part in (False, True):
            what = f"perplexity of a part {part}, {options}"
            yield what, ours.perplexity(X, part), theirs.perplexity(X, part)


@equals(
    "decomposition.GibbsLDA",
    definition="the posterior of all topics of all tokens of a tiny corpus, enumerated",
    rtol=0,
    atol=0.012,  # four deviations of 20,000 draws
)
def gibbs():
    from pellucid.decomposition._gibbs import Chain, Mixtures

    X, alpha, beta = np.array([[2, 1, 0], [0, 1, 1]]), 0.7, 0.4
    for by_lists in (False, True):
        chain = Chain(sp.csr_array(X), 2, alpha, beta, np.random.RandomState(0))
        document, topic = chain.tokens.document, chain.tokens.topic
        if by_lists:  # as there are for many topics
            chain.mixtures = Mixtures.of(document, topic, X.sum(axis=1))
        word = np.repeat(np.arange(3), X.sum(axis=0))
        expected = np.array(
            [_joint(document, word, z, alpha, beta) for z in itertools.product(range(2), repeat=5)]
        )
        drawn = np.zeros(len(expected))
        for _ in range(20_000):
            chain.sweep()
            drawn[topic @ [16, 8, 4, 2, 1]] += 1
        yield f"shares of the states, {by_lists}", drawn / drawn.sum(), expected / expected.sum()


def _joint(document, word, z, alpha, beta):
    """p(words, z) by the chain rule of Pólya's urns, a token after the other."""
    p = 1.0
    for i, (d, w, k) in enumerate(zip(document, word, z, strict=True)):
        before = [(document[j] == d, word[j] == w, z[j] == k) for j in range(i)]
        own = sum(a for a, _, _ in before)
        p *= (alpha + sum(a and c for a, _, c in before)) / (2 * alpha + own)
        p *= (beta + sum(b and c for _, b, c in before)) / (3 * beta + sum(c for *_, c in before))
    return p


@equals(
    "decomposition.held_out_log_likelihood",
    definition="the sum over all topics of all words of a document",
    rtol=0.01,
)
def left_to_right():
    from pellucid.decomposition import held_out_log_likelihood

    rng = np.random.default_rng(0)
    topics, alpha = rng.dirichlet(np.ones(3), 2), np.array([0.5, 0.2])
    X = np.array([[2, 1, 1], [0, 0, 3], [0, 0, 0], [1, 0, 0]])
    expected = []
    for counts in X:
        words = np.repeat(np.arange(3), counts)
        total = 0.0
        for z in itertools.product(range(2), repeat=len(words)):
            p = 1.0
            for i, (w, k) in enumerate(zip(words, z, strict=True)):
                p *= topics[k, w] * (alpha[k] + z[:i].count(k)) / (alpha.sum() + i)
            total += p
        expected.append(math.log(total))
    yield "log p", held_out_log_likelihood(X, topics, alpha, 5000), expected


@equals("decomposition.top_words", definition="the words of each row, sorted", rtol=1e-15)
def most_probable():
    from pellucid.decomposition import top_words

    components = np.array([[1.0, 3, 0, 4], [2, 2, 5, 1]])
    found = top_words(components, list("abcd"), 2)
    yield "names", [ord(w) for topic in found for w, _ in topic], [ord(w) for w in "dbca"]
    yield "shares", [p for topic in found for _, p in topic], [0.5, 0.375, 0.5, 0.2]


@equals("decomposition.coherence", definition="documents counted pair by pair", rtol=1e-12)
def meeting_words():
    from pellucid.decomposition import coherence

    rng = np.random.default_rng(1)
    X, components = rng.random((40, 60)) < 0.3, rng.random((2, 60))
    u_mass, npmi = [], []
    for topic in components:
        top = sorted(range(60), key=lambda w: -topic[w])[:5]
        pairs = [(top[i], top[j]) for i in range(5) for j in range(i)]
        D = {(a, b): sum(row[a] and row[b] for row in X) for a, b in pairs + [(w, w) for w in top]}
        u_mass.append([math.log((D[a, b] + 1) / D[b, b]) for a, b in pairs])
        npmi.append(
            [
                math.log(D[a, b] * len(X) / (D[a, a] * D[b, b])) / -math.log(D[a, b] / len(X))
                if D[a, b]
                else -1
                for a, b in pairs
            ]
        )
    yield "u_mass", coherence(components, X, 5), np.mean(u_mass, axis=1)
    yield "npmi", coherence(components, X, 5, "npmi"), np.mean(npmi, axis=1)


@equals("plotting.plot_topics", definition="the words of each row, sorted", rtol=1e-15)
def drawn_topics():
    from pellucid.plotting import plot_topics

    components = np.array([[1.0, 3, 0, 4], [2, 2, 5, 1]])
    first, second = plot_topics(components, list("abcd"), 2).axes
    yield (
        "bars",
        [bar.get_width() for bar in first.patches + second.patches],
        [0.5, 0.375, 0.5, 0.2],
    )
    texts = [text.get_text() for text in first.texts + second.texts]
    yield "words", [ord(w) for w in texts], [ord(w) for w in "dbca"]
