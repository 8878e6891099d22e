"""Trees of points, and models that answer by the nearest examples."""

from pellucid.neighbors.kernel_regression import KernelRegression

__all__ = ["KernelRegression"]
