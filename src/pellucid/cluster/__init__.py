"""Groups in data without labels: k-means, whole and by mini-batches."""

__all__: list[str] = []
