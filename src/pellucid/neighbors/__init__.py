"""Trees of points, and models that answer by the nearest examples."""

__all__: list[str] = []
