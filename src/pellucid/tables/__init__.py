"""Tables of people's own data: reading files, and what each column is taken for."""

from pellucid.tables.schema import Column, Schema

__all__ = ["Column", "Schema"]
