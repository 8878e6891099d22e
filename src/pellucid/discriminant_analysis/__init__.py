"""Linear and quadratic discriminant analysis: one Gaussian a class."""

from pellucid.discriminant_analysis.linear import LinearDiscriminantAnalysis
from pellucid.discriminant_analysis.quadratic import QuadraticDiscriminantAnalysis

__all__ = ["LinearDiscriminantAnalysis", "QuadraticDiscriminantAnalysis"]
