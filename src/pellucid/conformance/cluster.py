"""Conformance of k-means: from the same start the same parts, centres and steps."""

import numpy as np

from pellucid.conformance.rows import agrees


def _clouds(dtype=np.float64):
    rng = np.random.RandomState(0)
    centres = 3 * rng.standard_normal((6, 4))
    return (centres[rng.randint(6, size=500)] + rng.standard_normal((500, 4))).astype(dtype)


def _compare(ours, theirs):
    yield "centres", ours.cluster_centers_, theirs.cluster_centers_
    yield "labels", ours.labels_, theirs.labels_
    yield "inertia", ours.inertia_, theirs.inertia_
    yield "iterations", ours.n_iter_, theirs.n_iter_


@agrees("cluster.KMeans", library="sklearn", rtol=1e-12)
def k_means():
    from sklearn.cluster import KMeans as Reference

    from pellucid.cluster import KMeans

    X = _clouds()
    for init in ("k-means++", "random"):
        ours = KMeans(6, init=init, random_state=0, n_init=3).fit(X)
        yield from _compare(ours, Reference(6, init=init, random_state=0, n_init=3).fit(X))
