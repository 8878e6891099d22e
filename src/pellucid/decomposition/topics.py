"""What topics say, and how well their words go together."""

import numpy as np
import scipy.sparse as sp

__all__ = ["coherence", "top_words"]


def top_words(components, names, n_words=10):
    """The most probable words of each topic, the first the most probable.

    Parameters
    ----------
    components : array (K, V)
        As a model's ``components_``; the size of a row does not matter.
    names : sequence of V strings
        The words, as ``feature_names_in_`` or a vectorizer's ``get_feature_names_out()``.
    n_words : int

    Returns
    -------
    list of K lists of ``n_words`` pairs (word, probability)
    """
    components = np.asarray(components)
    if len(names) != components.shape[1]:
        raise ValueError(f"{len(names)} names for topics over {components.shape[1]} words")
    topics = components / components.sum(axis=1, keepdims=True)
    return [
        [(names[w], float(topic[w])) for w in order]
        for topic, order in zip(topics, _ranked(components, n_words), strict=True)
    ]


def coherence(components, X, n_words=10, measure="u_mass"):
    """How often the top words of a topic meet in documents.

        u_mass:  2/(M(M-1)) Σ_{j<i} log [(D(w_i, w_j) + 1) / D(w_j)]
        npmi:    2/(M(M-1)) Σ_{j<i} log [P(w_i, w_j) / (P(w_i) P(w_j))] / -log P(w_i, w_j)

    with D the number of documents of X that have the words, P = D/N, and w_1 the most probable of M
    words.  Two words that never meet count -1 in npmi; those that are in every document, 0.

    Parameters
    ----------
    components : array (K, V)
    X : array or sparse matrix (N, V)
        Counts of words, of the training documents or of others.
    n_words : int
        M, 2 or more.
    measure : {"u_mass", "npmi"}

    Returns
    -------
    array (K,)

    References
    ----------
    Mimno, Wallach, Talley, Leenders & McCallum, Optimizing semantic coherence in topic models,
    EMNLP 2011.  Lau, Newman & Baldwin, Machine reading tea leaves, EACL 2014.
    """
    if measure not in ("u_mass", "npmi"):
        raise ValueError(f"measure is 'u_mass' or 'npmi', got {measure!r}")
    if n_words < 2:
        raise ValueError(f"coherence is of two words or more, got n_words={n_words}")
    there = sp.csc_array(X) > 0
    N = there.shape[0]
    scores = []
    for order in _ranked(np.asarray(components), n_words):
        columns = there[:, order].astype(np.float64)
        together = (columns.T @ columns).toarray()  # (M, M)
        alone = np.diag(together)
        later, earlier = np.tril_indices(len(order), -1)
        pair = together[later, earlier]
        if measure == "u_mass" and not alone.all():
            raise ValueError(
                f"words {order[alone == 0].tolist()} are in no document of X, where u_mass is not "
                "defined; measure='npmi' counts them as never met"
            )
        with np.errstate(divide="ignore", invalid="ignore"):
            if measure == "u_mass":
                each = np.log((pair + 1) / alone[earlier])
            else:
                surprise = -np.log(pair / N)
                each = np.log(pair * N / (alone[later] * alone[earlier])) / surprise
                each = np.where(pair == 0, -1.0, np.where(pair == N, 0.0, each))
        scores.append(each.mean())
    return np.array(scores)


def _ranked(components, n_words):
    return np.argsort(-components, axis=1, kind="stable")[:, :n_words]
