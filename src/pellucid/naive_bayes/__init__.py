"""Naive Bayes: each feature independent of the others, given the class."""

__all__: list[str] = []
