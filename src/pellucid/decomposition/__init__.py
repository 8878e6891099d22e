"""What documents are about: topic models by variational Bayes and by Gibbs sampling."""

__all__: list[str] = []
