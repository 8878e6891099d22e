"""Pictures of models and of what they learned; matplotlib is imported when one is drawn."""

__all__: list[str] = []
