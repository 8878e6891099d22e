"""Hidden Markov models: a chain of hidden states, and a density for each."""

__all__: list[str] = []
