"""Topic models: variational Bayes, and sweeps of Gibbs sampling.

The figure is a perplexity or a log likelihood of what was learned from.
"""

import numpy as np
import scipy.sparse as sp

from benchmarks.rows import benchmark, growth

SIZES = ("2000x5000 10 topics", "2000x5000 50 topics")


def _corpus(documents, words, topics, length=200):
    """Counts of words of documents that mix planted topics."""
    rng = np.random.default_rng(0)
    of_topics = rng.dirichlet(np.full(words, 0.05), topics)
    mixtures = rng.dirichlet(np.full(topics, 0.2), documents)
    rows = [rng.multinomial(length, p / p.sum()) for p in mixtures @ of_topics]
    return sp.csr_matrix(np.array(rows, dtype=np.int64))


def _read(size):
    table, topics, _ = size.split()
    return *(int(part) for part in table.split("x")), int(topics)


@benchmark(*SIZES)
def variational(library, size):
    """Five passes."""
    documents, words, topics = _read(size)
    X = _corpus(documents, words, topics).astype(np.float64)
    make = library.decomposition.LatentDirichletAllocation
    model = make(topics, max_iter=5, n_jobs=2, random_state=0)
    return lambda: model.fit(X).bound_


@benchmark("2000x5000 50 topics")
def variational_online(library, size):
    """One pass in batches of 128."""
    documents, words, topics = _read(size)
    X = _corpus(documents, words, topics).astype(np.float64)
    make = library.decomposition.LatentDirichletAllocation
    model = make(topics, learning_method="online", max_iter=1, n_jobs=2, random_state=0)
    return lambda: model.fit(X).bound_


@benchmark(*SIZES, peer="gensim")
def variational_gensim(library, size):
    """One online pass in batches of 1,000 documents; the likelihood of other documents, a word."""
    documents, words, topics = _read(size)
    X = _corpus(2 * documents, words, topics).astype(np.float64)
    X, new = X[:documents], X[documents : documents + 200]
    from pellucid.decomposition import held_out_log_likelihood

    def judge(components):
        topics_ = components / components.sum(axis=1, keepdims=True)
        return float(held_out_log_likelihood(new, topics_, 1 / topics).sum() / new.sum())

    if library.name == "pellucid":
        model = library.decomposition.LatentDirichletAllocation(
            topics, learning_method="online", max_iter=1, batch_size=1000, learning_decay=0.5,
            learning_offset=1.0, max_doc_update_iter=50, random_state=0,
        )  # fmt: skip
        reached = []

        def run():
            model.fit(X)
            reached[:] = reached or [judge(model.components_)]
            return reached[0]

        return run
    bags = [
        list(zip(row.indices, row.data, strict=True))
        for row in map(X.__getitem__, range(documents))
    ]
    reached = []

    def peer():
        model = library.models.LdaModel(
            bags, topics, dict(enumerate(map(str, range(words)))), chunksize=1000, eval_every=None,
            alpha=1 / topics, eta=1 / topics, random_state=0, dtype=np.float64,
        )  # fmt: skip
        reached[:] = reached or [judge(model.get_topics())]
        return reached[0]

    return peer


@benchmark("2000x5000 20 topics", "2000x5000 100 topics", "2000x5000 500 topics", peer="tomotopy")
def gibbs_tomotopy(library, size):
    """Twenty sweeps, on both cores."""
    return _gibbs(library, size)


@benchmark("2000x5000 20 topics", "2000x5000 100 topics", peer="lda")
def gibbs_lda(library, size):
    """Twenty sweeps; the package has one core alone."""
    return _gibbs(library, size)


def _gibbs(library, size, sweeps=20):
    documents, words, topics = _read(size)
    X = _corpus(documents, words, topics)
    if library.name == "pellucid":
        model = library.decomposition.GibbsLDA(
            topics, doc_topic_prior=0.1, max_iter=sweeps, evaluate_every=sweeps, random_state=0
        )
        return lambda: float(model.fit(X).log_likelihood_[-1])
    if library.name == "lda":
        import logging

        import lda

        logging.getLogger("lda").setLevel(logging.ERROR)

        def peer():
            model = lda.LDA(topics, sweeps, alpha=0.1, eta=0.01, random_state=0, refresh=sweeps)
            return float(model.fit(X).loglikelihood())

        return peer
    import tomotopy

    names = np.array([str(w) for w in range(words)])
    bags = [
        names[np.repeat(row.indices, row.data)].tolist()
        for row in map(X.__getitem__, range(documents))
    ]

    def peer():
        model = tomotopy.LDAModel(k=topics, alpha=0.1, eta=0.01, seed=0)
        for bag in bags:
            model.add_doc(bag)
        model.train(sweeps, workers=2)
        return float(model.ll_per_word * X.sum())

    return peer


@growth(rows=(300, 1_000, 3_000), topics=(5, 20, 100), cores=(1, 2))
def latent_dirichlet_allocation(library, rows=1_000, topics=20, cores=2):
    X = _corpus(rows, 3_000, topics, 100).astype(np.float64)
    make = library.decomposition.LatentDirichletAllocation
    model = make(topics, max_iter=3, n_jobs=cores, random_state=0)
    return lambda: model.fit(X).bound_
