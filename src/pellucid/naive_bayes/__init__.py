"""Naive Bayes: each feature independent of the others, given the class."""

from pellucid.naive_bayes.gaussian_nb import GaussianNB

__all__ = ["GaussianNB"]
