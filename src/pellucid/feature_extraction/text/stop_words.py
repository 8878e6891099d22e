"""The list of 318 English stop words that scikit-learn publishes, borrowed and not copied."""

__all__ = ["english_stop_words"]


def english_stop_words():
    """The frozen set ``sklearn.feature_extraction.text.ENGLISH_STOP_WORDS``, imported when asked.

    Known faults (Nothman, Qin & Yurchak 2018): it has "ve" but not "we've", and "computer".
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return ENGLISH_STOP_WORDS
