"""Trees of points, and models that answer by the nearest examples."""

from pellucid.neighbors.ball_tree import BallTree
from pellucid.neighbors.graphs import (
    KNeighborsTransformer,
    RadiusNeighborsTransformer,
    kneighbors_graph,
    radius_neighbors_graph,
)
from pellucid.neighbors.k_neighbors import KNeighborsClassifier, KNeighborsRegressor
from pellucid.neighbors.kd_tree import KDTree
from pellucid.neighbors.kernel_density import KernelDensity
from pellucid.neighbors.kernel_regression import KernelRegression
from pellucid.neighbors.local_outlier_factor import LocalOutlierFactor
from pellucid.neighbors.nearest_centroid import NearestCentroid
from pellucid.neighbors.nearest_neighbors import NearestNeighbors
from pellucid.neighbors.radius_neighbors import (
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)

__all__ = [
    "BallTree",
    "KDTree",
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "KNeighborsTransformer",
    "KernelDensity",
    "KernelRegression",
    "LocalOutlierFactor",
    "NearestCentroid",
    "NearestNeighbors",
    "RadiusNeighborsClassifier",
    "RadiusNeighborsRegressor",
    "RadiusNeighborsTransformer",
    "kneighbors_graph",
    "radius_neighbors_graph",
]
