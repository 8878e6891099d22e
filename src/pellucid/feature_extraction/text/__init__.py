"""Documents as vectors of counts: bags of words and n-grams, hashed or with a vocabulary, and tf-idf."""

__all__: list[str] = []
