"""Scale, encode and expand features and labels."""

from pellucid.preprocessing.label_encoder import LabelEncoder
from pellucid.preprocessing.one_hot_encoder import OneHotEncoder
from pellucid.preprocessing.ordinal_encoder import OrdinalEncoder
from pellucid.preprocessing.standard_scaler import StandardScaler

__all__ = ["LabelEncoder", "OneHotEncoder", "OrdinalEncoder", "StandardScaler"]
