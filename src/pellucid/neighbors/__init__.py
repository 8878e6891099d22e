"""Trees of points, and models that answer by the nearest examples."""

from pellucid.neighbors.kernel_regression import KernelRegression
from pellucid.neighbors.nearest_centroid import NearestCentroid

__all__ = ["KernelRegression", "NearestCentroid"]
