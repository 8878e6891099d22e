"""Groups in data without labels: k-means, whole and by mini-batches."""

from pellucid.cluster._seeding import kmeans_plusplus
from pellucid.cluster.kmeans import KMeans, k_means
from pellucid.cluster.mini_batch import MiniBatchKMeans

__all__ = ["KMeans", "MiniBatchKMeans", "k_means", "kmeans_plusplus"]
