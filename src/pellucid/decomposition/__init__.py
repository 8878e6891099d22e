"""What documents are about: topic models by variational Bayes and by Gibbs sampling."""

from pellucid.decomposition.gibbs_lda import GibbsLDA
from pellucid.decomposition.latent_dirichlet_allocation import LatentDirichletAllocation
from pellucid.decomposition.left_to_right import held_out_log_likelihood
from pellucid.decomposition.topics import coherence, top_words

__all__ = [
    "GibbsLDA",
    "LatentDirichletAllocation",
    "coherence",
    "held_out_log_likelihood",
    "top_words",
]
