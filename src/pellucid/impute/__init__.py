"""Fill missing values in, and mark where they were."""

from pellucid.impute.missing import MissingIndicator
from pellucid.impute.simple import SimpleImputer

__all__ = ["MissingIndicator", "SimpleImputer"]
