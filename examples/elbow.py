"""How many groups are there?  The elbow of the inertia, by k-means from k-means++."""

from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_score

from pellucid.cluster import KMeans

X, _ = make_blobs(n_samples=150, n_features=2, centers=3, cluster_std=0.5, random_state=0)

print(" K   inertia")
for K in range(1, 7):
    model = KMeans(n_clusters=K, n_init=10, random_state=0).fit(X)
    print(f"{K:2d} {model.inertia_:9.2f}  {'█' * round(model.inertia_ / 15)}")

labels = KMeans(n_clusters=3, n_init=10, random_state=0).fit_predict(X)
print(f"\nThe elbow is at 3; mean silhouette there {silhouette_score(X, labels):.4f}")
