"""The vocabulary: which words a model knows, and what stands for all the others."""

from collections import Counter

from pellucid.base import Estimator

__all__ = ["Vocabulary"]


class Vocabulary(Estimator):
    """The words of a text that are frequent enough, and one label for all others.

        w is known  ⟺  count(w) ≥ cutoff;    lookup(w) = w if it is known, else the label

    The label itself is a member as soon as anything has been counted.  (It is one member, also
    where the text contains it; nltk then counts it twice, and its Lidstone does not sum to one.)

    Parameters
    ----------
    counts : iterable of words, or mapping of word -> count, default=None
    unk_cutoff : int, default=1
        Words seen less often than this are unknown.
    unk_label : str, default='<UNK>'

    Attributes
    ----------
    counts : collections.Counter
        Of all words that were seen, known or not.
    """

    def __init__(self, counts=None, unk_cutoff=1, unk_label="<UNK>"):
        if unk_cutoff < 1:
            raise ValueError(f"Cutoff value cannot be less than 1. Got: {unk_cutoff}")
        self.counts = Counter(counts)
        self.unk_cutoff = unk_cutoff
        self.unk_label = unk_label

    @property
    def cutoff(self):
        return self.unk_cutoff

    def update(self, *counts, **more):
        """Count more words, as ``Counter.update`` does."""
        self.counts.update(*counts, **more)

    def lookup(self, words):
        """The word, or the label if it is unknown; of a sequence of words, the tuple of these."""
        if isinstance(words, str):
            return words if words in self else self.unk_label
        try:
            return tuple(map(self.lookup, words))
        except TypeError:  # a word that is no string, such as a number
            return words if words in self else self.unk_label

    def __getitem__(self, word):
        return self.unk_cutoff if word == self.unk_label else self.counts[word]

    def __contains__(self, word):
        return self[word] >= self.unk_cutoff

    def __iter__(self):
        return iter(self._members())

    def __bool__(self):
        return bool(self.counts)

    def __len__(self):
        return len(self._members())

    def _members(self):
        known = [word for word, count in self.counts.items() if count >= self.unk_cutoff]
        return dict.fromkeys([*known, self.unk_label] if self.counts else ())

    def __eq__(self, other):
        mine = (self.counts, self.unk_cutoff, self.unk_label)
        return isinstance(other, Vocabulary) and mine == (
            other.counts,
            other.unk_cutoff,
            other.unk_label,
        )

    def __str__(self):
        return (
            f"<Vocabulary with cutoff={self.unk_cutoff} unk_label={self.unk_label!r} "
            f"and {len(self)} items>"
        )

    __repr__ = __str__

    def __sklearn_clone__(self):
        return Vocabulary(self.counts, self.unk_cutoff, self.unk_label)
