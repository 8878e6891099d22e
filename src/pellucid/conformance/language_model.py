"""Conformance of the n-gram models: with nltk, and with their definitions over dictionaries."""

from collections import Counter
from itertools import islice

import numpy as np

from pellucid.conformance.rows import agrees, equals, holds


def sentences(n):
    """The first n lines of Python's manual that have words."""
    from pydoc_data.topics import topics

    lines = (line.split() for topic in topics.values() for line in topic.splitlines())
    return list(islice(filter(None, lines), n))


def everything(words, order, n, seed=0):
    """n n-grams of 1 ... ``order`` words at random, of the text's words and an unknown one."""
    rng = np.random.default_rng(seed)
    words = [*words, "<s>", "</s>", "never seen"]
    sizes = rng.integers(1, order + 1, n)
    return [tuple(words[i] for i in rng.integers(len(words), size=size)) for size in sizes]


MODELS = {
    "MLE": (),
    "Lidstone": (0.3,),
    "Laplace": (),
    "WittenBellInterpolated": (),
    "AbsoluteDiscountingInterpolated": (),
    "StupidBackoff": (0.4,),
}


@agrees(*(f"language_model.{name}" for name in MODELS), library="nltk", rtol=1e-12)
def scores_of_nltk():
    import nltk.lm
    from nltk.lm.preprocessing import pad_both_ends, padded_everygram_pipeline
    from nltk.util import ngrams

    import pellucid.language_model as ours

    text = sentences(50)
    for name, arguments in MODELS.items():
        for order in (1, 3):
            a = getattr(ours, name)(*arguments, order)
            a.fit(*ours.padded_everygram_pipeline(order, text[:40]))
            b = getattr(nltk.lm, name)(*arguments, order)
            b.fit(*padded_everygram_pipeline(order, text[:40]))
            asked = [g for s in text for g in ngrams(pad_both_ends(s, order), order)]
            asked += everything(b.vocab, order, 60)
            expected = [b.score(gram[-1], gram[:-1]) for gram in asked]
            yield f"{name}, order {order}", a.scores(asked), expected
            yield f"{name}, drawn", a.generate(9, None, 3), b.generate(9, None, 3)


@agrees("language_model.KneserNeyInterpolated", library="nltk", rtol=1e-12)
def kneser_ney_of_nltk():
    from nltk.lm import KneserNeyInterpolated
    from nltk.lm.preprocessing import padded_everygram_pipeline

    from pellucid import language_model as ours

    text = sentences(40)
    for order in (2, 3):
        a = ours.KneserNeyInterpolated(order).fit(text)
        b = KneserNeyInterpolated(order)
        b.fit(*padded_everygram_pipeline(order, text))
        asked = [g for g in everything(b.vocab, order, 100) if "<s>" not in g]
        asked += [("of", "the"), ("in", "the"), ("the",)]
        yield f"order {order}", a.scores(asked), [b.score(g[-1], g[:-1]) for g in asked]


def counts(text, order, pads):
    """How often each n-gram of 1 ... ``order`` words is there in the padded sentences."""
    found = Counter()
    for sentence in text:
        words = ["<s>"] * pads + list(sentence) + ["</s>"] * pads
        for i in range(len(words)):
            found.update(tuple(words[i:j]) for j in range(i + 1, min(i + order, len(words)) + 1))
    return found


def continuation(c, order, keeps=lambda gram: False):
    """How many words come before each n-gram; the count, if it is of the highest order or kept."""
    a = Counter({g: n for g, n in c.items() if len(g) == order or keeps(g)})
    a.update(g[1:] for g in c if len(g) > 1 and not keeps(g[1:]))
    return a


def interpolated(a, discount, base):
    """p(w | h) = (a(hw) - D + Σ D p(w | h')) / Σ a by recursion, D being ``discount(a, order)``."""

    def p(word, context):
        lower = p(word, context[1:]) if context else base(word)
        after = [n for g, n in a.items() if g[:-1] == context and len(g) == len(context) + 1]
        if not sum(after):
            return lower
        k, own = len(context) + 1, a[(*context, word)]
        left = sum(discount(n, k) for n in after)
        return (own - discount(own, k) + left * lower) / sum(after)

    return p


