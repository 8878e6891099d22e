"""From a document to its tokens: decode, preprocess, tokenize, drop stop words, join n-grams.

Each step is a method that builds the function for it, so that a subclass may replace one, and what
is built can be pickled.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import ClassVar

from sklearn.utils._param_validation import StrOptions

from pellucid.feature_extraction.text._ngrams import (
    WORDS,
    CharNgrams,
    WordBoundaryNgrams,
    WordNgrams,
)
from pellucid.feature_extraction.text.cleaning import strip_accents_ascii, strip_accents_unicode
from pellucid.feature_extraction.text.stop_words import english_stop_words

__all__ = ["DEFAULT_PATTERN", "Analyzer", "TextAnalysis"]

DEFAULT_PATTERN = r"(?u)\b\w\w+\b"
STRIP_ACCENTS = {"ascii": strip_accents_ascii, "unicode": strip_accents_unicode}


class TextAnalysis:
    """Mixin of the vectorizers: the parameters and the steps from a document to its tokens."""

    _parameter_constraints: ClassVar[dict] = {
        "input": [StrOptions({"filename", "file", "content"})],
        "encoding": [str],
        "decode_error": [StrOptions({"strict", "ignore", "replace"})],
        "strip_accents": [StrOptions({"ascii", "unicode"}), None, callable],
        "lowercase": ["boolean"],
        "preprocessor": [callable, None],
        "tokenizer": [callable, None],
        "stop_words": [StrOptions({"english"}), list, None],
        "token_pattern": [str, None],
        "ngram_range": [tuple],
        "analyzer": [StrOptions({"word", "char", "char_wb"}), callable],
    }

    def decode(self, doc):
        """Read a document, if it is a file or its name, and decode it, if it is bytes."""
        if self.input == "filename":
            with open(doc, "rb") as file:
                doc = file.read()
        elif self.input == "file":
            doc = doc.read()
        if isinstance(doc, bytes):
            doc = doc.decode(self.encoding, self.decode_error)
        if isinstance(doc, float) and doc != doc:
            raise ValueError("np.nan is an invalid document, expected byte or unicode string.")
        return doc

    def build_preprocessor(self):
        """The function that lowers case and strips accents, or the user's."""
        if self.preprocessor is not None:
            return self.preprocessor
        if self.strip_accents is None or callable(self.strip_accents):
            return partial(_preprocess, self.lowercase, self.strip_accents)
        if self.strip_accents not in STRIP_ACCENTS:
            raise ValueError(f'Invalid value for "strip_accents": {self.strip_accents}')
        return partial(_preprocess, self.lowercase, STRIP_ACCENTS[self.strip_accents])

    def build_tokenizer(self):
        """The function that finds all matches of ``token_pattern``, or the user's."""
        if self.tokenizer is not None:
            return self.tokenizer
        pattern = WORDS if self.token_pattern == DEFAULT_PATTERN else re.compile(self.token_pattern)
        if pattern.groups > 1:
            raise ValueError(
                "More than 1 capturing group in token pattern. Only a single group should be "
                "captured."
            )
        return pattern.findall

    def get_stop_words(self):
        """The set of stop words, or None."""
        if self.stop_words == "english":
            return english_stop_words()
        if isinstance(self.stop_words, str):
            raise ValueError(f"not a built-in stop list: {self.stop_words}")
        return None if self.stop_words is None else frozenset(self.stop_words)

    def build_analyzer(self):
        """The function from a document to the list of its tokens or n-grams."""
        if callable(self.analyzer):
            return partial(_analyze, self.decode, self.analyzer)
        preprocess = self.build_preprocessor()
        if self.analyzer == "word":
            stop_words, tokenize = self.get_stop_words(), self.build_tokenizer()
            self._check_stop_words_consistency(stop_words, preprocess, tokenize)
            ngrams = WordNgrams(self.ngram_range, tokenize, stop_words)
        elif self.analyzer == "char":
            ngrams = CharNgrams(self.ngram_range)
        elif self.analyzer == "char_wb":
            ngrams = WordBoundaryNgrams(self.ngram_range)
        else:
            raise ValueError(f"{self.analyzer} is not a valid tokenization scheme/analyzer")
        return Analyzer(self.decode, preprocess, ngrams)

    def _check_stop_words_consistency(self, stop_words, preprocess, tokenize):
        """Warn, once for each list, where the tokens of stop words are not stop words.

        True: consistent; False: not; "error": preprocessing needs more than a word; None: known.
        """
        if id(self.stop_words) == getattr(self, "_stop_words_id", None):
            return None
        self._stop_words_id = id(self.stop_words)
        stop_words = stop_words or frozenset()
        try:
            tokens = set(chain.from_iterable(tokenize(preprocess(word)) for word in stop_words))
        except Exception:  # whatever a user's own function raises when it is given a plain word
            return "error"
        inconsistent = sorted(tokens - stop_words)
        if inconsistent:
            warnings.warn(
                "Your stop_words may be inconsistent with your preprocessing. Tokenizing the stop "
                f"words generated tokens {inconsistent} not in stop_words."
            )
        return not inconsistent

    def _check_documents(self, documents):
        """Refuse one string in the place of many, and n-grams of no length."""
        if isinstance(documents, str):
            raise ValueError("Iterable over raw text documents expected, string object received.")
        low, high = self.ngram_range
        if low > high:
            raise ValueError(
                f"Invalid value for ngram_range={self.ngram_range} "
                "lower boundary larger than the upper boundary."
            )

    def _warn_of_unused_parameters(self):
        own_words = self.analyzer == "word"
        own_pattern = self.token_pattern not in (None, DEFAULT_PATTERN)
        tokenizer = self.tokenizer is not None
        for name, unused, why in [
            ("token_pattern", tokenizer and self.token_pattern, "'tokenizer' is not None"),
            ("token_pattern", own_pattern and not own_words, "'analyzer' != 'word'"),
            ("tokenizer", tokenizer and not own_words, "'analyzer' != 'word'"),
            ("stop_words", self.stop_words and not own_words, "'analyzer' != 'word'"),
            (
                "preprocessor",
                self.preprocessor and callable(self.analyzer),
                "'analyzer' is callable",
            ),
            (
                "ngram_range",
                self.ngram_range != (1, 1) and callable(self.analyzer),
                "'analyzer' is callable",
            ),
        ]:
            if unused:
                warnings.warn(f"The parameter '{name}' will not be used since {why}")


@dataclass(frozen=True)
class Analyzer:
    """From a document to its tokens, by the text in between."""

    decode: Callable
    preprocess: Callable
    ngrams: WordNgrams | CharNgrams | WordBoundaryNgrams

    def text(self, doc):
        return self.preprocess(self.decode(doc))

    def __call__(self, doc):
        return self.ngrams.tokens(self.text(doc))


def _preprocess(lowercase, strip_accents, text):
    if lowercase:
        text = text.lower()
    return text if strip_accents is None else strip_accents(text)


def _analyze(decode, analyzer, doc):
    return analyzer(decode(doc))
