"""What stands beside the layers: data sets and their loaders."""

from pellucid.utils import data

__all__ = ["data"]
