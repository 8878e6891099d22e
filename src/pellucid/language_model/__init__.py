"""n-gram models of language: counts, smoothed."""

__all__: list[str] = []
