"""Baselines that look at no feature: what a model must beat."""

__all__: list[str] = []
