"""Hidden Markov models: a chain of hidden states, and a density for each."""

from pellucid.hmm._belief import Belief
from pellucid.hmm.any_hmm import HMM
from pellucid.hmm.categorical_hmm import CategoricalHMM
from pellucid.hmm.gaussian_hmm import GaussianHMM
from pellucid.hmm.gmm_hmm import GMMHMM
from pellucid.hmm.poisson_hmm import PoissonHMM

__all__ = ["GMMHMM", "HMM", "Belief", "CategoricalHMM", "GaussianHMM", "PoissonHMM"]