def modified_discounts(a, order):
    """Chen & Goodman's D(1), D(2), D(3+) of each order, or 0.5, 1, 1.5."""
    found = {}
    for k in range(1, order + 1):
        t = Counter(n for g, n in a.items() if len(g) == k)
        found[k] = (0.5, 1.0, 1.5)
        if all(t[r] for r in (1, 2, 3, 4)):
            y = t[1] / (t[1] + 2 * t[2])
            D = tuple(r - (r + 1) * y * t[r + 1] / t[r] for r in (1, 2, 3))
            if all(0 <= d <= r for d, r in zip(D, (1, 2, 3), strict=True)):
                found[k] = D
    return found


@equals(
    "language_model.KneserNeyInterpolated",
    "language_model.ModifiedKneserNeyInterpolated",
    definition="the papers' recursions over dictionaries",
    rtol=1e-12,
)
def kneser_ney_by_definition():
    from pellucid.language_model import KneserNeyInterpolated, ModifiedKneserNeyInterpolated

    for order in (1, 2, 3):
        text = sentences(60)
        words = sorted({w for s in text for w in s})
        asked = everything(words, order, 40)
        asked += [("<s>", "The")[-order:], ("<s>", "<s>", "If")[-order:], ("of", "the")[-order:]]

        model = KneserNeyInterpolated(order, discount=0.4).fit(text)
        a = continuation(counts(text, order, order - 1), order)
        p = interpolated(a, lambda n, k: min(n, 0.4) if k > 1 else 0, lambda word: 0)
        yield f"order {order}", model.scores(asked), [p(g[-1], g[:-1]) for g in asked]

        model = ModifiedKneserNeyInterpolated(order).fit(text)
        a = continuation(counts(text, order, order > 1), order, lambda g: g[0] == "<s>" != g[-1])
        D = modified_discounts(a, order)
        V = len(words) + 1 + (order > 1)  # with the unknown word and the right padding
        p = interpolated(
            a,
            lambda n, k, D=D: D[k][min(n, 3) - 1] if n else 0,
            lambda word, V=V: 0 if word == "<s>" else 1 / V,
        )
        known = {*words, "</s>", "<s>"} if order > 1 else {*words}
        asked = [tuple(w if w in known else "<UNK>" for w in g) for g in asked]
        expected = [p(g[-1], g[:-1]) for g in asked]
        yield f"modified, order {order}", model.scores(asked), expected


# Frequencies of frequencies of prosodic units, and the estimates, as Gale & Sampson print them.
R = (
    "1 2 3 4 5 6 7 8 9 10 12 14 15 16 17 19 20 21 23 24 25 26 27 28 31 32 33 34 36 41 43 45 46 47 "
    "50 71 84 101 105 121 124 146 162 193 199 224 226 254 257 339 421 456 481 483 1140 1256 1322 "
    "1530 2131 2395 6925 7846"
)
N_R = "120 40 24 13 15 5 11 2 2 1 3 2 1 1 3 1 3 2 3 3 3 2 2 1 2 2 1 2 2 3 1 3 1 1" + " 1" * 28
PROSODY = dict(zip(map(int, R.split()), map(int, N_R.split()), strict=True))
PUBLISHED = {1: 0.7628, 2: 1.706, 7846: 7839.0}


@holds("language_model.simple_good_turing", that="it prints Gale & Sampson's own table", rtol=3e-4)
def prosody():
    from pellucid.language_model import simple_good_turing

    p, p0 = simple_good_turing(list(PROSODY), list(PROSODY.values()))
    N = sum(r * n for r, n in PROSODY.items())
    yield "N", N, 30902
    yield "p0", p0, 0.003883
    for r, published in PUBLISHED.items():
        yield f"r* of {r}", N * p[list(PROSODY).index(r)], published


