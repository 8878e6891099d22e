"""Conformance of k-means: from the same start the same parts, centres and steps."""

import numpy as np
import scipy.sparse as sp

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


@agrees("cluster.KMeans", "cluster.k_means", library="sklearn", rtol=1e-12)
def lloyd():
    from sklearn.cluster import KMeans as Reference

    from pellucid.cluster import KMeans, k_means

    X = _clouds()
    weight = np.random.RandomState(1).uniform(size=len(X))
    for init in ("k-means++", "random"):
        options = {"n_clusters": 6, "init": init, "random_state": 0, "n_init": 3}
        theirs = Reference(**options).fit(X, sample_weight=weight)
        yield from _compare(KMeans(**options).fit(X, sample_weight=weight), theirs)
        centres, labels, inertia = k_means(X, sample_weight=weight, **options)
        yield f"centres of the function, {init}", centres, theirs.cluster_centers_
        yield f"labels of the function, {init}", labels, theirs.labels_
        yield f"inertia of the function, {init}", inertia, theirs.inertia_


@agrees("cluster.KMeans", library="sklearn", rtol=1e-12)
def sparse_tables():
    from sklearn.cluster import KMeans as Reference

    from pellucid.cluster import KMeans

    X = _clouds()
    X = sp.csr_array(np.where(np.abs(X) > 2, X, 0))
    ours, theirs = KMeans(6, random_state=0).fit(X), Reference(6, random_state=0).fit(X)
    yield from _compare(ours, theirs)
    yield "predict", ours.predict(X[:50]), theirs.predict(X[:50])
    yield "transform", ours.transform(X[:50]), theirs.transform(X[:50])
    yield "score", ours.score(X[:50]), theirs.score(X[:50])


@agrees("cluster.MiniBatchKMeans", library="sklearn", rtol=1e-12)
def mini_batches():
    from sklearn.cluster import MiniBatchKMeans as Reference

    from pellucid.cluster import MiniBatchKMeans

    X = _clouds()
    for options in ({}, {"init": "random", "reassignment_ratio": 0.3}, {"tol": 1e-3}):
        options = {"n_clusters": 6, "batch_size": 60, "random_state": 0, **options}
        ours, theirs = MiniBatchKMeans(**options).fit(X), Reference(**options).fit(X)
        yield from _compare(ours, theirs)
        yield "steps", ours.n_steps_, theirs.n_steps_


@agrees("cluster.kmeans_plusplus", library="sklearn", rtol=0)
def seeds():
    from sklearn.cluster import kmeans_plusplus as reference

    from pellucid.cluster import kmeans_plusplus

    X = _clouds()
    weight = np.random.RandomState(1).uniform(size=len(X))
    for seed in range(3):
        ours = kmeans_plusplus(X, 20, sample_weight=weight, random_state=seed)
        theirs = reference(X, 20, sample_weight=weight, random_state=seed)
        yield "rows", ours[0], theirs[0]
        yield "indices", ours[1], theirs[1]
