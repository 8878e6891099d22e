"""Safe files: a fitted model in one safetensors file, which runs no code when it is loaded."""

from pellucid.persistence import (  # all the kinds
    arrays,
    containers,
    models,
    random,
    sparse,
    tensors,
    values,
)
from pellucid.persistence.files import LoadError, load, save

__all__ = ["LoadError", "load", "save"]
