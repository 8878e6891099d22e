"""Scale, encode and expand features and labels."""

__all__: list[str] = []
