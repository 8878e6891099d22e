"""Plainer text: without accents, without tags."""

import re
import unicodedata

__all__ = ["strip_accents_ascii", "strip_accents_unicode", "strip_tags"]


def strip_accents_unicode(s):
    """Take the accents off: decompose each character (NFKD) and drop the combining marks."""
    if s.isascii():
        return s
    return "".join(c for c in unicodedata.normalize("NFKD", s) if not unicodedata.combining(c))


def strip_accents_ascii(s):
    """Decompose each character (NFKD) and drop whatever is not ASCII then."""
    if s.isascii():
        return s
    return unicodedata.normalize("NFKD", s).encode("ascii", "ignore").decode("ascii")


def strip_tags(s):
    """Put a space in the place of each <...>; not a parser of XML."""
    return re.sub(r"<([^>]+)>", " ", s)