@agrees("language_model.simple_good_turing", library="nltk", rtol=1e-12)
def good_turing_of_nltk():
    from nltk.probability import FreqDist, SimpleGoodTuringProbDist

    from pellucid.language_model import simple_good_turing

    types = {(r, i): r for r, n in PROSODY.items() for i in range(n)}
    theirs = SimpleGoodTuringProbDist(FreqDist(types), bins=len(types) + 1)
    p, p0 = simple_good_turing(list(PROSODY), list(PROSODY.values()))
    yield "seen", p, [theirs.prob((r, 0)) for r in PROSODY]
    yield "unseen", p0, theirs.prob("never")


@holds(
    "language_model.AbsoluteDiscountingInterpolated",
    "language_model.KneserNeyInterpolated",
    "language_model.Laplace",
    "language_model.Lidstone",
    "language_model.ModifiedKneserNeyInterpolated",
    "language_model.SimpleGoodTuring",
    "language_model.WittenBellInterpolated",
    that="the probabilities sum to one after any context",
    atol=1e-12,
)
def sums():
    from pellucid import language_model as ours

    text = sentences(100)
    for name in (
        "AbsoluteDiscountingInterpolated",
        "KneserNeyInterpolated",
        "Laplace",
        "Lidstone",
        "ModifiedKneserNeyInterpolated",
        "SimpleGoodTuring",
        "WittenBellInterpolated",
    ):
        model = getattr(ours, name)(order=3).fit(text)
        for context in [(), ("the",), ("of", "the"), ("<s>",), ("<s>", "<s>"), ("no", "such", "x")]:
            total = model.scores([(*context, word) for word in model.vocab]).sum()
            yield f"{name} after {context}", total, 1.0


@holds(
    "language_model.ArpaModel",
    "language_model.read_arpa",
    "language_model.write_arpa",
    that="a model that is written and read scores as before",
    rtol=1e-12,
)
def arpa():
    import tempfile
    from pathlib import Path

    from pellucid import language_model as ours

    text = sentences(80)
    asked = everything({w for s in text for w in s}, 3, 200)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("ModifiedKneserNeyInterpolated", "SimpleGoodTuring"):
            model = getattr(ours, name)(order=3).fit(text)
            for file in (Path(folder) / "model.arpa", Path(folder) / "model.arpa.gz"):
                ours.write_arpa(model, file)
                yield (
                    f"{name}, {file.suffix}",
                    ours.read_arpa(file).scores(asked),
                    model.scores(asked),
                )


@agrees(
    "language_model.NgramCounter",
    "language_model.Vocabulary",
    "language_model.everygrams",
    "language_model.flatten",
    "language_model.pad_both_ends",
    "language_model.pad_sequence",
    "language_model.padded_everygram_pipeline",
    "language_model.padded_everygrams",
    library="nltk",
    rtol=0,
)
def parts_of_nltk():
    import nltk.lm
    from nltk.lm import preprocessing as theirs

    from pellucid import language_model as ours

    text = sentences(30)
    a, words_a = ours.padded_everygram_pipeline(3, text)
    b, words_b = theirs.padded_everygram_pipeline(3, text)
    a, b = [list(grams) for grams in a], [list(grams) for grams in b]
    yield "n-grams", str(a), str(b)
    va, vb = ours.Vocabulary(words_a, unk_cutoff=2), nltk.lm.Vocabulary(words_b, unk_cutoff=2)
    yield "vocabulary", sorted(va), sorted(vb)
    yield "looked up", va.lookup(text[0]), vb.lookup(text[0])
    ca, cb = ours.NgramCounter(a), nltk.lm.NgramCounter(b)
    yield "how many", [len(ca), ca.N(), ca["the"]], [len(cb), cb.N(), cb["the"]]
    for context in cb[3].conditions():
        yield f"after {context}", sorted(ca[3][context].items()), sorted(cb[3][context].items())
    yield (
        "everygrams",
        str(list(ours.everygrams("abcd", 2))),
        str(list(theirs.everygrams("abcd", 2))),
    )
    padding = {"pad_left": True, "left_pad_symbol": "<"}
    padded = [list(lib.pad_sequence("abc", 3, **padding)) for lib in (ours, theirs)]
    yield "padding", *padded
    ends = [list(lib.flatten(lib.pad_both_ends(s, n=2) for s in text)) for lib in (ours, theirs)]
    yield "both ends", *ends
