"""Good & Turing: what was seen once tells of what was never seen."""

import numpy as np

from pellucid.language_model._model import LanguageModel
from pellucid.language_model._smoothing import share

__all__ = ["SimpleGoodTuring", "simple_good_turing"]

SIGNIFICANT = 1.65  # standard deviations between Turing's estimate and the line


class SimpleGoodTuring(LanguageModel):
    """Katz's back-off, with the counts of each order discounted by simple Good-Turing.

        p(w | h) = d(c) c / c(h·)  if c = c(hw) > 0, else α(h) p(w | h')

    where d(c) = c* / c by the estimate c* for the n-grams of that order (the r* of
    ``simple_good_turing``, or its line where r* is not below c, as where many n-grams were copied
    together; at most one), h' is h without its first word, and α(h) gives the words that were not
    seen after h what the others have left.  Single words have the probabilities of
    ``simple_good_turing``, those never seen an equal share.  Where all words were seen, nothing is
    left to anyone; where nothing was seen more than once, an order says nothing of what to expect,
    and the shorter one is asked.  Where nothing was seen just once, all there is has been seen:
    the unseen then have probability zero.

    Parameters
    ----------
    order : int, default=3
        The most words of an n-gram: the context, and the word after it.
    vocabulary : Vocabulary, default=None
        The words to be known; None: those of the text.

    Attributes
    ----------
    vocab : Vocabulary
    counts : NgramCounter

    References
    ----------
    Gale, W. A. & Sampson, G. (1995). Good-Turing frequency estimation without tears. Journal of
    Quantitative Linguistics 2, 217-237.
    Katz, S. M. (1987). Estimation of probabilities from sparse data for the language model
    component of a speech recognizer. IEEE Transactions on Acoustics, Speech and Signal Processing.
    """

    def _smooth(self, trie):
        V, suffix = trie.ends[0], trie.suffixes()
        prob, weight = np.empty(len(trie.word)), np.ones(trie.n_contexts)
        prob[:V] = _unigrams(trie.count[:V])
        for k in range(2, trie.order + 1):
            nodes, context = trie.level(k), trie.parents(k)
            C = trie.ends[k - 2] - trie.level(k - 1).start
            count, shorter = trie.count[nodes], prob[suffix[nodes]]
            total = np.bincount(context, count, C)
            p = share(_discounted(count), total[context])  # 0 where the count is
            given = np.bincount(context, p, C)
            asked = 1 - np.bincount(context, np.where(count > 0, shorter, 0), C)
            to_all = asked < 1e-12  # every word was seen: what is left has nowhere to go
            p = np.where(to_all[context], share(p, given[context]), p)
            alpha = np.where(to_all, 0, share(np.maximum(1 - given, 0), asked))
            if not np.any(count > 1):
                alpha[:], p = 1, shorter
            weight[trie.level(k - 1)] = alpha = np.where(total > 0, alpha, 1)
            prob[nodes] = np.where(count > 0, p, alpha[context] * shorter)
        return prob, weight, (0.0, 1.0)


def simple_good_turing(r, n_r):
    """The probability of a type seen r times, and of all that were never seen, from a sample.

        p₀ = N₁ / N,    p_r = (1 - p₀) r* / Σ_r N_r r*

        r* = (r + 1) N_{r+1} / N_r     as long as this differs significantly from
             r (1 + 1/r)^{b+1}         with b the slope of log Z_r on log r, and from then on

    where N_r types were seen r times each, N = Σ r N_r, and Z_r is N_r shared among the r between
    its neighbours, so that the holes among large r count as small N_r.

    Parameters
    ----------
    r : array of shape (R,)
        The frequencies there are, ascending.
    n_r : array of shape (R,)
        How many types have each.

    Returns
    -------
    p : ndarray of shape (R,)
        The probability of one type.
    p0 : float
        That of all unseen types together.
    """
    r, n_r = np.asarray(r, np.float64), np.asarray(n_r, np.float64)
    p0 = float(n_r[r == 1].sum() / (r @ n_r))
    smoothed = _frequencies(r, n_r)[0] if len(r) > 1 else r
    return (1 - p0) * smoothed / (n_r @ smoothed), p0


def _frequencies(r, n_r):
    """r* (R,), and the line alone (R,)"""
    before, after = np.append(0, r[:-1]), np.append(r[1:], 2 * r[-1] - r[-2])
    slope = np.polyfit(np.log(r), np.log(n_r / ((after - before) / 2)), 1)[0]
    line = r * (1 + 1 / r) ** (slope + 1)
    next_n = np.where(after == r + 1, np.append(n_r[1:], 0), 0)  # N_{r+1}
    turing = (r + 1) * next_n / n_r
    deviation = (r + 1) * np.sqrt(next_n / n_r**2 * (1 + next_n / n_r))
    differs = (next_n > 0) & (np.abs(turing - line) > SIGNIFICANT * deviation)
    return np.where(np.logical_and.accumulate(differs), turing, line), line


def _discounted(count):
    """c · d(c) of each count c (n,); 0 of 0."""
    seen, place, n_r = np.unique(count, return_inverse=True, return_counts=True)
    r, n_r = seen[seen > 0].astype(float), n_r[seen > 0]
    star, line = _frequencies(r, n_r) if len(r) > 1 else (r, r)
    star = np.where(star < r, star, np.minimum(line, r))
    return np.append(np.zeros(len(seen) - len(r)), star)[place]


def _unigrams(count):
    """Of counts (V,), of which some are zero."""
    seen, place, n_r = np.unique(count, return_inverse=True, return_counts=True)
    if seen[-1] < 2:
        return np.full(len(count), 1 / len(count))
    p, p0 = simple_good_turing(seen[seen > 0], n_r[seen > 0])
    if seen[0] > 0:
        return (p / (1 - p0))[place]
    return np.append(p0 / n_r[0], p)[place]
