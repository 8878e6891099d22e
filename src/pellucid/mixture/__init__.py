"""Mixtures of densities, learned by expectation and maximisation."""

__all__: list[str] = []
