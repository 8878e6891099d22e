"""From sentences to n-grams, under nltk's names: padding, n-grams of every length, one pipeline.

What ``padded_everygram_pipeline`` returns can be walked as nltk's can, n-gram by n-gram; ``fit``
knows it, though, and takes the sentences themselves.
"""

from itertools import chain, repeat

__all__ = [
    "LEFT_PAD",
    "RIGHT_PAD",
    "PaddedEverygrams",
    "PaddedWords",
    "everygrams",
    "flatten",
    "pad_both_ends",
    "pad_sequence",
    "padded_everygram_pipeline",
    "padded_everygrams",
]

LEFT_PAD, RIGHT_PAD = "<s>", "</s>"


def flatten(lists):
    """An iterator over the items of all the lists."""
    return chain.from_iterable(lists)


def pad_sequence(
    sequence, n, pad_left=False, pad_right=False, left_pad_symbol=None, right_pad_symbol=None
):
    """An iterator over the sequence, with n - 1 symbols before it, or after it, or both."""
    left = repeat(left_pad_symbol, n - 1 if pad_left else 0)
    right = repeat(right_pad_symbol, n - 1 if pad_right else 0)
    return chain(left, sequence, right)


def pad_both_ends(sequence, n, left_pad_symbol=LEFT_PAD, right_pad_symbol=RIGHT_PAD):
    """An iterator over the sequence, with n - 1 symbols before it and n - 1 after it."""
    return pad_sequence(sequence, n, True, True, left_pad_symbol, right_pad_symbol)


def everygrams(sequence, min_len=1, max_len=-1, pad_left=False, pad_right=False, **symbols):
    """The n-grams of ``min_len`` to ``max_len`` words (-1: all of them), by where they begin."""
    words = list(sequence)
    longest = len(words) if max_len == -1 else max_len
    words = list(pad_sequence(words, longest, pad_left, pad_right, **symbols))
    for start in range(len(words)):
        for stop in range(start + min_len, min(start + longest, len(words)) + 1):
            yield tuple(words[start:stop])


def padded_everygrams(order, sentence):
    """The n-grams of 1 to ``order`` words of a sentence that is padded at both ends."""
    return everygrams(pad_both_ends(sentence, n=order), max_len=order)


def padded_everygram_pipeline(order, text):
    """What ``fit`` wants of sentences: their padded n-grams, and the words of the vocabulary."""
    grams = PaddedEverygrams(order, text)
    return grams, PaddedWords(grams)


class PaddedEverygrams:
    """The n-grams of 1 to ``order`` words of every sentence, as they are asked for."""

    def __init__(self, order, sentences):
        self.order = order
        self.sentences = sentences

    def __iter__(self):
        return (padded_everygrams(self.order, sentence) for sentence in self.sentences)


class PaddedWords:
    """The words of the same sentences, with their padding."""

    def __init__(self, grams):
        self.grams = grams

    def __iter__(self):
        return flatten(pad_both_ends(s, n=self.grams.order) for s in self.grams.sentences)
