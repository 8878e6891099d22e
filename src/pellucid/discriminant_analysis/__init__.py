"""Linear and quadratic discriminant analysis: one Gaussian a class."""

__all__: list[str] = []
