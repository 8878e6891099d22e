"""Naive Bayes: each feature independent of the others, given the class."""

from pellucid.naive_bayes.bernoulli_nb import BernoulliNB
from pellucid.naive_bayes.categorical_nb import CategoricalNB
from pellucid.naive_bayes.complement_nb import ComplementNB
from pellucid.naive_bayes.gaussian_nb import GaussianNB
from pellucid.naive_bayes.multinomial_nb import MultinomialNB

__all__ = ["BernoulliNB", "CategoricalNB", "ComplementNB", "GaussianNB", "MultinomialNB"]
