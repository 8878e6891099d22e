"""Scale, encode and expand features and labels."""

from pellucid.preprocessing.standard_scaler import StandardScaler

__all__ = ["StandardScaler"]
