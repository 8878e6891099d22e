"""Trees of points, and models that answer by the nearest examples."""

from pellucid.neighbors.ball_tree import BallTree
from pellucid.neighbors.kd_tree import KDTree
from pellucid.neighbors.kernel_regression import KernelRegression
from pellucid.neighbors.nearest_centroid import NearestCentroid
from pellucid.neighbors.nearest_neighbors import NearestNeighbors

__all__ = ["BallTree", "KDTree", "KernelRegression", "NearestCentroid", "NearestNeighbors"]
