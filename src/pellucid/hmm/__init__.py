"""Hidden Markov models: a chain of hidden states, and a density for each."""

from pellucid.hmm._belief import Belief
from pellucid.hmm.categorical_hmm import CategoricalHMM
from pellucid.hmm.gaussian_hmm import GaussianHMM

__all__ = ["Belief", "CategoricalHMM", "GaussianHMM"]
