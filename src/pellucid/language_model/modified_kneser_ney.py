"""Modified Kneser-Ney: three discounts, learned from how many counts are one, two, three, four."""

import numpy as np

from pellucid.language_model._smoothing import InterpolatedModel, share
from pellucid.language_model.kneser_ney import continuations
from pellucid.language_model.preprocessing import LEFT_PAD

__all__ = ["ModifiedKneserNeyInterpolated"]

FALLBACK = np.array([0, 0.5, 1.0, 1.5])  # where there are no counts of one to four to learn from


class ModifiedKneserNeyInterpolated(InterpolatedModel):
    """Kneser-Ney with a discount of its own for counts of one, of two, and of three or more.

        p(w | h) = (a(hw) - D(a(hw)) + Σ_v D(a(hv)) p(w | h')) / Σ_v a(hv)

        D(1) = 1 - 2Y t₂/t₁,  D(2) = 2 - 3Y t₃/t₂,  D(3+) = 3 - 4Y t₄/t₃,   Y = t₁ / (t₁ + 2t₂)

    for each order apart.  a is the count for n-grams of the highest order and for those that begin
    with the padding "<s>" (no word comes before it), else how many different words were seen before
    the n-gram; t_r is how many n-grams of the order have a = r; h' is h without its first word.
    The single word is interpolated with 1/V, so that a word that was never seen, such as the
    unknown one, has a probability; V does not count the padding "<s>", which is never predicted.
    This is KenLM's definition (Heafield et al. 2013) of Chen & Goodman's model; its discounts of
    0.5, 1 and 1.5 are taken in an order where no count is one, or two, or three, or four, or where
    a D is out of 0 ... r.  A sentence gets one padding at either end.

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
    discounts_ : ndarray of shape (order, 3)
        D(1), D(2), D(3+) of each order.

    References
    ----------
    Chen, S. F. & Goodman, J. (1998). An empirical study of smoothing techniques for language
    modeling. Harvard University TR-10-98.
    Heafield, K. et al. (2013). Scalable modified Kneser-Ney language model estimation. ACL.
    """

    @property
    def _pads(self):
        return min(1, self.order - 1)

    def _adjust(self, trie, suffix):
        counts = continuations(trie, suffix)
        if LEFT_PAD in self.ids_:
            begins = np.arange(trie.ends[0]) == self.ids_[LEFT_PAD]
            for k in range(2, trie.order):
                nodes = trie.level(k)
                begins = begins[trie.parents(k)]
                counts[nodes] = np.where(begins, trie.count[nodes], counts[nodes])
        self.discounts_ = np.array(
            [_discounts(counts[trie.level(k)])[1:] for k in range(1, trie.order + 1)]
        )
        return counts

    def _unigrams(self, trie, counts):
        taken, V = self._taken(counts, 1), trie.ends[0]
        uniform = np.full(V, 1 / max(V - (LEFT_PAD in self.ids_), 1))
        if LEFT_PAD in self.ids_:
            uniform[self.ids_[LEFT_PAD]] = 0
        return share(counts - taken, counts.sum()) + share(taken.sum(), counts.sum()) * uniform

    def _discount(self, counts, context, C, k):
        taken, total = self._taken(counts, k), np.bincount(context, counts, C)
        gamma = np.where(total > 0, share(np.bincount(context, taken, C), total), 1)
        return share(counts - taken, total[context]), gamma

    def _taken(self, counts, k):
        """D(a) of each count (n,)."""
        return np.append(0, self.discounts_[k - 1])[np.minimum(counts, 3)]


def _discounts(counts):
    """0, D(1), D(2), D(3+)"""
    r, t = np.arange(1, 4), np.bincount(counts[counts < 5], minlength=5).astype(float)
    if not t[1:].all():
        return FALLBACK
    D = np.append(0, r - (r + 1) * t[1] / (t[1] + 2 * t[2]) * t[2:] / t[1:4])
    return D if np.all(D >= 0) and np.all(D[1:] <= r) else FALLBACK
