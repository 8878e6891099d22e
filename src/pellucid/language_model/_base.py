"""What every n-gram model does with its numbers: score, measure a text, make one up."""

import random
from itertools import chain

import numpy as np
from sklearn.exceptions import NotFittedError

from pellucid.base import Estimator
from pellucid.language_model._encoding import (
    first_item,
    known,
    ngram_lists,
    pad,
    sentence_lists,
)
from pellucid.language_model._lexicon import looked_up
from pellucid.language_model._trie import find, probabilities
from pellucid.language_model.preprocessing import LEFT_PAD, RIGHT_PAD
from pellucid.reduction import iterate_blocks

__all__ = ["NgramModel"]


class NgramModel(Estimator):
    """Probabilities of words after words, in the arrays of a trie.

        p(w | h) = prob(hw) if hw was seen, else weight(h) · p(w | h without its first word)

    which every interpolated and every back-off model is.  (MLE and Lidstone stop at the weight.)

    **A text** is given in one of two ways: an n-gram is a tuple of words, anything else is a
    sentence.  So ``[("a", "b"), ("c",)]`` are n-grams, each the word at its end after those before
    it, as nltk has them; ``[["a", "b"], "a b c"]`` are sentences, of words or as strings that are
    split at white space (such as the lines of a file), and are padded here as in ``fit``.
    """

    _chain = True  # from a context that was not followed by the word on to a shorter one

    @property
    def _pads(self):
        """How many paddings a sentence gets at either end."""
        return self.order - 1

    def scores(self, text):
        """p(word | those before it) of each n-gram, or each place of the sentences (N,).

        The places of a sentence are its words and its right padding, in order.
        """
        return np.concatenate([np.zeros(0), *self._each(text)])

    def score(self, word, context=None):
        """p(word | context); a word that is not in the vocabulary counts as the unknown one."""
        self._check_is_fitted()
        return self._score(word, context, self.unknown_)

    def unmasked_score(self, word, context=None):
        """p(word | context), a word that is not in the vocabulary being one that was never seen."""
        self._check_is_fitted()
        return self._score(word, context, -1)

    def logscore(self, word, context=None):
        """log₂ p(word | context)"""
        return float(_log2(self.score(word, context)))

    def entropy(self, text):
        """-1/N Σ log₂ p(word | the words before it), over a text (see above): bits per word."""
        n_scores, total = 0, 0.0
        for scores in self._each(text):
            n_scores, total = n_scores + len(scores), total + _log2(scores).sum()
        if not n_scores:
            raise ValueError("a text of no words has no entropy")
        return float(-total / n_scores)

    def perplexity(self, text):
        """2 to the entropy: among how many words the model was at a loss, so to speak."""
        return float(np.exp2(self.entropy(text)))

    def generate(self, num_words=1, text_seed=None, random_seed=None):
        """A word (or a list of ``num_words``), drawn one after the other after ``text_seed``.

        Each is drawn from the words that were seen after the longest context that was seen, by
        their probability there; the same ``random_seed`` (or ``random.Random``) as nltk's gives
        nltk's words.
        """
        rng = random_seed if isinstance(random_seed, random.Random) else random.Random(random_seed)
        self._check_is_fitted()
        words, text = list(self.ids_), list(text_seed or ())
        for _ in range(num_words):
            text.append(self._draw(text, words, rng))
        return text[-1] if num_words == 1 else text[len(text) - num_words :]

    def _draw(self, text, words, rng):
        context = list(known(self.ids_, self.unknown_)(text[max(0, len(text) - self.order + 1) :]))
        nodes = self._followers(context)
        while context and not len(nodes):
            context = context[1:]
            nodes = self._followers(context)
        if not len(nodes):
            raise ValueError("there are no words to draw from")
        weights = dict(
            zip((words[w] for w in self.trie_.word[nodes]), self.prob_[nodes], strict=True)
        )
        population = sorted(weights, key=lambda word: (isinstance(word, str), word))
        return rng.choices(population, [float(weights[word]) for word in population])[0]

    def _followers(self, context):
        """The nodes of the n-grams that were seen to begin with the context."""
        nodes = find(self.trie_, context)
        return nodes[self.trie_.count[nodes] > 0]

    def _score(self, word, context, unknown):
        if isinstance(context, str):
            raise TypeError(f"a context is a sequence of words, not one string ({context!r})")
        words = [*(context or ()), word]
        ids = np.fromiter(known(self.ids_, unknown)(words), np.int32, len(words))
        return float(self._probabilities(ids, np.array([len(ids)]), len(ids))[-1])

    def _probabilities(self, ids, lengths, order):
        model = (self.trie_, self.prob_, self.weight_, self.unseen_, self._chain)
        return probabilities(*model, ids, lengths, order)

    def _each(self, text):
        """The probabilities of one block of the text after the other.

        While threads score one block, the words of the next are read.
        """
        self._check_is_fitted()
        if isinstance(text, str):
            raise TypeError("a text is a list of sentences or of n-grams, not one string")
        text = iter(text)
        first = next(text, None)
        text = text if first is None else chain([first], text)
        lists, score = self._ngrams(text) if isinstance(first, tuple) else self._sentences(text)
        blocks = looked_up(lists, self.ids_, self.unknown_, self.trie_)
        return iterate_blocks(lambda block: score(*block), blocks)

    def _ngrams(self, ngrams):
        """Some of the n-grams at a time; what gives each its probability."""

        def score(words, lengths):
            return self._probabilities(words(), lengths, lengths.max())[np.cumsum(lengths) - 1]

        return ngram_lists(ngrams), score

    def _sentences(self, sentences):
        """Some of the sentences at a time; what gives all but their left padding a probability."""
        word, sentences = first_item(sentences)
        if isinstance(word, tuple):
            raise TypeError("these are sentences of n-grams; flatten(text) has the n-grams alone")
        pads, order = self._pads, self.order
        ends = list(known(self.ids_, self.unknown_)([LEFT_PAD, RIGHT_PAD]))

        def score(words, sizes):
            lengths = sizes + 2 * pads
            p = self._probabilities(pad(words(), sizes, pads, *ends), lengths, order)
            wanted = np.ones(len(p), bool)
            wanted[np.add.outer(np.cumsum(lengths) - lengths, np.arange(pads))] = False
            return p[wanted]

        return sentence_lists(sentences), score

    def _check_is_fitted(self):
        if not hasattr(self, "trie_"):
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with a text "
                "before using this model."
            )

    def _check_state(self):
        if not hasattr(self, "trie_"):
            return
        trie = self.trie_
        sound = (
            type(self.ids_) is dict
            and list(self.ids_.values()) == list(range(trie.ends[0]))
            and trie.order <= self.order
            and self.prob_.dtype == self.weight_.dtype == np.float64
            and self.prob_.shape == trie.word.shape
            and self.weight_.shape == (trie.n_contexts,)
            and type(self.unknown_) is int
            and -1 <= self.unknown_ < trie.ends[0]
            and len(self.unseen_) == 2
            and all(type(value) is float for value in self.unseen_)
        )
        if not sound:
            raise ValueError("the n-grams of the model and their probabilities are not sound")


def _log2(p):
    with np.errstate(divide="ignore"):
        return np.log2(p)
