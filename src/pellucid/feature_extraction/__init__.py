"""Features from things that are not tables."""

from pellucid.feature_extraction import text

__all__ = ["text"]
