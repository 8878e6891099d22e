"""Fill missing values in, and mark where they were."""

__all__: list[str] = []
