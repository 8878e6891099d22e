"""``LanguageModel``: count the n-grams of a text, then smooth the counts."""

import numbers
from itertools import chain
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from pellucid.base import validate_parameters
from pellucid.language_model._base import NgramModel
from pellucid.language_model._counting import count_ngrams, deepen, union
from pellucid.language_model._encoding import (
    encode,
    first_item,
    growing,
    joined,
    known,
    ngram_lists,
    sentence_lists,
)
from pellucid.language_model._trie import Trie
from pellucid.language_model.counter import NgramCounter
from pellucid.language_model.preprocessing import PaddedEverygrams, PaddedWords, flatten
from pellucid.language_model.words import Vocabulary

__all__ = ["LanguageModel"]


class LanguageModel(NgramModel):
    """Base of the models that learn from counts: ``fit``, and what they have in common.

    A model says in ``_smooth`` what its counts make of the trie: ``prob_`` (M,) of every n-gram,
    ``weight_`` (I,) of every context, and ``unseen_``, the probability of a word that was never
    seen and the weight of a context that was not.
    """

    _parameter_constraints: ClassVar[dict] = {
        "order": [Interval(numbers.Integral, 1, 255, closed="both")],
        "vocabulary": [Vocabulary, None],
    }

    def __init__(self, order=3, vocabulary=None):
        self.order = order
        self.vocabulary = vocabulary

    @validate_parameters
    def fit(self, text, vocabulary_text=None):
        """Count the n-grams of a text, on top of those counted before, and smooth the counts.

        Parameters
        ----------
        text : iterable of sentences, walked once
            A sentence is a list of words, or a string that is split at white space (so that an
            open file is a text), and is padded here.  Or it is a list of n-grams that are tuples,
            as nltk has them.  What ``padded_everygram_pipeline`` makes is taken by its sentences.
            N-grams of more words than ``order`` are left out.
        vocabulary_text : iterable of words, default=None
            Where the vocabulary comes from, unless there is one already.  By default it is the
            words of the sentences; n-grams need it.
        """
        if isinstance(text, str):
            raise TypeError("a text is a list of sentences, not one string")
        vocab, padded = self.vocab.__sklearn_clone__(), isinstance(text, PaddedEverygrams)
        if isinstance(vocabulary_text, PaddedWords) and vocabulary_text.grams is text:
            vocabulary_text = None
        if not vocab and vocabulary_text is not None:
            vocab.update(vocabulary_text)
        item, sentences = (None, text.sentences) if padded else first_item(text)
        if isinstance(item, tuple):
            levels, ids = self._count_ngrams(sentences, vocab)
        elif padded:
            how = {"pads": text.order - 1, "split": False}
            levels, ids = self._count_sentences(sentences, vocab, text.order, **how)
        else:
            levels, ids = self._count_sentences(sentences, vocab, self.order, self._pads)
        if hasattr(self, "trie_"):
            levels = union(self.trie_.levels(), levels)
        trie = Trie.from_levels(levels)
        if not trie.count.any():
            raise ValueError("the text holds no words")
        self.vocab_, self.ids_, self.unknown_ = vocab, ids, ids[vocab.unk_label]
        self.trie_ = trie
        self.prob_, self.weight_, self.unseen_ = self._smooth(trie)
        return self

    def _count_sentences(self, sentences, vocab, order, pads, split=True):
        """Count, of sentences that become the vocabulary as well where there is none yet."""
        lists = sentence_lists(sentences, split)
        if vocab:
            ids, look_up = self._number(vocab)
            numbers, lengths = joined(encode(some, look_up, pads) for some in lists)
        else:
            seen, look_up = growing({vocab.unk_label: 0})
            numbers, lengths = joined(encode(some, look_up, pads) for some in lists)
            ids = dict(seen)
            times = np.bincount(numbers, minlength=len(seen)).tolist()
            vocab.update(dict(zip(seen, times, strict=True)))
            if vocab.cutoff > 1:
                ids, look_up = self._number(vocab)
                numbers = np.fromiter(look_up(seen), np.int32, len(seen))[numbers]
            if not times[0]:
                del vocab.counts[vocab.unk_label]
        levels = count_ngrams(self, numbers, lengths, len(ids), min(order, self.order))
        return deepen(levels, self.order), ids

    def _count_ngrams(self, sentences, vocab):
        if not vocab:
            raise ValueError("Cannot fit without a vocabulary or text to create it from.")
        ids, look_up = self._number(vocab)
        lists = ngram_lists(flatten(sentences))
        numbers, lengths = joined(encode(some, look_up) for some in lists)
        return count_ngrams(self, numbers, lengths, len(ids), self.order, whole=True), ids

    def _number(self, vocab):
        """A number for each word of the vocabulary, those there were before first; a look-up."""
        words = dict.fromkeys(chain(getattr(self, "ids_", ()), vocab, [vocab.unk_label]))
        ids = dict(zip(words, range(len(words)), strict=True))
        return ids, known(ids, ids[vocab.unk_label])

    @property
    def vocab(self):
        """The ``Vocabulary``."""
        if hasattr(self, "vocab_"):
            return self.vocab_
        return Vocabulary() if self.vocabulary is None else self.vocabulary

    @property
    def counts(self):
        """The counts under nltk's names, an ``NgramCounter``."""
        return NgramCounter.of(self.ids_, self.trie_) if hasattr(self, "trie_") else NgramCounter()

    def context_counts(self, context):
        """How often each word was seen after the context."""
        return self.counts[len(context) + 1][tuple(context)] if context else self.counts.unigrams

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags
