"""Scale, encode and expand features and labels."""

from pellucid.preprocessing.k_bins_discretizer import KBinsDiscretizer
from pellucid.preprocessing.label_encoder import LabelEncoder
from pellucid.preprocessing.min_max_scaler import MinMaxScaler
from pellucid.preprocessing.one_hot_encoder import OneHotEncoder
from pellucid.preprocessing.ordinal_encoder import OrdinalEncoder
from pellucid.preprocessing.polynomial_features import PolynomialFeatures
from pellucid.preprocessing.robust_scaler import RobustScaler
from pellucid.preprocessing.standard_scaler import StandardScaler
from pellucid.preprocessing.target_encoder import TargetEncoder

__all__ = [
    "KBinsDiscretizer",
    "LabelEncoder",
    "MinMaxScaler",
    "OneHotEncoder",
    "OrdinalEncoder",
    "PolynomialFeatures",
    "RobustScaler",
    "StandardScaler",
    "TargetEncoder",
]
