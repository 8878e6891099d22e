"""Conformance of the text vectorizers."""

import numpy as np

from pellucid.conformance.rows import agrees, equals, holds

DOCUMENTS = [
    "The sun is shining",
    "The weather is sweet",
    "The sun is shining, the weather is sweet, and one and one is two",
    "",
    "Ça va? Ὁ ῥόδον est là: l'été 1984, e_mail@x.org   naïve\tnaïve",
]


def _vectorizers(name, **options):
    import sklearn.feature_extraction.text as theirs

    import pellucid.feature_extraction.text as ours

    return getattr(ours, name)(**options), getattr(theirs, name)(**options)


ANALYSES = [
    {},
    {"ngram_range": (1, 3)},
    {"ngram_range": (2, 2), "stop_words": "english"},
    {"analyzer": "char", "ngram_range": (1, 4)},
    {"analyzer": "char_wb", "ngram_range": (2, 5), "strip_accents": "unicode"},
    {"token_pattern": r"(\w)\w*", "lowercase": False, "strip_accents": "ascii"},
    {"binary": True, "dtype": np.float32},
]


@agrees(
    "feature_extraction.text.CountVectorizer",
    "feature_extraction.text.ENGLISH_STOP_WORDS",
    library="sklearn",
    rtol=0,
)
def counts():
    for options in [*ANALYSES, {"max_df": 0.5, "min_df": 2}, {"max_features": 3, "binary": True}]:
        a, b = _vectorizers("CountVectorizer", **options)
        yield f"counts, {options}", a.fit_transform(DOCUMENTS), b.fit_transform(DOCUMENTS)
        yield f"words, {options}", a.get_feature_names_out(), b.get_feature_names_out()
        unseen = ["the moon is shining", "naïve one"]
        yield f"unseen, {options}", a.transform(unseen), b.transform(unseen)


@agrees("feature_extraction.text.HashingVectorizer", library="sklearn", rtol=1e-14)
def hashes():
    for options in [*ANALYSES, {"norm": "l1"}, {"norm": None}, {"alternate_sign": False}]:
        a, b = _vectorizers("HashingVectorizer", n_features=97, **options)
        yield f"{options}", a.transform(DOCUMENTS), b.transform(DOCUMENTS)


@agrees(
    "feature_extraction.text.TfidfVectorizer",
    "feature_extraction.text.TfidfTransformer",
    library="sklearn",
    rtol=1e-14,
)
def tfidf():
    for options in [
        *ANALYSES[:-1],
        {"norm": "l1", "smooth_idf": False},
        {"norm": None, "sublinear_tf": True},
        {"use_idf": False},
    ]:
        a, b = _vectorizers("TfidfVectorizer", **options)
        yield f"{options}", a.fit_transform(DOCUMENTS), b.fit_transform(DOCUMENTS)


@equals("feature_extraction.text.TfidfTransformer", definition="the formula in loops", rtol=1e-14)
def tfidf_by_hand():
    from pellucid.feature_extraction.text import TfidfTransformer

    counts = np.random.default_rng(0).poisson(0.5, (7, 11)).astype(float)
    N = len(counts)
    idf = [np.log((1 + N) / (1 + sum(row[d] > 0 for row in counts))) + 1 for d in range(11)]
    rows = [[tf * w for tf, w in zip(row, idf, strict=True)] for row in counts]
    expected = [[x / (sum(v * v for v in row) ** 0.5 or 1) for x in row] for row in rows]
    yield "tf-idf", TfidfTransformer().fit_transform(counts), expected


@holds(
    "feature_extraction.text.strip_accents_ascii",
    "feature_extraction.text.strip_accents_unicode",
    "feature_extraction.text.strip_tags",
    that="known words lose their accents and tags and nothing else",
)
def cleaning():
    from pellucid.feature_extraction.text import (
        strip_accents_ascii,
        strip_accents_unicode,
        strip_tags,
    )

    yield "unicode", strip_accents_unicode("Ça là, ῥόδον"), "Ca la, ροδον"
    yield "ascii", strip_accents_ascii("Ça là, ῥόδον"), "Ca la, "
    yield "tags", strip_tags("a<b>c</b> < d"), "a c  < d"
