"""n-gram models of Python's manual and library; the figure is the perplexity of held-out text.

Either side gets the same lists of words: ours takes them as they are, nltk's pipeline makes n-grams
of them.  nltk's Kneser-Ney looks through all its n-grams for every one that it scores, and the
others through all that begin alike, so that those are asked about few sentences.
"""

import os
import random
from pathlib import Path

from benchmarks.rows import benchmark, growth


def sentences(size, seed=0):
    """``size`` words of manual and library, in their paragraphs, which are shuffled."""
    from pydoc_data.topics import topics

    files = (p.read_text(errors="replace") for p in sorted(Path(os.__file__).parent.glob("*.py")))
    found = [part.split() for text in (*topics.values(), *files) for part in text.split("\n\n")]
    found = [words for words in found if words]
    random.Random(seed).shuffle(found)
    chosen, left = [], int(size.partition(" ")[0])
    for words in found:
        chosen.append(words[:left])
        left -= len(chosen[-1])
        if not left:
            return chosen
    raise ValueError(f"there are {left} words too few")


def _sides(library):
    """How this side makes a model, fits it to sentences, and tells their perplexity."""
    if library.name != "nltk":
        import pellucid.language_model as lm

        return lm, lambda model, text: model.fit(text), lambda model, text: model.perplexity(text)

    import nltk.lm as lm
    from nltk.lm.preprocessing import pad_both_ends, padded_everygram_pipeline
    from nltk.util import ngrams

    def fit(model, text):
        model.fit(*padded_everygram_pipeline(model.order, text))
        return model

    def perplexity(model, text):
        n = model.order
        return model.perplexity([g for s in text for g in ngrams(pad_both_ends(s, n=n), n)])

    return lm, fit, perplexity


def _train(library, size, name, *arguments):
    lm, fit, perplexity = _sides(library)
    text = sentences(size)
    return lambda: perplexity(fit(getattr(lm, name)(*arguments), text), text[:20])


def _score(library, size, name, *arguments):
    lm, fit, perplexity = _sides(library)
    text = sentences(size)
    model, asked = fit(getattr(lm, name)(*arguments), text), text[: int(size.split()[-1])]
    return lambda: perplexity(model, asked)


@benchmark("100000 words", "400000 words", peer="nltk")
def train(library, size):
    return _train(library, size, "MLE", 3)


@benchmark("400000 words", peer="nltk")
def train_order_5(library, size):
    return _train(library, size, "MLE", 5)


@benchmark("400000 words, sentences: 20000", peer="nltk")
def score_lidstone(library, size):
    return _score(library, size, "Lidstone", 0.1, 3)


@benchmark("400000 words, sentences: 20000", peer="nltk")
def score_stupid_backoff(library, size):
    return _score(library, size, "StupidBackoff", 0.4, 3)


@benchmark("100000 words, sentences: 100", peer="nltk")
def score_witten_bell(library, size):
    return _score(library, size, "WittenBellInterpolated", 3)


@benchmark("100000 words, sentences: 100", peer="nltk")
def score_absolute_discounting(library, size):
    return _score(library, size, "AbsoluteDiscountingInterpolated", 3)


@benchmark("10000 words, sentences: 10", peer="nltk")
def score_kneser_ney(library, size):
    return _score(library, size, "KneserNeyInterpolated", 3)


@growth(peer="nltk", order=(2, 3, 4, 5), tokens=(30_000, 100_000, 300_000))
def ngrams(library, order=3, tokens=100_000):
    """Training, as in ``train``."""
    return _train(library, str(tokens), "MLE", order)
