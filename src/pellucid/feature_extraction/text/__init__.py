"""Documents as vectors: counts of words or n-grams, by vocabulary or by hash, and tf-idf."""

from pellucid.feature_extraction.text.cleaning import (
    strip_accents_ascii,
    strip_accents_unicode,
    strip_tags,
)
from pellucid.feature_extraction.text.count import CountVectorizer
from pellucid.feature_extraction.text.hashing import HashingVectorizer
from pellucid.feature_extraction.text.stop_words import english_stop_words
from pellucid.feature_extraction.text.tfidf import TfidfTransformer, TfidfVectorizer

__all__ = [
    "ENGLISH_STOP_WORDS",
    "CountVectorizer",
    "HashingVectorizer",
    "TfidfTransformer",
    "TfidfVectorizer",
    "strip_accents_ascii",
    "strip_accents_unicode",
    "strip_tags",
]


def __getattr__(name):
    if name == "ENGLISH_STOP_WORDS":
        return english_stop_words()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
