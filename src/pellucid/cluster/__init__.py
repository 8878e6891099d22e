"""Groups in data without labels: k-means, whole and by mini-batches."""

from pellucid.cluster.kmeans import KMeans

__all__ = ["KMeans"]
