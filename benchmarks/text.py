"""Text to vectors: Python's own manual, and words drawn by Zipf's law; the figure is Σ|x|."""

import numpy as np

from benchmarks.rows import benchmark

SIZES = ("manual", "zipf 20000x100")


def documents(size, seed=0):
    """The topics of ``pydoc`` eight times over, or documents of words with rank^-1.1 weights."""
    if size == "manual":
        from pydoc_data.topics import topics

        return list(topics.values()) * 8
    n_documents, length = (int(part) for part in size.split()[1].split("x"))
    rng = np.random.default_rng(seed)
    letters = np.array(list("etaoinshrdlcumwfgypbvkjxqz"))
    words = ["".join(rng.choice(letters, n)) for n in rng.integers(2, 12, 50_000)]
    weights = np.arange(1, len(words) + 1.0) ** -1.1
    drawn = rng.choice(len(words), (n_documents, length), p=weights / weights.sum())
    return [" ".join(words[w] for w in row) for row in drawn]


def _vectorize(vectorizer, size):
    texts = documents(size)
    return lambda: float(abs(vectorizer.fit_transform(texts)).sum())


@benchmark(*SIZES)
def count(library, size):
    return _vectorize(library.feature_extraction__text.CountVectorizer(), size)


@benchmark(*SIZES)
def hashing(library, size):
    return _vectorize(library.feature_extraction__text.HashingVectorizer(), size)


@benchmark(*SIZES)
def tfidf(library, size):
    return _vectorize(library.feature_extraction__text.TfidfVectorizer(), size)


@benchmark(*SIZES)
def tfidf_bigrams(library, size):
    vectorizer = library.feature_extraction__text.TfidfVectorizer(
        ngram_range=(1, 2), stop_words="english", min_df=2
    )
    return _vectorize(vectorizer, size)


@benchmark("manual")
def char_ngrams(library, size):
    vectorizer = library.feature_extraction__text.CountVectorizer(
        analyzer="char_wb", ngram_range=(2, 4)
    )
    return _vectorize(vectorizer, size)
